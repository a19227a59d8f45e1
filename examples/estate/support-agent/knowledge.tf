# The articles of the help centre, and the index over them.

resource "aws_bedrockagent_knowledge_base" "articles" {
  name     = "help-centre"
  role_arn = aws_iam_role.knowledge_base.arn

  knowledge_base_configuration {
    type = "VECTOR"

    vector_knowledge_base_configuration {
      embedding_model_arn = "arn:aws:bedrock:${var.region}::foundation-model/amazon.titan-embed-text-v2:0"
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

resource "aws_bedrockagent_data_source" "articles" {
  name                 = "articles"
  knowledge_base_id    = aws_bedrockagent_knowledge_base.articles.id
  data_deletion_policy = "RETAIN"

  data_source_configuration {
    type = "S3"

    s3_configuration {
      bucket_arn         = aws_s3_bucket.articles.arn
      inclusion_prefixes = ["published/"]
    }
  }
}

resource "aws_opensearchserverless_security_policy" "encryption" {
  name = "articles"
  type = "encryption"

  policy = jsonencode({
    Rules       = [{ ResourceType = "collection", Resource = ["collection/articles"] }]
    AWSOwnedKey = true
  })
}

resource "aws_opensearchserverless_security_policy" "network" {
  name = "articles"
  type = "network"

  policy = jsonencode([{
    Rules = [
      { ResourceType = "collection", Resource = ["collection/articles"] },
      { ResourceType = "dashboard", Resource = ["collection/articles"] },
    ]
    AllowFromPublic = true
  }])
}

resource "aws_opensearchserverless_access_policy" "articles" {
  name = "articles"
  type = "data"

  policy = jsonencode([{
    Principal = [aws_iam_role.knowledge_base.arn]
    Rules = [{
      ResourceType = "index"
      Resource     = ["index/articles/*"]
      Permission   = ["aoss:CreateIndex", "aoss:DescribeIndex", "aoss:ReadDocument", "aoss:UpdateIndex", "aoss:WriteDocument"]
    }]
  }])
}

resource "aws_opensearchserverless_collection" "articles" {
  name = "articles"
  type = "VECTORSEARCH"

  depends_on = [aws_opensearchserverless_security_policy.encryption]
}
