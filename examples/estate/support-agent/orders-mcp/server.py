"""The orders as an MCP server, for the agents of other teams."""

import boto3
from fastmcp import FastMCP

orders = boto3.resource("dynamodb").Table("orders")
mcp = FastMCP("orders", instructions="Reads the orders of customers, and starts refunds.")


@mcp.tool(annotations={"readOnlyHint": True})
def get_order(number: str) -> dict:
    """Reads one order with its parcels."""
    return orders.get_item(Key={"number": number})["Item"]


@mcp.tool
def refund_order(number: str) -> str:
    """Pays the price of a returned order back."""
    orders.update_item(
        Key={"number": number},
        UpdateExpression="SET refund = :now",
        ExpressionAttributeValues={":now": "requested"},
    )
    return "requested"


if __name__ == "__main__":
    mcp.run(transport="http", host="0.0.0.0", port=8000)
