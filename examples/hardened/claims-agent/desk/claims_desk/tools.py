"""What the assistant of the claims desk can do."""

import os

import psycopg
from strands import tool


@tool
def get_claim(number: str) -> list:
    """Read one claim by its number."""
    with psycopg.connect(os.environ["CLAIMS_DATABASE"]) as connection:
        return connection.execute("SELECT * FROM claims WHERE id = %s", (number,)).fetchall()


@tool
def list_letters(number: str) -> list:
    """List the titles of the letters that belong to a claim."""
    with psycopg.connect(os.environ["CLAIMS_DATABASE"]) as connection:
        return connection.execute("SELECT title FROM letters WHERE claim = %s", (number,)).fetchall()
