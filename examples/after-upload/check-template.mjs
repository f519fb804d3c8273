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
 * Holds the template to what its users rely on: a queue that loses nothing, events of quarantine alone, roles that
 * can do what they must, and nothing on everything. What `skyput policy` prints is compared where the command is tested.
 */
export async function checkTemplate(file) {
	const { Resources } = parse(await readFile(file, "utf8"), { customTags: [...scalars, ...lists] });
	const of = (name) => Resources[name].Properties;

	// a message is not delivered again while its function still works, and is kept when it fails for good
	const timeout = of("ObjectHandler").Timeout;
	assert.ok(of("Queue").VisibilityTimeout >= 6 * timeout);
	assert.ok(of("Queue").RedrivePolicy.maxReceiveCount >= 5);
	assert.deepEqual(of("Queue").RedrivePolicy.deadLetterTargetArn, { GetAtt: "DeadLetters.Arn" });
	assert.equal(of("DeadLetters").MessageRetentionPeriod, 14 * 86_400);
	const source = of("ObjectHandler").Events.Stored.Properties;
	assert.deepEqual(source.FunctionResponseTypes, ["ReportBatchItemFailures"]);

	// both rules go to the queue, which takes messages of them alone
	for (const name of ["QuarantineRule", "ScanRule"]) {
		const [target] = of(name).Targets;
		assert.deepEqual(target.Arn, { GetAtt: "Queue.Arn" });
		assert.deepEqual(target.DeadLetterConfig.Arn, { GetAtt: "DeadLetters.Arn" });
	}
	assert.deepEqual(of("QuarantineRule").EventPattern.detail.object.key, [
		{ prefix: ".skyput/quarantine/" },
	]);
	const [senders, insecure] = of("QueuePolicy").PolicyDocument.Statement;
	assert.deepEqual(senders.Principal, { Service: "events.amazonaws.com" });
	assert.deepEqual(Object.keys(senders.Condition.ArnEquals), ["aws:SourceArn"]);
	assert.equal(insecure.Effect, "Deny");
	assert.deepEqual(insecure.Condition, { Bool: { "aws:SecureTransport": "false" } });

	// what is kept is encrypted, by one key where there is one
	for (const name of ["Queue", "DeadLetters"]) assert.equal(of(name).SqsManagedSseEnabled, true);
	const [encryption] = of("Bucket").BucketEncryption.ServerSideEncryptionConfiguration;
	assert.deepEqual(encryption.ServerSideEncryptionByDefault.If.slice(1), [
		{ SSEAlgorithm: "aws:kms", KMSMasterKeyID: { Ref: "KmsKeyArn" } },
		{ SSEAlgorithm: "AES256" },
	]);
	const ofKey = { If: ["HasKey", { Ref: "KmsKeyArn" }, { Ref: "AWS::NoValue" }] };
	assert.deepEqual([of("TokenSecret").KmsKeyId, of("Uploads").KmsKeyArn], [ofKey, ofKey]);

	// the functions have roles and logs of their own, and no right on everything
	for (const [name, role, log] of [
		["Uploads", "UploadsRole", "UploadsLog"],
		["ObjectHandler", "ProcessorRole", "ObjectLog"],
	]) {
		assert.deepEqual(of(name).Role, { GetAtt: `${role}.Arn` });
		assert.deepEqual(of(name).LoggingConfig, { LogGroup: { Ref: log } });
		assert.ok(of(log).RetentionInDays >= 365);
		const mayUseKey = { If: ["HasKey", { Ref: "KeyPolicy" }, { Ref: "AWS::NoValue" }] };
		assert.deepEqual(of(role).ManagedPolicyArns[1], mayUseKey);
	}
	const policies = ["UploadsPolicy", "ProcessorPolicy", "KeyPolicy"];
	const documents = policies.map((name) => of(name).PolicyDocument);
	const inline = [of("UploadsRole"), of("ProcessorRole")].flatMap(({ Policies }) =>
		Policies.map(({ PolicyDocument }) => PolicyDocument),
	);
	for (const { Action, Resource } of [...documents, ...inline].flatMap(
		({ Statement }) => Statement,
	)) {
		assert.ok([Resource].flat().every((resource) => resource !== "*"));
		assert.ok([Action].flat().every((action) => !action.includes("*")));
	}

	// only those who process a file can read it before it is processed
	const guard = of("BucketPolicy").PolicyDocument.Statement.find(
		({ Condition }) => Condition.ArnNotEquals,
	);
	assert.equal(guard.Effect, "Deny");
	assert.deepEqual(guard.Action, ["s3:GetObject", "s3:GetObjectVersion"]);

	const alarms = Object.values(Resources).filter(({ Type }) => Type === "AWS::CloudWatch::Alarm");
	assert.deepEqual(
		alarms.map(({ Properties }) => Properties.MetricName),
		["ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage"],
	);
}
