"""What the assistant of the claims desk can do: read, one claim at a time."""

import boto3
from strands import tool

claims = boto3.resource("dynamodb", region_name="eu-central-1").Table("claims")


@tool
def get_claim(number: str) -> dict:
    """Read one claim by its number."""
    return claims.get_item(Key={"number": number})["Item"]


@tool
def list_letters(number: str) -> list:
    """List the titles of the letters that belong to a claim."""
    return [letter["title"] for letter in claims.get_item(Key={"number": number})["Item"]["letters"]]
