import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { parse } from "yaml";

/** CloudFormation's short functions, as objects: `!Ref Bucket` becomes `{ Ref: "Bucket" }`. */
const customTags = ["Ref", "Sub", "GetAtt"].map((name) => ({
	tag: `!${name}`,
	resolve: (value) => ({ [name]: value }),
}));

/** Holds the template to what its users rely on: permissions, routes, and a bucket that stays clean and closed. */
export async function checkTemplate(file) {
	const { Resources } = parse(await readFile(file, "utf8"), { customTags });
	const bucket = Resources.Bucket.Properties;
	const uploads = Resources.Uploads.Properties;
	const { Auth, CorsConfiguration } = Resources.Api.Properties;

	// the role: these actions, on the table's prefix
	const statements = uploads.Policies.flatMap(({ Statement }) => Statement);
	const granted = new Map(
		statements.flatMap(({ Effect, Action, Resource, Condition }) => {
			assert.equal(Effect, "Allow");
			return [Action].flat().map((action) => [action, { Resource, Condition }]);
		}),
	);
	const onPrefix = { Resource: { Sub: "$" + "{Bucket.Arn}/users/*" }, Condition: undefined };
	assert.deepEqual(Object.fromEntries(granted), {
		"s3:PutObject": onPrefix,
		"s3:AbortMultipartUpload": onPrefix,
		"s3:ListMultipartUploadParts": onPrefix,
		"s3:GetObject": onPrefix,
		"s3:ListBucket": {
			Resource: { GetAtt: "Bucket.Arn" },
			Condition: { StringLike: { "s3:prefix": "users/*" } },
		},
	});

	// the bucket
	assert.deepEqual(bucket.PublicAccessBlockConfiguration, {
		BlockPublicAcls: true,
		BlockPublicPolicy: true,
		IgnorePublicAcls: true,
		RestrictPublicBuckets: true,
	});
	assert.equal(
		bucket.BucketEncryption.ServerSideEncryptionConfiguration[0].ServerSideEncryptionByDefault
			.SSEAlgorithm,
		"AES256",
	);
	const [lifecycle] = bucket.LifecycleConfiguration.Rules;
	assert.equal(lifecycle.Status, "Enabled");
	assert.equal(lifecycle.AbortIncompleteMultipartUpload.DaysAfterInitiation, 1);
	assert.deepEqual(bucket.CorsConfiguration.CorsRules, [
		{
			AllowedOrigins: [{ Ref: "AppOrigin" }],
			AllowedMethods: ["PUT"],
			AllowedHeaders: ["*"],
			ExposedHeaders: ["ETag"],
			MaxAge: 3600,
		},
	]);

	// the routes: a token for all but preflights
	assert.equal(CorsConfiguration, undefined);
	assert.equal(Auth.DefaultAuthorizer, "Jwt");
	const routes = Object.values(uploads.Events).map(({ Properties }) => [
		`${Properties.Method} ${Properties.Path}`,
		Properties.Auth?.Authorizer ?? Auth.DefaultAuthorizer,
	]);
	assert.deepEqual(Object.fromEntries(routes), {
		"GET /uploads": "Jwt",
		"POST /uploads": "Jwt",
		"POST /uploads/{operation}": "Jwt",
		"OPTIONS /uploads": "NONE",
		"OPTIONS /uploads/{operation}": "NONE",
	});
	const { Variables } = uploads.Environment;
	assert.deepEqual(Object.keys(Variables), ["BUCKET_NAME", "APP_ORIGIN", "UPLOAD_TOKEN_SECRET"]);
	assert.match(uploads.Runtime, /^nodejs2[24]\.x$/);
}
