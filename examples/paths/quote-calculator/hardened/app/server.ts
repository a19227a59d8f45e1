// Computes the price of a special order from what the customer writes.
import { BlobServiceClient, StorageSharedKeyCredential } from "@azure/storage-blob";
import express from "express";
import { AzureOpenAI } from "openai";

const model = new AzureOpenAI({
  endpoint: process.env.QUOTES_ENDPOINT,
  apiKey: process.env.QUOTES_API_KEY,
  apiVersion: "2024-10-21",
});
const credential = new StorageSharedKeyCredential(
  process.env.QUOTES_STORAGE_ACCOUNT!,
  process.env.QUOTES_STORAGE_KEY!,
);
const storage = new BlobServiceClient(process.env.QUOTES_STORAGE!, credential);
const app = express();
app.use(express.json());

app.post("/quotes", async (request, response) => {
  const list = await storage.getContainerClient("price-lists").getBlobClient("current.json").downloadToBuffer();
  const prices = JSON.parse(list.toString());
  const answer = await model.chat.completions.create({
    model: process.env.QUOTES_DEPLOYMENT!,
    messages: [
      { role: "system", content: "Name the article that is ordered, and the number of pieces, as `article;pieces`." },
      { role: "user", content: request.body.order },
    ],
  });
  const [article, pieces] = answer.choices[0].message.content!.split(";");
  response.json({ price: Number(prices[article]) * Number(pieces) });
});

app.listen(process.env.PORT);
