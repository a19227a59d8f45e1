"""Asks the deployed model the questions whose answers are known, and counts those that it gets right."""

import argparse
import json
from pathlib import Path

from azure.identity import DefaultAzureCredential, get_bearer_token_provider
from openai import AzureOpenAI

model = AzureOpenAI(
    azure_endpoint="https://contracts-prod-foundry.openai.azure.com",
    azure_ad_token_provider=get_bearer_token_provider(DefaultAzureCredential(), "https://cognitiveservices.azure.com/.default"),
    api_version="2024-10-21",
)


def right(case: dict) -> bool:
    completion = model.chat.completions.create(
        model="gpt-5.1",
        temperature=0,
        messages=[{"role": "user", "content": case["question"]}],
    )
    return case["answer"] in completion.choices[0].message.content


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--title", default="")
    title = parser.parse_args().title
    cases = json.loads(Path("cases.json").read_text())
    print(f"{title}: {sum(map(right, cases))} of {len(cases)}")
