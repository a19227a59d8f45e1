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

variable "key_id" {
  description = "Key that encrypts the account."
  type        = string
}

variable "key_reader" {
  description = "Identity that may use the key."
  type = object({
    id        = string
    client_id = string
  })
}

variable "agent_subnet_id" {
  description = "Subnet in which the account's agents run; null for an account without agents."
  type        = string
  default     = null
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
