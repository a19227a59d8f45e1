"""What the assistant of the claims desk can do."""

import subprocess

import psycopg
from strands import tool

CLAIMS = "postgresql://desk:not-the-password-41@claims.northwind.internal/claims"


@tool
def query_claims(statement: str) -> list:
    """Run a SQL statement on the database of claims, and return its rows."""
    with psycopg.connect(CLAIMS) as connection:
        return connection.execute(statement).fetchall()


@tool
def run_in_letters(command: str) -> str:
    """Run a shell command in the folder of letters, to find or convert some."""
    return subprocess.run(command, shell=True, cwd="/srv/letters", capture_output=True, text=True).stdout
