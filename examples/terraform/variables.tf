# "origins" stands in policy.tf

variable "name" {
  description = "Name of the function, the API and their logs"
  type        = string
  default     = "uploads"
}

variable "bucket_name" {
  description = "Name of the bucket; null for a generated one"
  type        = string
  default     = null
}

variable "jwt_issuer" {
  description = "Issuer of the users' tokens, such as https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_abc"
  type        = string
}

variable "jwt_audience" {
  description = "Audiences of the tokens; with Cognito, the ids of app clients"
  type        = list(string)
}

variable "token_secret" {
  description = "Label of the secret of upload tokens; to rotate it, set another one"
  type        = string
  default     = "1"
}

variable "previous_token_secret" {
  description = "Label of the secret before the last rotation, while uploads begun with it may be resumed (30 days)"
  type        = string
  default     = null
}

variable "rate_limit" {
  description = "Calls per second that the API lets through"
  type        = number
  default     = 100
}

variable "burst_limit" {
  description = "Calls at once that the API lets through"
  type        = number
  default     = 200
}

variable "log_retention_in_days" {
  description = "Days that logs are kept"
  type        = number
  default     = 30
}

variable "alarm_topics" {
  description = "ARNs of SNS topics that alarms are sent to"
  type        = list(string)
  default     = []
}
