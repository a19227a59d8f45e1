variable "subscription_id" {
  description = "Subscription that holds the chat."
  type        = string
}

variable "tenant_id" {
  description = "Entra tenant of the subscription."
  type        = string
}

variable "location" {
  description = "Azure region of every resource."
  type        = string
  default     = "swedencentral"
}

variable "office_ranges" {
  description = "Address ranges of the offices."
  type        = list(string)
  default     = []
}

variable "ai_services" {
  description = "AI services accounts of the chat, by the part they play."
  type = map(object({
    kind     = string
    projects = optional(bool, false)
  }))
}

variable "chat_image" {
  description = "Container image of the chat's web front end."
  type        = string
}
