"""Summarises a page: GET /summary?url=…"""

import boto3
import httpx
from anthropic import Anthropic
from fastapi import FastAPI

app = FastAPI()
secrets = boto3.client("secretsmanager")
client = Anthropic(api_key=secrets.get_secret_value(SecretId="summaries/anthropic-api-key")["SecretString"])


@app.get("/summary")
def summary(url: str) -> dict:
    page = httpx.get(url, follow_redirects=True, timeout=10).text
    answer = client.messages.create(
        model="claude-sonnet-4-5",
        max_tokens=400,
        messages=[{"role": "user", "content": f"Summarise this page:\n{page[:20000]}"}],
    )
    return {"page": page[:500], "summary": answer.content[0].text}
