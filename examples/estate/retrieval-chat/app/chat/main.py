"""Answers questions of the field staff from the maintenance manuals."""

from azure.identity import DefaultAzureCredential, get_bearer_token_provider
from azure.search.documents import SearchClient
from fastapi import FastAPI, Form
from fastapi.responses import HTMLResponse
from openai import AzureOpenAI

from .settings import CHAT_DEPLOYMENT, FOUNDRY_ENDPOINT, SEARCH_ENDPOINT

INSTRUCTIONS = (
    "You answer questions of service technicians from the pages of maintenance manuals that you are given. "
    "Name the manual and the page. If the pages do not say it, say that you do not know."
)

credential = DefaultAzureCredential()
model = AzureOpenAI(
    azure_endpoint=FOUNDRY_ENDPOINT,
    azure_ad_token_provider=get_bearer_token_provider(credential, "https://cognitiveservices.azure.com/.default"),
    api_version="2024-10-21",
)
manuals = SearchClient(SEARCH_ENDPOINT, "manuals", credential)
app = FastAPI()


@app.post("/ask")
def ask(question: str = Form()) -> HTMLResponse:
    pages = "\n\n".join(page["content"] for page in manuals.search(question, top=5))
    completion = model.chat.completions.create(
        model=CHAT_DEPLOYMENT,
        temperature=0.2,
        max_tokens=800,
        messages=[
            {"role": "system", "content": INSTRUCTIONS},
            {"role": "user", "content": f"{pages}\n\nQuestion: {question}"},
        ],
    )
    answer = completion.choices[0].message.content
    return HTMLResponse(f"<article>{answer}</article>")
