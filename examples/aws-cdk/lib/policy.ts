import { Duration } from "aws-cdk-lib";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import { type CorsRule, HttpMethods, type IBucket, type LifecycleRule } from "aws-cdk-lib/aws-s3";

/** For the role of the server. */
export const uploadsStatements = (bucket: IBucket): PolicyStatement[] =>
	[
		{
			Effect: "Allow",
			Action: [
				"s3:PutObject",
				"s3:AbortMultipartUpload",
				"s3:ListMultipartUploadParts",
				"s3:GetObject",
			],
			Resource: [`${bucket.bucketArn}/users/*/*`],
		},
		{
			Effect: "Allow",
			Action: ["s3:ListBucket"],
			Resource: [bucket.bucketArn],
			Condition: {
				StringLike: {
					"s3:prefix": ["users/*"],
				},
			},
		},
	].map((statement) => PolicyStatement.fromJson(statement));

/** For the bucket's policy. */
export const bucketStatements = (bucket: IBucket): PolicyStatement[] =>
	[
		{
			Effect: "Deny",
			Principal: "*",
			Action: ["s3:*"],
			Resource: [bucket.bucketArn, `${bucket.bucketArn}/*`],
			Condition: {
				Bool: {
					"aws:SecureTransport": "false",
				},
			},
		},
		{
			Effect: "Deny",
			Principal: "*",
			Action: ["s3:PutObject"],
			Resource: [`${bucket.bucketArn}/*`],
			Condition: {
				NumericGreaterThan: {
					"s3:signatureAge": 600000,
				},
			},
		},
		{
			Effect: "Deny",
			Principal: "*",
			Action: ["s3:PutObject"],
			Resource: [`${bucket.bucketArn}/users/*/*`],
			Condition: {
				Null: {
					"s3:if-none-match": "true",
				},
				Bool: {
					"s3:ObjectCreationOperation": "true",
				},
			},
		},
	].map((statement) => PolicyStatement.fromJson(statement));

/** The bucket's CORS rule, for pages of these origins. */
export const corsRule = (origins: string[]): CorsRule => ({
	allowedOrigins: origins,
	allowedMethods: [HttpMethods.PUT],
	allowedHeaders: ["*"],
	exposedHeaders: ["ETag", "Date", "Retry-After"],
	maxAge: 3600,
});

/** The bucket's lifecycle rules. */
export const lifecycleRules: LifecycleRule[] = [
	{
		id: "unfinished uploads",
		abortIncompleteMultipartUploadAfter: Duration.days(31),
	},
];
