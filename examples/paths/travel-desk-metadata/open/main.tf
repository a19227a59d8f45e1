provider "aws" {
  region = "us-east-1"
}

resource "aws_vpc" "main" {
  cidr_block = "10.20.0.0/16"
}

resource "aws_internet_gateway" "main" {
  vpc_id = aws_vpc.main.id
}

resource "aws_subnet" "public" {
  vpc_id                  = aws_vpc.main.id
  cidr_block              = "10.20.1.0/24"
  map_public_ip_on_launch = true
}

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.main.id

  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.main.id
  }
}

resource "aws_route_table_association" "public" {
  subnet_id      = aws_subnet.public.id
  route_table_id = aws_route_table.public.id
}

resource "aws_security_group" "desk" {
  name   = "travel-desk"
  vpc_id = aws_vpc.main.id

  ingress {
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }

  egress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_instance" "desk" {
  ami                         = "ami-0c101f26f147fa7fd"
  instance_type               = "t3.small"
  subnet_id                   = aws_subnet.public.id
  vpc_security_group_ids      = [aws_security_group.desk.id]
  iam_instance_profile        = aws_iam_instance_profile.desk.name
  associate_public_ip_address = true

  user_data = <<-EOT
    #!/bin/bash
    set -eu
    export DESK_MODEL=claude-sonnet-4-5
    export ANTHROPIC_API_KEY=$(aws secretsmanager get-secret-value --secret-id ${aws_secretsmanager_secret.anthropic.name} --query SecretString --output text)
    cd /opt/desk
    .venv/bin/uvicorn app:app --host 0.0.0.0 --port 443 --ssl-keyfile tls.key --ssl-certfile tls.crt
  EOT

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "optional"
    http_put_response_hop_limit = 2
  }

  tags = { Name = "travel-desk" }
}

resource "aws_iam_instance_profile" "desk" {
  name = "travel-desk"
  role = aws_iam_role.desk.name
}

resource "aws_iam_role" "desk" {
  name = "travel-desk"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "ec2.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy" "desk" {
  name = "model-key"
  role = aws_iam_role.desk.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "secretsmanager:GetSecretValue"
      Resource = aws_secretsmanager_secret.anthropic.arn
    }]
  })
}

resource "aws_secretsmanager_secret" "anthropic" {
  name = "travel-desk/anthropic-api-key"
}
