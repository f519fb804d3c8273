locals {
  # a browser's preflight carries no token
  routes = {
    "GET /uploads"                 = "JWT"
    "POST /uploads"                = "JWT"
    "OPTIONS /uploads"             = "NONE"
    "GET /uploads/{operation}"     = "JWT"
    "POST /uploads/{operation}"    = "JWT"
    "OPTIONS /uploads/{operation}" = "NONE"
  }
}

# no cors_configuration: the function answers CORS itself, and a gateway that did would drop that
resource "aws_apigatewayv2_api" "uploads" {
  name          = var.name
  protocol_type = "HTTP"
}

resource "aws_apigatewayv2_authorizer" "jwt" {
  api_id           = aws_apigatewayv2_api.uploads.id
  name             = "jwt"
  authorizer_type  = "JWT"
  identity_sources = ["$request.header.Authorization"]

  jwt_configuration {
    issuer   = var.jwt_issuer
    audience = var.jwt_audience
  }
}

resource "aws_apigatewayv2_integration" "function" {
  api_id                 = aws_apigatewayv2_api.uploads.id
  integration_type       = "AWS_PROXY"
  integration_uri        = aws_lambda_function.uploads.invoke_arn
  payload_format_version = "2.0"
}

resource "aws_apigatewayv2_route" "uploads" {
  for_each           = local.routes
  api_id             = aws_apigatewayv2_api.uploads.id
  route_key          = each.key
  target             = "integrations/${aws_apigatewayv2_integration.function.id}"
  authorization_type = each.value
  authorizer_id      = each.value == "JWT" ? aws_apigatewayv2_authorizer.jwt.id : null
}

resource "aws_apigatewayv2_stage" "default" {
  api_id      = aws_apigatewayv2_api.uploads.id
  name        = "$default"
  auto_deploy = true

  default_route_settings {
    throttling_rate_limit  = var.rate_limit
    throttling_burst_limit = var.burst_limit
  }

  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.access.arn
    # no query string, which holds keys, and no header
    format = jsonencode({
      time             = "$context.requestTime"
      requestId        = "$context.requestId"
      ip               = "$context.identity.sourceIp"
      route            = "$context.routeKey"
      status           = "$context.status"
      milliseconds     = "$context.responseLatency"
      authorizerError  = "$context.authorizer.error"
      integrationError = "$context.integrationErrorMessage"
    })
  }
}

resource "aws_lambda_permission" "api" {
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.uploads.function_name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.uploads.execution_arn}/*"
}
