import {
	CreateMultipartUploadCommand,
	DeleteBucketPolicyCommand,
	GetObjectCommand,
	PutBucketPolicyCommand,
	PutObjectCommand,
	PutObjectTaggingCommand,
	S3Client,
} from "@aws-sdk/client-s3";
import { defineUploads } from "@skyput/server";
import { createObjectHandler } from "@skyput/server/events";
import { s3Provider } from "@skyput/server/s3";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { type CephRoles, startCephRoles } from "../../../../tools/ceph-roles.js";
import { documentOf, server } from "./documents.js";

// The bucket policy of `skyput policy --read-gate`, as Ceph 16 evaluates it.

let roles: CephRoles;
/** Of the user that owns the bucket. */
let owner: S3Client;
/** Of a role that may do everything but what the bucket's policy denies. */
let reader: S3Client;

const clientOf = (credentials: { accessKeyId: string; secretAccessKey: string }): S3Client => {
	const { endpoint, region } = roles.ceph;
	return new S3Client({ endpoint, region, credentials, forcePathStyle: true });
};

beforeAll(async () => {
	roles = await startCephRoles();
	owner = clientOf(roles.ceph);
	const everything = { Effect: "Allow", Action: ["s3:*"], Resource: ["*"] };
	reader = clientOf(await roles.assume([everything]));
});
afterAll(async () => {
	owner?.destroy();
	reader?.destroy();
	await roles?.close();
});

const uploads = defineUploads({
	"files/*path": { authorize: "public" },
	"teams/*path": { authorize: "public", tags: { team: "a" } },
});

interface Statement {
	readonly Condition: { readonly ArnNotEqualsIfExists?: unknown };
}

const statementsOf = (name: "bucket" | "processor-role"): readonly Statement[] => {
	const text = JSON.stringify(documentOf(uploads, name, { ...server, readGate: true }));
	return JSON.parse(text.replaceAll("my-bucket", roles.ceph.bucket)).Statement;
};

/** Puts statements on the bucket until the test ends. */
async function guard(statements: readonly object[]): Promise<void> {
	const { bucket: Bucket } = roles.ceph;
	const Policy = JSON.stringify({ Version: "2012-10-17", Statement: statements });
	await owner.send(new PutBucketPolicyCommand({ Bucket, Policy }));
	onTestFinished(async () => {
		await owner.send(new DeleteBucketPolicyCommand({ Bucket }));
	});
}

const outcomeOf = (call: Promise<unknown>): Promise<string> =>
	call.then(
		() => "done",
		(error: Error) => error.name,
	);

/** What a client may do with an object. */
const using = (client: S3Client, Key: string) => {
	const object = { Bucket: roles.ceph.bucket, Key };
	const tag = { Key: "skyput-verdict", Value: "clean" };
	return {
		read: () => outcomeOf(client.send(new GetObjectCommand(object))),
		store: (Tagging?: string) =>
			outcomeOf(client.send(new PutObjectCommand({ ...object, Body: "ab", Tagging }))),
		begin: (Tagging: string) =>
			outcomeOf(client.send(new CreateMultipartUploadCommand({ ...object, Tagging }))),
		tagClean: () =>
			outcomeOf(
				client.send(new PutObjectTaggingCommand({ ...object, Tagging: { TagSet: [tag] } })),
			),
	};
};

test("behind the printed gate, a reader gets what is tagged clean, and nothing that is infected or has no tag", async () => {
	for (const verdict of ["clean", "infected", "unscannable", "failed"]) {
		await using(owner, `files/${verdict}`).store(`skyput-verdict=${verdict}`);
	}
	await using(owner, "files/untagged").store();
	await using(owner, "elsewhere").store();
	await guard(statementsOf("bucket"));
	const read = (key: string) => using(reader, key).read();
	expect(await read("files/clean")).toBe("done");
	for (const key of ["infected", "unscannable", "failed", "untagged"]) {
		expect([key, await read(`files/${key}`)]).toEqual([key, "AccessDenied"]);
	}
	expect(await read("elsewhere")).toBe("done");
});

test("behind the printed gate, an uploader stores files and gives none a verdict", async () => {
	await guard(statementsOf("bucket"));
	const file = using(reader, "files/uploaded");
	expect(await file.store("team=a")).toBe("done");
	expect(await file.tagClean()).toBe("AccessDenied");
	expect(await file.store("skyput-verdict=clean")).toBe("AccessDenied");
	expect(await file.read()).toBe("AccessDenied");
});

test("behind the printed gate of a rule with tags, an upload may set those, and no verdict", async () => {
	await guard(statementsOf("bucket"));
	const file = using(reader, "teams/uploaded");
	expect(await file.store("team=a")).toBe("done");
	expect(await file.store("team=a&skyput-verdict=clean")).toBe("AccessDenied");
	expect(await file.read()).toBe("AccessDenied");
});

test("Ceph 16 evaluates neither the tags with which a multipart upload begins, nor those of a call that only tags", async () => {
	await guard(statementsOf("bucket"));
	const file = using(reader, "teams/parts");
	expect(await file.begin("skyput-verdict=clean")).toBe("done");
	expect(await file.store("team=a")).toBe("done");
	expect(await file.tagClean()).toBe("done");
});

test("with the processor as NotPrincipal, which Ceph evaluates, it opens the gate for what it finds clean", async () => {
	const { endpoint, region, bucket } = roles.ceph;
	const { roleArn, ...credentials } = await roles.assume(statementsOf("processor-role"));
	// Ceph 16 does not know aws:PrincipalArn
	const statements = statementsOf("bucket").map((statement) => {
		const { ArnNotEqualsIfExists, ...Condition } = statement.Condition;
		if (ArnNotEqualsIfExists === undefined) return statement;
		const { Principal: _, ...rest } = { Principal: "*", ...statement, Condition };
		return { ...rest, NotPrincipal: { AWS: [roleArn] } };
	});
	await guard(statements);
	const handler = createObjectHandler({
		uploads,
		provider: s3Provider({
			...{ endpoint, region, bucket, credentials, forcePathStyle: true },
			compatibility: "ceph",
			unsignedHeaders: "accepted",
			capabilities: { objectOptions: { tags: true } },
		}),
		steps: [async ({ object }) => ({ verdict: object.key.endsWith("bad") ? "infected" : "clean" })],
	});
	for (const [name, outcome] of [
		["good", "done"],
		["bad", "AccessDenied"],
	] as const) {
		const key = `files/${crypto.randomUUID()}/${name}`;
		const file = using(reader, key);
		expect(await file.store()).toBe("done");
		expect(await file.read()).toBe("AccessDenied");
		await handler({ bucket, key });
		expect([key, await file.read()]).toEqual([key, outcome]);
	}
});
