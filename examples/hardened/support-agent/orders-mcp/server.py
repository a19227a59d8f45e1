"""The orders as an MCP server, for the agents of other teams."""

import boto3
from fastmcp import FastMCP
from fastmcp.server.auth.providers.jwt import JWTVerifier

orders = boto3.resource("dynamodb").Table("orders")
tokens = JWTVerifier(
    jwks_uri="https://login.northwind.internal/keys",
    issuer="https://login.northwind.internal",
    audience="orders",
)
mcp = FastMCP("orders", instructions="Reads the orders of customers.", auth=tokens)


@mcp.tool(annotations={"readOnlyHint": True})
def get_order(number: str) -> dict:
    """Reads one order with its parcels."""
    return orders.get_item(Key={"number": number})["Item"]


if __name__ == "__main__":
    mcp.run(transport="http", host="127.0.0.1", port=8000)
