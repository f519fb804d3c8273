resource "aws_cloudwatch_log_group" "function" {
  name              = "/aws/lambda/${var.name}"
  retention_in_days = var.log_retention_in_days
}

# names that begin so need no resource policy, whose length is limited
resource "aws_cloudwatch_log_group" "access" {
  name              = "/aws/vendedlogs/${var.name}/access"
  retention_in_days = var.log_retention_in_days
}

locals {
  function = { FunctionName = aws_lambda_function.uploads.function_name }

  # a 500 of the function is a reply, so that only crashes and timeouts count as errors of Lambda
  alarms = {
    errors    = { namespace = "AWS/Lambda", metric = "Errors", dimensions = local.function, threshold = 1 }
    throttles = { namespace = "AWS/Lambda", metric = "Throttles", dimensions = local.function, threshold = 1 }
    replies = {
      namespace  = "AWS/ApiGateway"
      metric     = "5xx"
      dimensions = { ApiId = aws_apigatewayv2_api.uploads.id }
      threshold  = 5
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "uploads" {
  for_each            = local.alarms
  alarm_name          = "${var.name}-${each.key}"
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  threshold           = each.value.threshold
  comparison_operator = "GreaterThanOrEqualToThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_topics
}
