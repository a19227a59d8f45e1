provider "aws" {
  region = "eu-central-1"
}

resource "aws_s3_bucket" "ml" {
  bucket = "radiology-ml"
}

resource "aws_s3_bucket" "patient_records" {
  bucket = "radiology-patient-records"
}

# scikit-learn's container unpickles model.joblib of the archive.
resource "aws_sagemaker_model" "triage" {
  name               = "triage"
  execution_role_arn = aws_iam_role.scoring.arn

  primary_container {
    image          = "492215442770.dkr.ecr.eu-central-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
    model_data_url = "s3://${aws_s3_bucket.ml.id}/models/triage/model.tar.gz"
  }
}

resource "aws_sagemaker_endpoint_configuration" "triage" {
  name = "triage"

  production_variants {
    variant_name           = "live"
    model_name             = aws_sagemaker_model.triage.name
    initial_instance_count = 2
    instance_type          = "ml.m5.large"
  }
}

resource "aws_sagemaker_endpoint" "triage" {
  name                 = "triage"
  endpoint_config_name = aws_sagemaker_endpoint_configuration.triage.name
}

resource "aws_iam_role" "scoring" {
  name = "triage-scoring"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "sagemaker.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy" "scoring" {
  name = "scoring"
  role = aws_iam_role.scoring.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "s3:GetObject"
      Resource = ["${aws_s3_bucket.ml.arn}/models/*", "${aws_s3_bucket.patient_records.arn}/*"]
    }]
  })
}

# Contractors label images under annotations/.
resource "aws_iam_role" "annotators" {
  name = "annotators"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRoleWithSAML"
      Principal = { Federated = "arn:aws:iam::111122223333:saml-provider/clinic" }
      Condition = { StringEquals = { "SAML:aud" = "https://signin.aws.amazon.com/saml" } }
    }]
  })
}

resource "aws_iam_role_policy" "annotators" {
  name = "annotations"
  role = aws_iam_role.annotators.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["s3:GetObject", "s3:PutObject"]
      Resource = "${aws_s3_bucket.ml.arn}/*"
    }]
  })
}
