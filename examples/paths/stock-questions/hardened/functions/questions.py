"""Turns a question about stock into a query, and the rows into a sentence."""

import json
import os

import boto3
import psycopg

models = boto3.client("bedrock-runtime")

def article_in(question):
    answer = models.converse(
        modelId=os.environ["STOCK_MODEL"],
        system=[{"text": "Name the article that the question is about, and nothing else."}],
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
        query = "select warehouse, pieces from stock where article = %s"
        rows = connection.execute(query, (article_in(question),)).fetchall()
    return {"statusCode": 200, "body": told(question, rows)}
