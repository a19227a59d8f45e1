# Where the team measures the quality of the agent's answers.

data "aws_availability_zones" "available" {
  state = "available"
}

resource "aws_vpc" "notebook" {
  cidr_block           = "10.30.0.0/16"
  enable_dns_support   = true
  enable_dns_hostnames = true

  tags = {
    Name = "support-notebook"
  }
}

resource "aws_subnet" "notebook" {
  vpc_id            = aws_vpc.notebook.id
  cidr_block        = "10.30.1.0/24"
  availability_zone = data.aws_availability_zones.available.names[0]

  tags = {
    Name = "support-notebook"
  }
}

resource "aws_security_group" "notebook" {
  name        = "support-notebook"
  description = "Notebook of the support team"
  vpc_id      = aws_vpc.notebook.id
}

resource "aws_vpc_security_group_ingress_rule" "notebook" {
  security_group_id = aws_security_group.notebook.id
  description       = "Dashboards"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 8888
  to_port           = 8899
}

resource "aws_vpc_security_group_egress_rule" "notebook" {
  security_group_id = aws_security_group.notebook.id
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "-1"
}

# stance:allow aws-sagemaker-notebook-root-access The measuring tools install system packages; the instance is rebuilt every Monday
resource "aws_sagemaker_notebook_instance" "quality" {
  name                = "support-quality"
  role_arn            = aws_iam_role.notebook.arn
  instance_type       = "ml.t3.xlarge"
  platform_identifier = "notebook-al2023-v1"
  subnet_id           = aws_subnet.notebook.id
  security_groups     = [aws_security_group.notebook.id]
  kms_key_id          = aws_kms_key.data.arn

  instance_metadata_service_configuration {
    minimum_instance_metadata_service_version = "2"
  }
}
