"""Answers the shop's page: the agent gives advice, the model shortens long answers."""

import json
import os

import boto3

agents = boto3.client("bedrock-agent-runtime", region_name="eu-central-1")
models = boto3.client("bedrock-runtime", region_name="eu-central-1")


def advise(session, text):
    answer = agents.invoke_agent(
        agentId=os.environ["ADVICE_AGENT_ID"],
        agentAliasId=os.environ["ADVICE_AGENT_ALIAS"],
        sessionId=session,
        inputText=text,
    )
    return "".join(part["chunk"]["bytes"].decode() for part in answer["completion"] if "chunk" in part)


def shorten(session, text):
    return advise(session, "Shorten this to three sentences: " + text)


def about(text):
    answer = models.converse(
        modelId=os.environ["TRIAGE_MODEL"],
        messages=[{"role": "user", "content": [{"text": "Name the department that this is for: " + text}]}],
    )
    return answer["output"]["message"]["content"][0]["text"]


def handle(event, _context):
    request = json.loads(event["body"])
    if event["rawPath"] == "/shorten":
        answer = shorten(request["session"], request["text"])
    else:
        answer = advise(request["session"], about(request["text"]) + ": " + request["text"])
    return {"statusCode": 200, "headers": {"content-type": "text/plain"}, "body": answer}
