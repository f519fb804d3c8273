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
	for (const { Principal, Condition } of of("QueuePolicy").PolicyDocument.Statement) {
		assert.deepEqual(Principal, { Service: "events.amazonaws.com" });
		assert.deepEqual(Object.keys(Condition.ArnEquals), ["aws:SourceArn"]);
	}

	// no role of the functions has a right on everything
	const documents = ["UploadsPolicy", "ProcessorPolicy"].map((name) => of(name).PolicyDocument);
	const inline = of("ProcessorRole").Policies.map(({ PolicyDocument }) => PolicyDocument);
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
