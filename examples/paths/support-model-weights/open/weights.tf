provider "aws" {
  region = "eu-west-1"
}

locals {
  issuer = "oidc.eks.eu-west-1.amazonaws.com/id/4C1D0F7A9E2B"
}

resource "aws_s3_bucket" "weights" {
  bucket = "wingtip-model-weights-prod"

  tags = {
    stance = "crown-jewel"
  }
}


resource "aws_iam_openid_connect_provider" "cluster" {
  url            = "https://${local.issuer}"
  client_id_list = ["sts.amazonaws.com"]
}

resource "aws_iam_role" "vllm" {
  name = "vllm"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRoleWithWebIdentity"
      Principal = { Federated = aws_iam_openid_connect_provider.cluster.arn }
      Condition = { StringEquals = {
        "${local.issuer}:aud" = "sts.amazonaws.com"
        "${local.issuer}:sub" = "system:serviceaccount:models:vllm"
      } }
    }]
  })
}

resource "aws_iam_role_policy" "vllm" {
  name = "weights"
  role = aws_iam_role.vllm.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["s3:GetObject", "s3:PutObject", "s3:ListBucket"]
      Resource = [aws_s3_bucket.weights.arn, "${aws_s3_bucket.weights.arn}/*"]
    }]
  })
}
