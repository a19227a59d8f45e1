locals {
  a = local.b
  b = local.a
  c = [local.c0, local.c0]
  c0 = [1, 1]
}
resource "aws_s3_bucket" "a" {
  bucket = local.a
  tags   = local.c
  x      = aws_s3_bucket.a.id
}
