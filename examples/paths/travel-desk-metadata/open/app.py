"""Helps travellers compare offers: POST /ask"""

import os

import httpx
from fastapi import FastAPI
from langchain.agents import create_agent
from langchain.tools import tool
from langchain_anthropic import ChatAnthropic

app = FastAPI()


@tool
def read_offer(url: str) -> str:
    """Reads the page of an offer."""
    return httpx.get(url, follow_redirects=True, timeout=10).text[:20000]


desk = create_agent(
    model=ChatAnthropic(model=os.environ["DESK_MODEL"], api_key=os.environ["ANTHROPIC_API_KEY"]),
    tools=[read_offer],
    system_prompt="You compare travel offers whose addresses people give you.",
)


@app.post("/ask")
def ask(question: str) -> str:
    answer = desk.invoke({"messages": [{"role": "user", "content": question}]})
    return answer["messages"][-1].content
