resource "aws_s3_bucket" "uploads" {
  bucket = var.bucket_name
}

resource "aws_s3_bucket_public_access_block" "uploads" {
  bucket                  = aws_s3_bucket.uploads.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "uploads" {
  bucket = aws_s3_bucket.uploads.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "uploads" {
  bucket = aws_s3_bucket.uploads.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

# one for each label, so that a rotated secret stays as long as its label does
resource "random_password" "token_secret" {
  for_each = toset(compact([var.token_secret, var.previous_token_secret]))
  length   = 64
  special  = false
}

resource "aws_iam_role" "function" {
  name_prefix = "${var.name}-"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect    = "Allow"
        Principal = { Service = "lambda.amazonaws.com" }
        Action    = "sts:AssumeRole"
      },
    ]
  })
}

resource "aws_iam_role_policy_attachment" "uploads" {
  role       = aws_iam_role.function.name
  policy_arn = aws_iam_policy.uploads.arn
}

resource "aws_iam_role_policy" "logs" {
  role = aws_iam_role.function.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = ["${aws_cloudwatch_log_group.function.arn}:*"]
      },
    ]
  })
}

data "archive_file" "function" {
  type        = "zip"
  source_dir  = "${path.module}/dist"
  output_path = "${path.module}/function.zip"
}

resource "aws_lambda_function" "uploads" {
  function_name    = var.name
  role             = aws_iam_role.function.arn
  filename         = data.archive_file.function.output_path
  source_code_hash = data.archive_file.function.output_base64sha256
  handler          = "handler.handler"
  runtime          = "nodejs24.x"
  architectures    = ["arm64"]
  memory_size      = 256
  # a completion may take 25 seconds, and the gateway gives up at 30
  timeout = 29

  environment {
    variables = {
      BUCKET_NAME                  = aws_s3_bucket.uploads.id
      ALLOWED_ORIGINS              = join(",", var.origins)
      UPLOAD_TOKEN_SECRET          = random_password.token_secret[var.token_secret].result
      UPLOAD_TOKEN_SECRET_PREVIOUS = try(random_password.token_secret[var.previous_token_secret].result, "")
    }
  }

  logging_config {
    log_format = "Text"
    log_group  = aws_cloudwatch_log_group.function.name
  }
}
