provider "aws" {
  region = "eu-west-1"
}

variable "vpc_id" {
  type = string
}

variable "subnet_ids" {
  type = list(string)
}

resource "aws_sagemaker_domain" "research" {
  domain_name             = "research"
  auth_mode               = "IAM"
  vpc_id                  = var.vpc_id
  subnet_ids              = var.subnet_ids
  app_network_access_type = "VpcOnly"

  default_user_settings {
    execution_role = aws_iam_role.studio_default.arn
  }
}

resource "aws_sagemaker_user_profile" "credit_models" {
  domain_id         = aws_sagemaker_domain.research.id
  user_profile_name = "credit-models"

  user_settings {
    execution_role = aws_iam_role.credit_models.arn
  }
}

resource "aws_iam_role" "studio_default" {
  name               = "studio-default"
  assume_role_policy = data.aws_iam_policy_document.sagemaker.json
}

resource "aws_iam_role" "credit_models" {
  name               = "studio-credit-models"
  assume_role_policy = data.aws_iam_policy_document.sagemaker.json
}

data "aws_iam_policy_document" "sagemaker" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["sagemaker.amazonaws.com"]
    }
  }
}

resource "aws_s3_bucket" "training" {
  bucket = "nordbank-customer-credit-training"
}

resource "aws_iam_role_policy" "credit_models" {
  name = "training-data"
  role = aws_iam_role.credit_models.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["s3:GetObject", "s3:ListBucket"]
      Resource = [aws_s3_bucket.training.arn, "${aws_s3_bucket.training.arn}/*"]
    }]
  })
}

# Analysts come from the company's identity provider.
resource "aws_iam_saml_provider" "company" {
  name                   = "nordbank"
  saml_metadata_document = file("${path.module}/idp.xml")
}

resource "aws_iam_role" "analyst" {
  name = "analyst"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRoleWithSAML"
      Principal = { Federated = aws_iam_saml_provider.company.arn }
      Condition = { StringEquals = { "SAML:aud" = "https://signin.aws.amazon.com/saml" } }
    }]
  })
}

resource "aws_iam_role_policy" "analyst" {
  name = "studio"
  role = aws_iam_role.analyst.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["sagemaker:CreatePresignedDomainUrl", "sagemaker:DescribeDomain", "sagemaker:ListUserProfiles"]
      Resource = "*"
    }]
  })
}
