variable "name" {
  description = "Name of the account, and its subdomain."
  type        = string
}

variable "resource_group_name" {
  type = string
}

variable "location" {
  type = string
}

variable "kind" {
  description = "Kind of account: AIServices, FormRecognizer, OpenAI."
  type        = string
}

variable "projects" {
  description = "Whether the account holds Foundry projects."
  type        = bool
  default     = false
}

variable "public" {
  description = "Whether the account has a public endpoint."
  type        = bool
  default     = true
}

variable "local_auth" {
  description = "Whether the account takes its keys."
  type        = bool
  default     = true
}

variable "allowed_ranges" {
  description = "Address ranges that may call the public endpoint; empty for any."
  type        = list(string)
  default     = []
}

variable "outbound_names" {
  description = "Host names that the account may call."
  type        = list(string)
  default     = ["northwindmanuals.blob.core.windows.net"]
}

variable "tags" {
  type    = map(string)
  default = {}
}
