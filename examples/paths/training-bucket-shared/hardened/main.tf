# Claims are sorted by a model that learns every week from what the field offices label.
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }
}

provider "aws" {
  region = "eu-west-1"
}

resource "aws_s3_bucket" "labels" {
  bucket = "northwind-sorting-labels"
}

resource "aws_s3_bucket_public_access_block" "labels" {
  bucket                  = aws_s3_bucket.labels.id
  block_public_acls       = true
  ignore_public_acls      = true
  block_public_policy     = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_policy" "labels" {
  bucket = aws_s3_bucket.labels.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "FieldOffices"
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::310987654321:role/field-office-upload" }
        Action    = "s3:PutObject"
        Resource  = "${aws_s3_bucket.labels.arn}/incoming/*"
      },
    ]
  })
}

resource "aws_s3_bucket" "models" {
  bucket = "northwind-sorting-models"
}

resource "aws_iam_role" "training" {
  name = "sorting-training"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "sagemaker.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy" "training" {
  name = "data"
  role = aws_iam_role.training.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:ListBucket"]
        Resource = [aws_s3_bucket.labels.arn, "${aws_s3_bucket.labels.arn}/*"]
      },
      {
        Effect   = "Allow"
        Action   = "s3:PutObject"
        Resource = "${aws_s3_bucket.models.arn}/*"
      },
    ]
  })
}

resource "aws_sagemaker_training_job" "sorting" {
  training_job_name = "sorting-weekly"
  role_arn          = aws_iam_role.training.arn

  algorithm_specification {
    training_image      = "685385470294.dkr.ecr.eu-west-1.amazonaws.com/xgboost:1.7-1"
    training_input_mode = "File"
  }

  input_data_config {
    channel_name = "train"

    data_source {
      s3_data_source {
        s3_data_type = "S3Prefix"
        s3_uri       = "s3://${aws_s3_bucket.labels.bucket}/incoming/"
      }
    }
  }

  output_data_config {
    s3_output_path = "s3://${aws_s3_bucket.models.bucket}/sorting/"
  }

  resource_config {
    instance_type     = "ml.m5.2xlarge"
    instance_count    = 1
    volume_size_in_gb = 50
  }

  stopping_condition {
    max_runtime_in_seconds = 14400
  }
}
