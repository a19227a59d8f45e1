# Answers customers' questions about their orders, and starts refunds.

resource "aws_bedrock_guardrail" "support" {
  name                      = "support"
  description               = "What the support agent may take in and say"
  blocked_input_messaging   = "I cannot help with that."
  blocked_outputs_messaging = "I cannot answer that."
  kms_key_arn               = aws_kms_key.data.arn

  content_policy_config {
    filters_config {
      type            = "PROMPT_ATTACK"
      input_strength  = "HIGH"
      output_strength = "NONE"
    }

    dynamic "filters_config" {
      for_each = toset(["HATE", "INSULTS", "SEXUAL", "VIOLENCE", "MISCONDUCT"])
      content {
        type            = filters_config.value
        input_strength  = "HIGH"
        output_strength = "HIGH"
      }
    }
  }

  sensitive_information_policy_config {
    pii_entities_config {
      type   = "CREDIT_DEBIT_CARD_NUMBER"
      action = "BLOCK"
    }

    pii_entities_config {
      type   = "EMAIL"
      action = "ANONYMIZE"
    }
  }

  contextual_grounding_policy_config {
    filters_config {
      type      = "GROUNDING"
      threshold = 0.75
    }

    filters_config {
      type      = "RELEVANCE"
      threshold = 0.6
    }
  }

  topic_policy_config {
    topics_config {
      name       = "legal-advice"
      type       = "DENY"
      definition = "Advice on a customer's legal position or on a claim against the company."
      examples   = ["Can I sue for the late parcel?"]
    }
  }
}

resource "aws_bedrock_guardrail_version" "support" {
  guardrail_arn = aws_bedrock_guardrail.support.guardrail_arn
  description   = "In use by the support agent"
  skip_destroy  = true
}

resource "aws_bedrockagent_agent" "support" {
  agent_name                  = "support"
  agent_resource_role_arn     = aws_iam_role.agent.arn
  foundation_model            = var.foundation_model
  idle_session_ttl_in_seconds = 900
  customer_encryption_key_arn = aws_kms_key.data.arn

  instruction = <<-EOT
    You help customers of a mail-order company with questions about their orders.
    Look up an order before you say anything about it, and start a refund only for an order that was returned.
  EOT

  guardrail_configuration {
    guardrail_identifier = aws_bedrock_guardrail.support.guardrail_id
    guardrail_version    = aws_bedrock_guardrail_version.support.version
  }
}

resource "aws_bedrockagent_agent_alias" "live" {
  agent_alias_name = "live"
  agent_id         = aws_bedrockagent_agent.support.agent_id
}

resource "aws_bedrockagent_agent_action_group" "orders" {
  action_group_name = "orders"
  agent_id          = aws_bedrockagent_agent.support.agent_id
  agent_version     = "DRAFT"

  action_group_executor {
    lambda = aws_lambda_function.orders.arn
  }

  function_schema {
    member_functions {
      functions {
        name        = "get_order"
        description = "Reads one order of the customer."

        parameters {
          map_block_key = "order_number"
          type          = "string"
          required      = true
        }
      }
    }
  }
}

# The application asks the customer before it pays back.
resource "aws_bedrockagent_agent_action_group" "refunds" {
  action_group_name = "refunds"
  agent_id          = aws_bedrockagent_agent.support.agent_id
  agent_version     = "DRAFT"

  action_group_executor {
    custom_control = "RETURN_CONTROL"
  }

  function_schema {
    member_functions {
      functions {
        name        = "refund_order"
        description = "Pays the price of a returned order back."

        parameters {
          map_block_key = "order_number"
          type          = "string"
          required      = true
        }
      }
    }
  }
}

resource "aws_bedrockagent_agent_knowledge_base_association" "articles" {
  agent_id             = aws_bedrockagent_agent.support.agent_id
  knowledge_base_id    = aws_bedrockagent_knowledge_base.articles.id
  knowledge_base_state = "ENABLED"
  description          = "Articles of the help centre"
}
