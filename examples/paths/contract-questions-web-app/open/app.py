"""Answers questions about contracts: GET /answer?question=…"""

import os

import pandas
from azure.identity import DefaultAzureCredential, get_bearer_token_provider
from azure.storage.blob import ContainerClient
from fastapi import FastAPI
from openai import AzureOpenAI

credential = DefaultAzureCredential()
client = AzureOpenAI(
    azure_endpoint=os.environ["OPENAI_ENDPOINT"],
    azure_ad_token_provider=get_bearer_token_provider(credential, "https://cognitiveservices.azure.com/.default"),
    api_version="2024-10-21",
)
contracts = ContainerClient.from_container_url(os.environ["CONTRACTS_URL"], credential)
app = FastAPI()

PROMPT = """The frame `contracts` has the columns supplier, start, end, value.
Write Python that sets `answer` to the answer of the question. Write nothing else."""


@app.get("/answer")
def answer(question: str) -> dict:
    frame = pandas.read_csv(contracts.download_blob("register.csv"))
    reply = client.chat.completions.create(
        model=os.environ["CHAT_DEPLOYMENT"],
        messages=[{"role": "system", "content": PROMPT}, {"role": "user", "content": question}],
    )
    names = {"contracts": frame}
    exec(reply.choices[0].message.content, names)
    return {"answer": str(names["answer"])}
