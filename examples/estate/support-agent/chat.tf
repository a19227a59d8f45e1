# What the shop's web page talks to: passes a customer's question on to the agent.

resource "aws_cloudwatch_log_group" "chat" {
  name              = "/aws/lambda/support-chat"
  retention_in_days = 90
  kms_key_id        = aws_kms_key.data.arn
}

resource "aws_lambda_function" "chat" {
  function_name = "support-chat"
  role          = aws_iam_role.chat.arn
  runtime       = "python3.13"
  handler       = "chat.handle"
  filename      = "chat.zip"
  timeout       = 60

  environment {
    variables = {
      SUPPORT_AGENT_ID    = aws_bedrockagent_agent.support.agent_id
      SUPPORT_AGENT_ALIAS = aws_bedrockagent_agent_alias.live.agent_alias_id
    }
  }
}

resource "aws_iam_role" "chat" {
  name = "support-chat"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "lambda.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy" "chat" {
  name = "chat"
  role = aws_iam_role.chat.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = "bedrock:InvokeAgent"
        Resource = aws_bedrockagent_agent_alias.live.agent_alias_arn
      },
      {
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${aws_cloudwatch_log_group.chat.arn}:*"
      },
    ]
  })
}
