# The models that are served, and who may publish them.
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

data "aws_iam_openid_connect_provider" "cluster" {
  url = "https://oidc.eks.eu-central-1.amazonaws.com/id/6F1B2C3D4E5F60718293A4B5C6D7E8F9"
}

resource "aws_s3_bucket" "models" {
  bucket = "northwind-published-models"
}

resource "aws_iam_role" "publisher" {
  name = "model-publisher"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRoleWithWebIdentity"
      Principal = { Federated = data.aws_iam_openid_connect_provider.cluster.arn }
      Condition = {
        StringEquals = {
          "oidc.eks.eu-central-1.amazonaws.com/id/6F1B2C3D4E5F60718293A4B5C6D7E8F9:sub" = "system:serviceaccount:ml:model-publisher"
        }
      }
    }]
  })
}

resource "aws_iam_role_policy" "publisher" {
  name = "models"
  role = aws_iam_role.publisher.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["s3:PutObject", "s3:GetObject"]
      Resource = "${aws_s3_bucket.models.arn}/*"
    }]
  })
}

resource "aws_sagemaker_model" "claims" {
  name               = "claims-triage"
  execution_role_arn = "arn:aws:iam::120000000001:role/sagemaker-serving"

  primary_container {
    image          = "763104351884.dkr.ecr.eu-central-1.amazonaws.com/pytorch-inference:2.6.0-gpu-py312"
    model_data_url = "s3://${aws_s3_bucket.models.bucket}/claims-triage/model.tar.gz"
  }
}
