import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { parse } from "yaml";

/** CloudFormation's short functions, as objects: `!Ref Bucket` becomes `{ Ref: "Bucket" }`. */
const scalars = ["Ref", "Sub", "GetAtt"].map((name) => ({
	tag: `!${name}`,
	resolve: (value) => ({ [name]: value }),
}));
const lists = ["If", "Join", "Not", "Equals"].map((name) => ({
	tag: `!${name}`,
	collection: "seq",
	resolve: (value) => ({ [name]: value.toJSON() }),
}));

/**
 * Holds the template to what its users rely on: routes, a bucket that is closed, secrets, logs, limits and alarms.
 * What `skyput policy` prints is compared where the command is tested.
 */
export async function checkTemplate(file) {
	const { Resources } = parse(await readFile(file, "utf8"), { customTags: [...scalars, ...lists] });
	const bucket = Resources.Bucket.Properties;
	const uploads = Resources.Uploads.Properties;
	const api = Resources.Api.Properties;

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

	// the routes: a token for all but preflights
	assert.equal(api.CorsConfiguration, undefined);
	assert.equal(api.Auth.DefaultAuthorizer, "Jwt");
	const routes = Object.values(uploads.Events).map(({ Properties }) => [
		`${Properties.Method} ${Properties.Path}`,
		Properties.Auth?.Authorizer ?? api.Auth.DefaultAuthorizer,
	]);
	assert.deepEqual(Object.fromEntries(routes), {
		"GET /uploads": "Jwt",
		"GET /uploads/{operation}": "Jwt",
		"POST /uploads": "Jwt",
		"POST /uploads/{operation}": "Jwt",
		"OPTIONS /uploads": "NONE",
		"OPTIONS /uploads/{operation}": "NONE",
	});
	assert.deepEqual(api.DefaultRouteSettings, {
		ThrottlingRateLimit: { Ref: "RateLimit" },
		ThrottlingBurstLimit: { Ref: "BurstLimit" },
	});

	// the function
	const { BUCKET_NAME, ALLOWED_ORIGINS, ...secrets } = uploads.Environment.Variables;
	assert.deepEqual(BUCKET_NAME, { Ref: "Bucket" });
	assert.deepEqual(ALLOWED_ORIGINS, { Join: [",", { Ref: "Origins" }] });
	assert.deepEqual(secrets, {
		UPLOAD_TOKEN_SECRET: { Sub: "{{resolve:secretsmanager:$" + "{TokenSecret}}}" },
		UPLOAD_TOKEN_SECRET_PREVIOUS: {
			Sub: "{{resolve:secretsmanager:$" + "{PreviousTokenSecret}}}",
		},
		SECRETS_ROTATION: { Ref: "SecretsRotation" },
	});
	assert.deepEqual(uploads.Policies, [{ Ref: "UploadsPolicy" }]);
	assert.match(uploads.Runtime, /^nodejs2[24]\.x$/);

	// the logs: both end, and the access log holds no query and no header
	for (const name of ["FunctionLog", "AccessLog"]) {
		assert.deepEqual(Resources[name].Properties.RetentionInDays, { Ref: "RetentionInDays" });
	}
	assert.deepEqual(uploads.LoggingConfig, { LogGroup: { Ref: "FunctionLog" } });
	assert.deepEqual(api.AccessLogSettings.DestinationArn, { GetAtt: "AccessLog.Arn" });
	const logged = Object.values(JSON.parse(api.AccessLogSettings.Format));
	assert.ok(logged.every((value) => /^\$context\.[\w.]+$/.test(value)));

	// the alarms
	const alarms = Object.values(Resources).filter(({ Type }) => Type === "AWS::CloudWatch::Alarm");
	assert.deepEqual(
		alarms.map(({ Properties }) => Properties.MetricName),
		["Errors", "Throttles", "5xx"],
	);
	for (const { Properties } of alarms) {
		assert.deepEqual(Properties.AlarmActions.If[0], "HasAlarmTopic");
	}
}
