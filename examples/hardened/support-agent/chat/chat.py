"""Passes a customer's question on to the support agent."""

import json
import os

import boto3

agents = boto3.client("bedrock-agent-runtime", region_name="eu-central-1")


def handle(event, _context):
    question = json.loads(event["body"])
    answer = agents.invoke_agent(
        agentId=os.environ["SUPPORT_AGENT_ID"],
        agentAliasId=os.environ["SUPPORT_AGENT_ALIAS"],
        sessionId=question["session"],
        inputText=question["text"],
    )
    parts = [event["chunk"]["bytes"].decode() for event in answer["completion"] if "chunk" in event]
    return {"statusCode": 200, "headers": {"content-type": "text/plain"}, "body": "".join(parts)}
