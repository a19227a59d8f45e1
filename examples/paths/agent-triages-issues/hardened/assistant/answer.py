"""Answers questions about the product from its documentation."""

import os
import sys

import anthropic

model = anthropic.Anthropic(api_key=os.environ["ANTHROPIC_API_KEY"])


def answer(question: str) -> str:
    message = model.messages.create(
        model="claude-sonnet-4-5-20250929",
        max_tokens=1024,
        system="You answer questions about the product, in one paragraph.",
        messages=[{"role": "user", "content": question}],
    )
    return message.content[0].text


if __name__ == "__main__":
    print(answer(" ".join(sys.argv[1:])))
