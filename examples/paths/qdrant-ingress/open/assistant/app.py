"""Answers technicians' questions from the service handbooks and opens work orders."""

import os

import httpx
from langchain.agents import create_agent
from langchain_core.tools import tool
from langchain_openai import OpenAIEmbeddings
from langchain_qdrant import QdrantVectorStore

handbooks = QdrantVectorStore.from_existing_collection(
    collection_name="handbooks",
    embedding=OpenAIEmbeddings(model="text-embedding-3-large"),
    url=os.environ["QDRANT_URL"],
)


@tool
def search_handbooks(question: str) -> str:
    """Find passages of the service handbooks."""
    passages = handbooks.similarity_search(question, k=6)
    return "\n\n".join(passage.page_content for passage in passages)


@tool
def create_work_order(machine: str, work: str) -> str:
    """Open a work order for a machine."""
    url = os.environ["WORK_ORDERS_URL"]
    httpx.post(f"{url}/orders", json={"machine": machine, "work": work}, timeout=10).raise_for_status()
    return "opened"


agent = create_agent(
    "openai:gpt-4.1",
    tools=[search_handbooks, create_work_order],
    system_prompt="You help technicians in the field. Look things up in the handbooks before you answer.",
)


def answer(question: str) -> str:
    state = agent.invoke({"messages": [{"role": "user", "content": question}]})
    return state["messages"][-1].content
