// Synthesises a stack with the construct, checks what its users rely on, and uploads through the function that
// would be deployed: `npm test`.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import { createClient } from "@skyput/client";
import { s3Provider } from "@skyput/server/s3";
import { startS3Server } from "@skyput/testing";
import { App, Stack } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import { UploadsApi } from "./lib/uploads-api.ts";

const app = new App();
const stack = new Stack(app, "Uploads");
const origins = ["https://app.example.com", "https://admin.example.com"];
const uploads = new UploadsApi(stack, "Uploads", {
	origins,
	jwtIssuer: "https://issuer.example.com",
	jwtAudience: ["app"],
});
const template = Template.fromStack(stack);

// the bucket: closed, encrypted, kept, with the rules that skyput policy prints
template.hasResource("AWS::S3::Bucket", {
	DeletionPolicy: "Retain",
	Properties: {
		PublicAccessBlockConfiguration: {
			BlockPublicAcls: true,
			BlockPublicPolicy: true,
			IgnorePublicAcls: true,
			RestrictPublicBuckets: true,
		},
		OwnershipControls: { Rules: [{ ObjectOwnership: "BucketOwnerEnforced" }] },
		CorsConfiguration: { CorsRules: [{ AllowedOrigins: origins, AllowedMethods: ["PUT"] }] },
		LifecycleConfiguration: {
			Rules: [{ AbortIncompleteMultipartUpload: { DaysAfterInitiation: 31 } }],
		},
	},
});
template.hasResourceProperties("AWS::S3::BucketPolicy", {
	PolicyDocument: {
		Statement: [
			{ Effect: "Deny", Condition: { Bool: { "aws:SecureTransport": "false" } } },
			{ Effect: "Deny", Condition: { NumericGreaterThan: { "s3:signatureAge": 600_000 } } },
			{ Effect: "Deny", Condition: { Null: { "s3:if-none-match": "true" } } },
		],
	},
});

// the role: what uploads need, and no delete
const policies = Object.values(template.findResources("AWS::IAM::Policy"));
const actions = policies
	.flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
	.flatMap(({ Action }) => Action);
assert.deepEqual(actions, [
	"s3:PutObject",
	"s3:AbortMultipartUpload",
	"s3:ListMultipartUploadParts",
	"s3:GetObject",
	"s3:ListBucket",
]);

// the routes: a token for all but preflights
template.hasResourceProperties("AWS::ApiGatewayV2::Authorizer", {
	AuthorizerType: "JWT",
	IdentitySource: ["$request.header.Authorization"],
	JwtConfiguration: { Audience: ["app"], Issuer: "https://issuer.example.com" },
});
const routes = Object.values(template.findResources("AWS::ApiGatewayV2::Route"));
assert.deepEqual(
	Object.fromEntries(
		routes.map(({ Properties }) => [Properties.RouteKey, Properties.AuthorizationType]),
	),
	{
		"GET /uploads": "JWT",
		"POST /uploads": "JWT",
		"OPTIONS /uploads": "NONE",
		"GET /uploads/{operation}": "JWT",
		"POST /uploads/{operation}": "JWT",
		"OPTIONS /uploads/{operation}": "NONE",
	},
);

// limits and logs that end
template.hasResourceProperties("AWS::ApiGatewayV2::Stage", {
	StageName: "$default",
	DefaultRouteSettings: { ThrottlingRateLimit: 100, ThrottlingBurstLimit: 200 },
	AccessLogSettings: {
		DestinationArn: Match.anyValue(),
		Format: Match.not(Match.stringLikeRegexp("query|header|path")),
	},
});
template.resourceCountIs("AWS::Logs::LogGroup", 2);
template.allResourcesProperties("AWS::Logs::LogGroup", { RetentionInDays: 30 });

// both secrets reach the function by reference
template.resourceCountIs("AWS::SecretsManager::Secret", 2);
template.hasResourceProperties("AWS::Lambda::Function", {
	Runtime: "nodejs24.x",
	Timeout: 29,
	LoggingConfig: { LogGroup: Match.anyValue() },
	Environment: { Variables: Match.objectLike({ ALLOWED_ORIGINS: origins.join(",") }) },
});
const [lambda] = Object.values(template.findResources("AWS::Lambda::Function"));
const { UPLOAD_TOKEN_SECRET, UPLOAD_TOKEN_SECRET_PREVIOUS } =
	lambda.Properties.Environment.Variables;
for (const secret of [UPLOAD_TOKEN_SECRET, UPLOAD_TOKEN_SECRET_PREVIOUS]) {
	assert.match(JSON.stringify(secret), /\{\{resolve:secretsmanager:/);
}
assert.notDeepEqual(UPLOAD_TOKEN_SECRET, UPLOAD_TOKEN_SECRET_PREVIOUS);

template.resourceCountIs("AWS::CloudWatch::Alarm", 3);
for (const MetricName of ["Errors", "Throttles", "5xx"]) {
	template.hasResourceProperties("AWS::CloudWatch::Alarm", {
		MetricName,
		Statistic: "Sum",
		TreatMissingData: "notBreaching",
	});
}
assert.equal(uploads.alarms.length, 3);
console.log("the stack has what its users rely on");

// what Lambda gives the function, and nothing else
const { directory } = app.synth();
// the folder of the bundle is called as the archive that would be deployed
const asset = `asset.${lambda.Properties.Code.S3Key.replace(".zip", "")}`;
const storage = await startS3Server();
const { bucket, region, endpoint, accessKeyId, secretAccessKey } = storage;
const server = spawn(process.execPath, ["serve.ts", join(directory, asset, "index.mjs")], {
	stdio: ["ignore", "pipe", "inherit"],
	env: {
		BUCKET_NAME: bucket,
		ALLOWED_ORIGINS: origins.join(","),
		UPLOAD_TOKEN_SECRET: randomBytes(48).toString("base64"),
		UPLOAD_TOKEN_SECRET_PREVIOUS: randomBytes(48).toString("base64"),
		S3_ENDPOINT: endpoint,
		AWS_REGION: region,
		AWS_ACCESS_KEY_ID: accessKeyId,
		AWS_SECRET_ACCESS_KEY: secretAccessKey,
	},
});
try {
	const [address] = await once(server.stdout, "data");
	const client = createClient({ endpoint: String(address).trim() });
	const credentials = { accessKeyId, secretAccessKey };
	const provider = s3Provider({ bucket, region, endpoint, credentials });
	const bytes = randomBytes(20_000_000);
	const options = { multipartThreshold: 10_000_000 };
	const { key } = await client.uploadFile(bytes, "users/42/film.bin", options);
	const { url } = await provider.signDownload(key, { expiresIn: 60 });
	assert.ok(bytes.equals(Buffer.from(await (await fetch(url)).arrayBuffer())), `${key} differs`);
	console.log(`uploaded ${key} through the bundled function`);
} finally {
	server.kill();
	await storage.close();
}
