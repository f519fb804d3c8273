output "endpoint" {
  description = "The endpoint for createClient"
  value       = "${aws_apigatewayv2_api.uploads.api_endpoint}/uploads"
}

output "bucket_name" {
  value = aws_s3_bucket.uploads.id
}
