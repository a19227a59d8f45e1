# Prompts and answers of every model in this account and region.

resource "aws_s3_bucket" "invocations" {
  bucket = "northwind-model-invocations"
}

resource "aws_s3_bucket_public_access_block" "invocations" {
  bucket                  = aws_s3_bucket.invocations.id
  block_public_acls       = true
  ignore_public_acls      = true
  block_public_policy     = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "invocations" {
  bucket = aws_s3_bucket.invocations.id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.data.arn
    }
  }
}

resource "aws_s3_bucket_policy" "invocations" {
  bucket = aws_s3_bucket.invocations.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "ModelInvocationLogs"
      Effect    = "Allow"
      Action    = "s3:PutObject"
      Resource  = "${aws_s3_bucket.invocations.arn}/AWSLogs/${var.account_id}/BedrockModelInvocationLogs/*"
      Principal = { Service = "bedrock.amazonaws.com" }
      Condition = { StringEquals = { "aws:SourceAccount" = var.account_id } }
    }]
  })
}

resource "aws_bedrock_model_invocation_logging_configuration" "this" {
  logging_config {
    embedding_data_delivery_enabled = false
    image_data_delivery_enabled     = true
    text_data_delivery_enabled      = true

    s3_config {
      bucket_name = aws_s3_bucket.invocations.id
    }
  }

  depends_on = [aws_s3_bucket_policy.invocations]
}
