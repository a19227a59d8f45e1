resource "aws_kms_key" "data" {
  description         = "Articles and logs of the support agent"
  enable_key_rotation = true
}

resource "aws_s3_bucket" "articles" {
  bucket = "northwind-support-articles"
}

resource "aws_s3_bucket_versioning" "articles" {
  bucket = aws_s3_bucket.articles.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "articles" {
  bucket = aws_s3_bucket.articles.id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.data.arn
    }
  }
}

resource "aws_s3_bucket_public_access_block" "articles" {
  bucket              = aws_s3_bucket.articles.id
  block_public_acls   = true
  ignore_public_acls  = true
  block_public_policy = false
}

data "aws_iam_policy_document" "articles" {
  statement {
    sid       = "EncryptedTransport"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.articles.arn, "${aws_s3_bucket.articles.arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }

  # The web site shows the same articles.
  statement {
    sid       = "WebSite"
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.articles.arn}/published/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }
  }
}

resource "aws_s3_bucket_policy" "articles" {
  bucket = aws_s3_bucket.articles.id
  policy = data.aws_iam_policy_document.articles.json
}
