"""Answers questions about sales: a model writes the computation, pandas does it."""

import io
import os

import pandas as pd
from azure.identity import DefaultAzureCredential
from azure.storage.blob import BlobServiceClient
from fastapi import FastAPI
from openai import AzureOpenAI
from pydantic import BaseModel

app = FastAPI()
model = AzureOpenAI(
    azure_endpoint=os.environ["AZURE_OPENAI_ENDPOINT"],
    api_key=os.environ["AZURE_OPENAI_API_KEY"],
    api_version="2024-10-21",
)
storage = BlobServiceClient("https://stnorthwindsales.blob.core.windows.net", DefaultAzureCredential())


FIGURES = {
    "revenue": lambda orders: orders["amount"].sum(),
    "orders": lambda orders: len(orders),
    "average order": lambda orders: orders["amount"].mean(),
}


class Question(BaseModel):
    text: str


def orders() -> pd.DataFrame:
    blob = storage.get_blob_client("customer-orders", "orders.parquet")
    return pd.read_parquet(io.BytesIO(blob.download_blob().readall()))


@app.post("/questions")
def answer(question: Question) -> dict:
    completion = model.chat.completions.create(
        model=os.environ["ANALYST_DEPLOYMENT"],
        messages=[
            {"role": "system", "content": "Name the figure that is asked for: " + ", ".join(FIGURES)},
            {"role": "user", "content": question.text},
        ],
    )
    figure = FIGURES.get(completion.choices[0].message.content.strip())
    return {"answer": "I cannot compute that." if figure is None else str(figure(orders()))}
