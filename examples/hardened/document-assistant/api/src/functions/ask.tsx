// Answers a question about a contract, as a page.
import { DefaultAzureCredential, getBearerTokenProvider } from "@azure/identity";
import { createAzure } from "@ai-sdk/azure";
import { app, type HttpRequest, type HttpResponseInit } from "@azure/functions";
import { generateText } from "ai";
import { renderToStaticMarkup } from "react-dom/server";

const azure = createAzure({
  baseURL: process.env.AZURE_OPENAI_ENDPOINT,
  tokenProvider: getBearerTokenProvider(new DefaultAzureCredential(), "https://cognitiveservices.azure.com/.default"),
});

const INSTRUCTIONS =
  "You answer questions about a contract from its text alone, and quote the clause that you answer from.";

async function ask(request: HttpRequest): Promise<HttpResponseInit> {
  const { contract, question } = (await request.json()) as { contract: string; question: string };
  const { text } = await generateText({
    model: azure("gpt-5.1"),
    system: INSTRUCTIONS,
    prompt: `${contract}\n\nQuestion: ${question}`,
    temperature: 0,
  });
  const page = renderToStaticMarkup(<article>{text}</article>);
  return { headers: { "content-type": "text/html" }, body: page };
}

app.http("ask", { methods: ["POST"], authLevel: "function", handler: ask });
