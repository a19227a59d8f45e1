module "m" {
  source = "./m"
  count  = 2
  v      = "x${count.index}"
  providers = {
    aws = aws.west
  }
}
provider "aws" {
  alias  = "west"
  region = "us-west-2"
}
resource "aws_kms_key" "k" {
  description = module.m[0].o.arn
}
