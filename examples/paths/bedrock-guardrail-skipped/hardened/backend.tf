resource "aws_lambda_function" "backend" {
  function_name = "advice-desk-backend"
  role          = aws_iam_role.backend.arn
  runtime       = "python3.13"
  handler       = "backend.handle"
  filename      = "backend.zip"
  timeout       = 60

  environment {
    variables = {
      ADVICE_AGENT_ID    = aws_bedrockagent_agent.advice.agent_id
      ADVICE_AGENT_ALIAS = aws_bedrockagent_agent_alias.live.agent_alias_id
      TRIAGE_MODEL       = "eu.amazon.nova-lite-v1:0"
    }
  }
}

resource "aws_lambda_function_url" "backend" {
  function_name      = aws_lambda_function.backend.function_name
  authorization_type = "NONE"
}

resource "aws_lambda_permission" "backend" {
  statement_id           = "page"
  action                 = "lambda:InvokeFunctionUrl"
  function_name          = aws_lambda_function.backend.function_name
  principal              = "*"
  function_url_auth_type = "NONE"
}

resource "aws_iam_role" "backend" {
  name = "advice-desk-backend"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "lambda.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy" "backend" {
  name = "advice"
  role = aws_iam_role.backend.id

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
        Action   = ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"]
        Resource = [
          "arn:aws:bedrock:eu-central-1:*:inference-profile/eu.amazon.nova-lite-v1:0",
          "arn:aws:bedrock:*::foundation-model/amazon.nova-lite-v1:0",
        ]
      },
    ]
  })
}
