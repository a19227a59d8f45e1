"""Runs last month's questions through the model and counts the answers that changed."""

import json
import sys

from openai import AzureOpenAI

# The key is invented.
client = AzureOpenAI(
    azure_endpoint="https://fabrikam-claims.openai.azure.com",
    api_key="75778ceabc8c03081f5b9be60e5f0133",
    api_version="2024-10-21",
)


def answer(question: str) -> str:
    reply = client.chat.completions.create(
        model="chat",
        temperature=0,
        messages=[{"role": "user", "content": question}],
    )
    return reply.choices[0].message.content


changed = 0
for line in sys.stdin:
    case = json.loads(line)
    changed += answer(case["question"]).strip() != case["answer"].strip()
print(changed)
