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

# Forecasting team: people, their notebook, and the role that releases run with.
resource "aws_iam_user" "mara" {
  name = "mara.lindqvist"
}

resource "aws_iam_user_login_profile" "mara" {
  user                    = aws_iam_user.mara.name
  password_reset_required = true
}

resource "aws_iam_group" "data_science" {
  name = "data-science"
}

resource "aws_iam_user_group_membership" "mara" {
  user   = aws_iam_user.mara.name
  groups = [aws_iam_group.data_science.name]
}

resource "aws_iam_group_policy" "notebooks" {
  name  = "open-notebooks"
  group = aws_iam_group.data_science.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["sagemaker:CreatePresignedNotebookInstanceUrl", "sagemaker:DescribeNotebookInstance"]
      Resource = aws_sagemaker_notebook_instance.forecasting.arn
    }]
  })
}

resource "aws_sagemaker_notebook_instance" "forecasting" {
  name                   = "forecasting"
  role_arn               = aws_iam_role.notebook.arn
  instance_type          = "ml.t3.large"
  direct_internet_access = "Enabled"
  root_access            = "Disabled"
}

resource "aws_iam_role" "notebook" {
  name = "forecasting-notebook"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "sagemaker.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy" "notebook" {
  name = "train-and-publish"
  role = aws_iam_role.notebook.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["sagemaker:CreateTrainingJob", "sagemaker:DescribeTrainingJob", "logs:PutLogEvents"]
        Resource = "*"
      },
      {
        Sid      = "PublishScoring"
        Effect   = "Allow"
        Action   = ["lambda:CreateFunction", "lambda:InvokeFunction", "lambda:UpdateFunctionCode"]
        Resource = "arn:aws:lambda:eu-central-1:*:function:forecasting-*"
      },
      {
        Effect    = "Allow"
        Action    = "iam:PassRole"
        Resource  = aws_iam_role.scoring.arn
        Condition = { StringEquals = { "iam:PassedToService" = "lambda.amazonaws.com" } }
      },
    ]
  })
}

resource "aws_iam_role" "scoring" {
  name = "forecasting-scoring"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "lambda.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role" "release" {
  name = "platform-release"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = ["lambda.amazonaws.com", "codebuild.amazonaws.com"] }
    }]
  })
}

resource "aws_iam_role_policy_attachment" "release" {
  role       = aws_iam_role.release.name
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
}
