variable "account_id" {
  description = "Account that holds the agent."
  type        = string
  default     = "111122223333"
}

variable "region" {
  type    = string
  default = "eu-central-1"
}

variable "foundation_model" {
  description = "Model that the agent reasons with."
  type        = string
  default     = "amazon.nova-pro-v1:0"
}
