"""Turns a question about stock into a query, and the rows into a sentence."""

import json
import os

import boto3
import psycopg

models = boto3.client("bedrock-runtime")

SCHEMA = "stock(article text, warehouse text, pieces int), orders(number text, customer text, article text)"


def query_for(question):
    answer = models.converse(
        modelId=os.environ["STOCK_MODEL"],
        system=[{"text": "Write one query in SQL for PostgreSQL, and nothing else. Tables: " + SCHEMA}],
        messages=[{"role": "user", "content": [{"text": question}]}],
    )
    return answer["output"]["message"]["content"][0]["text"]


def told(question, rows):
    answer = models.converse(
        modelId=os.environ["STOCK_SUMMARY_MODEL"],
        messages=[{"role": "user", "content": [{"text": f"{question}\nRows: {rows}\nAnswer in a sentence."}]}],
    )
    return answer["output"]["message"]["content"][0]["text"]


def handle(event, _context):
    question = json.loads(event["body"])["question"]
    with psycopg.connect(os.environ["STOCK_DATABASE"]) as connection:
        rows = connection.execute(query_for(question)).fetchall()
    return {"statusCode": 200, "body": told(question, rows)}
