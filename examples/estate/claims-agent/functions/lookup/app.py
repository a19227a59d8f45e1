"""Looks a claim up for the agent."""

import json
import os

import boto3

bucket = boto3.resource("s3").Bucket(os.environ["BUCKET"])


def handler(event, _context):
    claim = next(p["value"] for p in event["parameters"] if p["name"] == "claim")
    body = bucket.Object(f"{claim}.json").get()["Body"].read()
    return {"response": {"functionResponse": {"responseBody": {"TEXT": {"body": json.loads(body)["status"]}}}}}
