# The advice desk of the shop: an agent with a guardrail, and the page's back end in front of it.
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }
}

provider "aws" {
  region = "eu-central-1"
}

resource "aws_bedrock_inference_profile" "advice" {
  name = "advice-desk"

  model_source {
    copy_from = "arn:aws:bedrock:eu-central-1::foundation-model/anthropic.claude-3-5-sonnet-20240620-v1:0"
  }
}

resource "aws_bedrock_guardrail" "advice" {
  name                      = "advice-desk"
  blocked_input_messaging   = "I cannot help with that."
  blocked_outputs_messaging = "I cannot answer that."

  content_policy_config {
    filters_config {
      type            = "PROMPT_ATTACK"
      input_strength  = "HIGH"
      output_strength = "NONE"
    }

    filters_config {
      type            = "MISCONDUCT"
      input_strength  = "HIGH"
      output_strength = "HIGH"
    }
  }
}

resource "aws_bedrockagent_agent" "advice" {
  agent_name              = "advice-desk"
  agent_resource_role_arn = aws_iam_role.agent.arn
  foundation_model        = aws_bedrock_inference_profile.advice.arn
  instruction             = "You help customers of a hardware shop to choose tools and materials, and nothing else."

  guardrail_configuration {
    guardrail_identifier = aws_bedrock_guardrail.advice.guardrail_id
    guardrail_version    = "DRAFT"
  }
}

resource "aws_bedrockagent_agent_alias" "live" {
  agent_alias_name = "live"
  agent_id         = aws_bedrockagent_agent.advice.agent_id
}

resource "aws_iam_role" "agent" {
  name               = "advice-desk-agent"
  assume_role_policy = data.aws_iam_policy_document.agent_trust.json
}

data "aws_iam_policy_document" "agent_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["bedrock.amazonaws.com"]
    }
  }
}

resource "aws_iam_role_policy" "agent" {
  name = "model"
  role = aws_iam_role.agent.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "bedrock:InvokeModel"
      Resource = aws_bedrock_inference_profile.advice.arn
    }]
  })
}
