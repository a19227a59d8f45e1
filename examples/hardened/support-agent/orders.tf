# The agent's tool: reads orders.

resource "aws_cloudwatch_log_group" "orders" {
  name              = "/aws/lambda/support-orders"
  retention_in_days = 90
  kms_key_id        = aws_kms_key.data.arn
}

resource "aws_secretsmanager_secret" "orders_api" {
  name       = "support/orders-api"
  kms_key_id = aws_kms_key.data.arn
}

resource "aws_lambda_function" "orders" {
  function_name = "support-orders"
  role          = aws_iam_role.orders.arn
  runtime       = "python3.13"
  handler       = "orders.handle"
  filename      = "orders.zip"
  timeout       = 15

  environment {
    variables = {
      ORDERS_TABLE          = "orders"
      ORDERS_API_SECRET_ARN = aws_secretsmanager_secret.orders_api.arn
    }
  }
}

resource "aws_lambda_permission" "agent" {
  function_name  = aws_lambda_function.orders.function_name
  action         = "lambda:InvokeFunction"
  principal      = "bedrock.amazonaws.com"
  source_account = var.account_id
  source_arn     = aws_bedrockagent_agent.support.agent_arn
}
