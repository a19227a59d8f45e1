variable "project" {
  description = "Project that holds the forecasts."
  type        = string
  default     = "northwind-forecasting"
}

variable "region" {
  type    = string
  default = "europe-west4"
}

variable "apis" {
  description = "APIs that the project uses."
  type        = set(string)
  default = [
    "aiplatform.googleapis.com",
    "generativelanguage.googleapis.com",
    "maps-backend.googleapis.com",
    "notebooks.googleapis.com",
  ]
}
