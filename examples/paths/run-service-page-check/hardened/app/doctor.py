"""Helps people who report that a product's page does not open."""

import os

import httpx
from fastapi import FastAPI
from langchain.agents import create_agent
from langchain_core.tools import tool
from langchain_google_vertexai import ChatVertexAI

PAGES = {"www.northwind.example", "shop.northwind.example"}

app = FastAPI()
model = ChatVertexAI(
    model=os.environ["DOCTOR_MODEL"],
    project=os.environ["DOCTOR_PROJECT"],
    location=os.environ["DOCTOR_LOCATION"],
)


@tool
def page_answers(url: str) -> str:
    """Tell with which status a page answers."""
    host = httpx.URL(url).host
    if host not in PAGES:
        return f"{host} is none of our pages."
    return str(httpx.head(url, timeout=20).status_code)


agent = create_agent(
    model,
    tools=[page_answers],
    system_prompt="You help customers whose product page does not open. Try the page before you answer.",
)


@app.post("/questions")
def answer(question: dict) -> dict:
    state = agent.invoke({"messages": [{"role": "user", "content": question["text"]}]})
    return {"answer": state["messages"][-1].content}
