"""Asks the deployed model the questions whose answers are known, and counts those that it gets right."""

import argparse
import json
import os
from pathlib import Path

from openai import AzureOpenAI

model = AzureOpenAI(
    azure_endpoint="https://contracts-prod-foundry.openai.azure.com",
    api_key=os.environ["AZURE_OPENAI_API_KEY"],
    api_version="2024-10-21",
)


def right(case: dict) -> bool:
    completion = model.chat.completions.create(
        model="gpt-4.1",
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
