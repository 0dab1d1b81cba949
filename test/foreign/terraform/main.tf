# A user pool with its resources, as a set-up script of Terraform creates, changes and deletes them.

terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

variable "endpoint" { type = string }

# Another value changes each resource in place.
variable "stage" {
  type    = string
  default = "one"
}

provider "aws" {
  region                      = "us-east-1"
  access_key                  = "local"
  secret_key                  = "local"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
  skip_requesting_account_id  = true
  endpoints {
    cognitoidp = var.endpoint
  }
}

resource "aws_cognito_user_pool" "bare" {
  name = "bare"
}

resource "aws_cognito_user_pool" "main" {
  name                     = "foreign"
  username_attributes      = ["email"]
  auto_verified_attributes = ["email"]
  mfa_configuration        = "OPTIONAL"
  tags                     = { stage = var.stage }

  software_token_mfa_configuration {
    enabled = true
  }

  account_recovery_setting {
    recovery_mechanism {
      name     = "verified_email"
      priority = 1
    }
  }

  admin_create_user_config {
    allow_admin_create_user_only = true
  }

  device_configuration {
    challenge_required_on_new_device      = true
    device_only_remembered_on_user_prompt = true
  }

  lambda_config {
    post_authentication = "arn:aws:lambda:us-east-1:123456789012:function:${var.stage}"
  }

  password_policy {
    minimum_length                   = 10
    require_lowercase                = true
    require_numbers                  = true
    require_symbols                  = false
    require_uppercase                = true
    temporary_password_validity_days = 3
  }

  schema {
    name                = "plan"
    attribute_data_type = "String"
    mutable             = true
    string_attribute_constraints {
      min_length = 1
      max_length = 20
    }
  }

  verification_message_template {
    default_email_option = "CONFIRM_WITH_CODE"
    email_message        = "Your code is {####}"
    email_subject        = "Code of stage ${var.stage}"
  }
}

resource "aws_cognito_resource_server" "api" {
  user_pool_id = aws_cognito_user_pool.main.id
  identifier   = "https://api.example.com"
  name         = "api"
  scope {
    scope_name        = "read"
    scope_description = "Read"
  }
}

resource "aws_cognito_identity_provider" "corp" {
  user_pool_id  = aws_cognito_user_pool.main.id
  provider_name = "Corp"
  provider_type = "OIDC"
  provider_details = {
    attributes_request_method     = "GET"
    attributes_url_add_attributes = "false"
    authorize_scopes              = "openid email"
    client_id                     = var.stage
    client_secret                 = "secret"
    oidc_issuer                   = "https://corp.example.com"
    authorize_url                 = "https://corp.example.com/authorize"
    token_url                     = "https://corp.example.com/token"
    attributes_url                = "https://corp.example.com/userinfo"
    jwks_uri                      = "https://corp.example.com/jwks"
  }
  attribute_mapping = { email = "email", username = "sub" }
  idp_identifiers   = ["corp.example.com"]
}

resource "aws_cognito_user_pool_client" "web" {
  user_pool_id                         = aws_cognito_user_pool.main.id
  name                                 = "web-${var.stage}"
  generate_secret                      = true
  explicit_auth_flows                  = ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
  allowed_oauth_flows_user_pool_client = true
  allowed_oauth_flows                  = ["code"]
  allowed_oauth_scopes                 = concat(["openid"], aws_cognito_resource_server.api.scope_identifiers)
  callback_urls                        = ["https://example.com/${var.stage}"]
  supported_identity_providers         = ["COGNITO", aws_cognito_identity_provider.corp.provider_name]
  access_token_validity                = 30
  token_validity_units {
    access_token = "minutes"
  }
}

resource "aws_cognito_user_pool_domain" "domain" {
  user_pool_id = aws_cognito_user_pool.main.id
  domain       = "foreign-terraform"
}

resource "aws_cognito_user_group" "staff" {
  user_pool_id = aws_cognito_user_pool.main.id
  name         = "staff"
  description  = var.stage
  precedence   = 1
}

resource "aws_cognito_user" "ada" {
  user_pool_id   = aws_cognito_user_pool.main.id
  username       = "ada@example.com"
  password       = "Correct-horse-7"
  message_action = "SUPPRESS"
  attributes = {
    email          = "ada@example.com"
    email_verified = true
    plan           = var.stage
  }
}

resource "aws_cognito_user_in_group" "ada_in_staff" {
  user_pool_id = aws_cognito_user_pool.main.id
  group_name   = aws_cognito_user_group.staff.name
  username     = aws_cognito_user.ada.username
}
