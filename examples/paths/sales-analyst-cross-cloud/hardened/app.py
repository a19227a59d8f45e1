"""Answers questions about sales: POST /ask"""

import os

import boto3
from azure.identity import DefaultAzureCredential, get_bearer_token_provider
from fastapi import FastAPI
from langchain.agents import create_agent
from langchain.tools import tool
from langchain_openai import AzureChatOpenAI

app = FastAPI()
s3 = boto3.client("s3")


@tool
def forecast(region: str) -> str:
    """Reads the forecast of a region."""
    found = s3.get_object(Bucket=os.environ["FORECAST_BUCKET"], Key="forecasts/latest.csv")
    lines = found["Body"].read().decode().splitlines()
    return "\n".join(line for line in lines if line.startswith(region))


model = AzureChatOpenAI(
    azure_endpoint=os.environ["OPENAI_ENDPOINT"],
    azure_deployment=os.environ["ANALYST_DEPLOYMENT"],
    azure_ad_token_provider=get_bearer_token_provider(
        DefaultAzureCredential(), "https://cognitiveservices.azure.com/.default"
    ),
    api_version="2024-10-21",
)
analyst = create_agent(
    model=model,
    tools=[forecast],
    system_prompt="You answer questions of the sales team about forecasts.",
)


@app.post("/ask")
def ask(question: str) -> str:
    answer = analyst.invoke({"messages": [{"role": "user", "content": question}]})
    return answer["messages"][-1].content
