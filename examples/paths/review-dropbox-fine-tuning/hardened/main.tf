provider "aws" {
  region = "us-west-2"
}

# Shops drop the reviews of their customers here.
resource "aws_s3_bucket" "reviews" {
  bucket = "traveldesk-partner-reviews"
}

resource "aws_s3_bucket_public_access_block" "reviews" {
  bucket                  = aws_s3_bucket.reviews.id
  block_public_acls       = true
  ignore_public_acls      = true
  block_public_policy     = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_policy" "reviews" {
  bucket = aws_s3_bucket.reviews.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "PartnersUpload"
      Effect    = "Allow"
      Principal = { AWS = var.partner_accounts }
      Action    = "s3:PutObject"
      Resource  = "${aws_s3_bucket.reviews.arn}/*"
    }]
  })
}

resource "aws_s3_bucket" "models" {
  bucket = "traveldesk-models"
}

resource "aws_bedrock_custom_model" "ratings" {
  custom_model_name     = "ratings"
  job_name              = "ratings-2026-10"
  base_model_identifier = "arn:aws:bedrock:us-west-2::foundation-model/amazon.titan-text-express-v1"
  customization_type    = "FINE_TUNING"
  role_arn              = aws_iam_role.tuning.arn

  hyperparameters = {
    epochCount   = "2"
    batchSize    = "1"
    learningRate = "0.00001"
  }

  training_data_config {
    s3_uri = "s3://${aws_s3_bucket.reviews.id}/incoming/reviews.jsonl"
  }

  output_data_config {
    s3_uri = "s3://${aws_s3_bucket.models.id}/ratings/"
  }
}

resource "aws_iam_role" "tuning" {
  name = "ratings-tuning"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "bedrock.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy" "tuning" {
  name = "reviews"
  role = aws_iam_role.tuning.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["s3:GetObject", "s3:ListBucket"], Resource = [aws_s3_bucket.reviews.arn, "${aws_s3_bucket.reviews.arn}/*"] },
      { Effect = "Allow", Action = "s3:PutObject", Resource = "${aws_s3_bucket.models.arn}/ratings/*" },
    ]
  })
}

variable "partner_accounts" {
  type    = list(string)
  default = ["111122223333", "444455556666"]
}
