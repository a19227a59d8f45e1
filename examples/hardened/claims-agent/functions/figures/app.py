"""Answers questions about the figures of claims: the model picks one of the queries that are written here, Athena runs it."""

import os

import boto3

bedrock = boto3.client("bedrock-runtime")
athena = boto3.client("athena")

QUERIES = {
    "open": "SELECT region, count(*) FROM claims WHERE closed IS NULL GROUP BY region",
    "paid": "SELECT region, sum(amount) FROM claims WHERE closed IS NOT NULL GROUP BY region",
}
INSTRUCTIONS = "Which figure answers the question? Answer with one word: open or paid."


def handler(event, _context):
    answer = bedrock.converse(
        modelId=os.environ["MODEL_ID"],
        system=[{"text": INSTRUCTIONS}],
        messages=[{"role": "user", "content": [{"text": event["question"]}]}],
        inferenceConfig={"maxTokens": 5, "temperature": 0},
    )
    figure = answer["output"]["message"]["content"][0]["text"].strip()
    query = QUERIES["paid"] if figure == "paid" else QUERIES["open"]
    return athena.start_query_execution(QueryString=query, WorkGroup="claims")["QueryExecutionId"]
