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
            {"role": "system", "content": "Write Python that sets `result` from the pandas frame `orders`."},
            {"role": "user", "content": question.text},
        ],
    )
    names = {"orders": orders(), "pd": pd}
    exec(completion.choices[0].message.content, names)
    return {"answer": str(names["result"])}
