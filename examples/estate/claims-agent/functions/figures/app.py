"""Answers questions about the figures of claims: the model writes the query, Athena runs it."""

import os

import boto3

bedrock = boto3.client("bedrock-runtime")
athena = boto3.client("athena")

INSTRUCTIONS = "Write one SQL query over the table claims(id, opened, closed, region, amount). Answer with the query alone."


def handler(event, _context):
    answer = bedrock.converse(
        modelId=os.environ["MODEL_ID"],
        system=[{"text": INSTRUCTIONS}],
        messages=[{"role": "user", "content": [{"text": event["question"]}]}],
        inferenceConfig={"maxTokens": 400, "temperature": 0},
    )
    query = answer["output"]["message"]["content"][0]["text"]
    return athena.start_query_execution(QueryString=query, WorkGroup="claims")["QueryExecutionId"]
