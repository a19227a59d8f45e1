provider "aws" {
  region = "us-east-1"
}

locals {
  bedrock_trust = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "bedrock.amazonaws.com" }
    }]
  })
}

resource "aws_bedrockagent_agent" "support" {
  agent_name              = "order-support"
  agent_resource_role_arn = aws_iam_role.agent.arn
  foundation_model        = "anthropic.claude-3-5-sonnet-20240620-v1:0"
  instruction             = "You help customers of a furniture shop. Look articles up before you answer, and change a delivery address when the customer asks for it."
}

resource "aws_bedrockagent_agent_knowledge_base_association" "articles" {
  agent_id             = aws_bedrockagent_agent.support.agent_id
  knowledge_base_id    = aws_bedrockagent_knowledge_base.articles.id
  knowledge_base_state = "ENABLED"
  description          = "Assembly instructions and care of furniture"
}

resource "aws_bedrockagent_knowledge_base" "articles" {
  name     = "articles"
  role_arn = aws_iam_role.knowledge_base.arn

  knowledge_base_configuration {
    type = "VECTOR"
    vector_knowledge_base_configuration {
      embedding_model_arn = "arn:aws:bedrock:us-east-1::foundation-model/amazon.titan-embed-text-v2:0"
    }
  }

  storage_configuration {
    type = "OPENSEARCH_SERVERLESS"
    opensearch_serverless_configuration {
      collection_arn    = aws_opensearchserverless_collection.articles.arn
      vector_index_name = "articles"
      field_mapping {
        vector_field   = "vector"
        text_field     = "text"
        metadata_field = "metadata"
      }
    }
  }
}

resource "aws_opensearchserverless_collection" "articles" {
  name = "articles"
  type = "VECTORSEARCH"
}

# Instructions are reviewed before they are put here.
resource "aws_bedrockagent_data_source" "manufacturers" {
  name              = "manufacturers"
  knowledge_base_id = aws_bedrockagent_knowledge_base.articles.id

  data_source_configuration {
    type = "S3"
    s3_configuration {
      bucket_arn = aws_s3_bucket.articles.arn
    }
  }
}

resource "aws_s3_bucket" "articles" {
  bucket = "furniture-articles-reviewed"
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
        name        = "update_order"
        description = "Writes fields of an order, given by name."
        parameters {
          map_block_key = "order"
          type          = "string"
          required      = true
        }
      }
    }
  }
}

resource "aws_lambda_function" "orders" {
  function_name = "orders-tool"
  role          = aws_iam_role.orders.arn
  runtime       = "python3.13"
  handler       = "orders.handle"
  filename      = "orders.zip"

  environment {
    variables = {
      ORDERS_TABLE = aws_dynamodb_table.customer_orders.name
    }
  }
}

resource "aws_lambda_permission" "agent" {
  statement_id  = "agent"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.orders.function_name
  principal     = "bedrock.amazonaws.com"
  source_arn    = aws_bedrockagent_agent.support.agent_arn
}

resource "aws_dynamodb_table" "customer_orders" {
  name         = "customer-orders"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "order"

  attribute {
    name = "order"
    type = "S"
  }
}

resource "aws_iam_role" "agent" {
  name               = "order-support-agent"
  assume_role_policy = local.bedrock_trust
}

resource "aws_iam_role_policy" "agent" {
  name = "retrieve"
  role = aws_iam_role.agent.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = "bedrock:InvokeModel", Resource = "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-3-5-sonnet-20240620-v1:0" },
      { Effect = "Allow", Action = "bedrock:Retrieve", Resource = aws_bedrockagent_knowledge_base.articles.arn },
    ]
  })
}

resource "aws_iam_role" "knowledge_base" {
  name               = "articles-knowledge-base"
  assume_role_policy = local.bedrock_trust
}

resource "aws_iam_role" "orders" {
  name = "orders-tool"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "lambda.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy" "orders" {
  name = "orders"
  role = aws_iam_role.orders.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["dynamodb:GetItem", "dynamodb:UpdateItem"]
      Resource = aws_dynamodb_table.customer_orders.arn
    }]
  })
}
