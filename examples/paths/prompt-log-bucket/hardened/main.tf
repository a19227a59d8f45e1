# Prompts and answers of every model in the account, kept for the analysts of the group.
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

data "aws_caller_identity" "current" {}

resource "aws_s3_bucket" "invocations" {
  bucket = "northwind-bedrock-invocations"
}

resource "aws_s3_bucket_server_side_encryption_configuration" "invocations" {
  bucket = aws_s3_bucket.invocations.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_public_access_block" "invocations" {
  bucket                  = aws_s3_bucket.invocations.id
  block_public_acls       = true
  ignore_public_acls      = true
  block_public_policy     = true
  restrict_public_buckets = true
}

data "aws_iam_policy_document" "invocations" {
  statement {
    sid       = "Delivery"
    actions   = ["s3:PutObject"]
    resources = ["${aws_s3_bucket.invocations.arn}/AWSLogs/*"]

    principals {
      type        = "Service"
      identifiers = ["bedrock.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.current.account_id]
    }
  }

  statement {
    sid       = "Analysts"
    actions   = ["s3:GetObject", "s3:ListBucket"]
    resources = [aws_s3_bucket.invocations.arn, "${aws_s3_bucket.invocations.arn}/*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::210987654321:role/prompt-analyst"]
    }
  }
}

resource "aws_s3_bucket_policy" "invocations" {
  bucket = aws_s3_bucket.invocations.id
  policy = data.aws_iam_policy_document.invocations.json

  depends_on = [aws_s3_bucket_public_access_block.invocations]
}

resource "aws_bedrock_model_invocation_logging_configuration" "this" {
  logging_config {
    embedding_data_delivery_enabled = false
    image_data_delivery_enabled     = false
    text_data_delivery_enabled      = true

    s3_config {
      bucket_name = aws_s3_bucket.invocations.id
      key_prefix  = "bedrock"
    }
  }

  depends_on = [aws_s3_bucket_policy.invocations]
}
