import { DeleteBucketPolicyCommand, PutBucketPolicyCommand, S3Client } from "@aws-sdk/client-s3";
import { defineUploads, type Uploads } from "@skyput/server";
import { createObjectHandler, sniffType } from "@skyput/server/events";
import { s3Provider } from "@skyput/server/s3";
import { createFetchHandler, type HandlerOptions } from "@skyput/server/web";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { type CephRoles, startCephRoles } from "../../../../tools/ceph-roles.js";
import type { RoleName } from "../../src/policy/role.js";
import { documentOf, server } from "./documents.js";

// Roles that the command prints, as roles of Ceph's STS: whole, and without each action.

let roles: CephRoles;
beforeAll(async () => {
	roles = await startCephRoles();
});
afterAll(() => roles?.close());

/** Every option of a rule that needs a right of its own, and Ceph 16 knows. */
const uploads = defineUploads({
	"users/:id/:name": {
		authorize: "public",
		authorizeRead: "public",
		authorizeDelete: "public",
		overwrite: true,
		tags: { team: "web" },
		acl: "private",
	},
});

/** Ceph 16 has no create-only copy, so the server makes the keys of files in quarantine. */
const quarantined = defineUploads({
	"users/:id/*path": {
		authorize: "public",
		quarantine: true,
		key: ({ params }) => `users/${params.id}/${crypto.randomUUID()}`,
		onComplete: ({ key }) => key,
	},
});

interface Statement {
	readonly Action: readonly string[];
}

/** The statements of a role, perhaps without one action. */
function statementsOf(
	name: RoleName,
	{ without, table = uploads }: { readonly without?: string; readonly table?: Uploads } = {},
): readonly Statement[] {
	const text = JSON.stringify(documentOf(table, name)).replaceAll("my-bucket", roles.ceph.bucket);
	const { Statement } = JSON.parse(text) as { readonly Statement: readonly Statement[] };
	return Statement.flatMap((statement) => {
		const Action = statement.Action.filter((action) => action !== without);
		return Action.length === 0 ? [] : [{ ...statement, Action }];
	});
}

const log = { error: () => undefined, warn: () => undefined, info: () => undefined };
const tokenSecret = "a secret of the tests, which has more than 32 bytes";

/** The bucket, with the keys of roles. */
async function storageOf(control: readonly Statement[], signing?: readonly Statement[]) {
	const { endpoint, region, bucket } = roles.ceph;
	return s3Provider({
		endpoint,
		region,
		bucket,
		forcePathStyle: true,
		compatibility: "ceph",
		capabilities: { objectOptions: { tags: true, acl: true } },
		unsignedHeaders: "accepted",
		credentials: await roles.assume(control),
		...(signing ? { signingCredentials: await roles.assume(signing) } : {}),
	});
}

/** A server of the table. */
function serve(options: Pick<HandlerOptions, "uploads" | "provider">) {
	const handler = createFetchHandler({ ...options, tokenSecret, log });
	return async (path: string, body?: object) => {
		const init = { method: "POST", headers: { "content-type": "application/json" } };
		const request = new Request(
			`http://127.0.0.1/uploads${path}`,
			body && { ...init, body: JSON.stringify(body) },
		);
		const response = await handler(request);
		const text = await response.text();
		const answer = text === "" ? {} : JSON.parse(text);
		return { answer, status: answer.code ?? response.status };
	};
}

const statusOf = async (url: string, init?: RequestInit) => (await fetch(url, init)).status;

let folders = 0;

/** Does all that a client may ask of the table, and tells what each step ended with. */
async function useTable(
	control: readonly Statement[],
	signing?: readonly Statement[],
): Promise<Readonly<Record<string, unknown>>> {
	const call = serve({ uploads, provider: await storageOf(control, signing) });
	const folder = `users/${++folders}`;

	const one = { v: 1, key: `${folder}/one`, size: 2, kinds: ["single", "multipart"] };
	const { answer: plan } = await call("", one);
	const { url, headers } = plan.request;
	const single = await statusOf(url, { method: "PUT", headers, body: "ab" });
	const looked = await call("/complete", { token: plan.token });

	const parts = await call("", { ...one, key: `${folder}/parts`, multipart: true });
	const outcome: Record<string, unknown> = { single, look: looked.status, begin: parts.status };
	if (parts.status === 201) {
		const { token, window } = parts.answer;
		const partUrl = window.urls[0]
			.replace("{partNumber}", "1")
			.replace("{value}", window.values[0]);
		outcome["part"] = await statusOf(partUrl, { method: "PUT", body: "ab" });
		outcome["list"] = (await call("/list", { token })).status;
		outcome["complete"] = (await call("/complete", { token })).status;
		const other = await call("", { ...one, key: `${folder}/aborted`, multipart: true });
		outcome["abort"] = (await call("/abort", { token: other.answer.token })).status;
	}
	const download = await call(`/download?key=${folder}/one`);
	outcome["read"] = download.answer.url ? await statusOf(download.answer.url) : download.status;
	outcome["delete"] = (await call("/delete", { key: `${folder}/one` })).status;
	return outcome;
}

const everything = {
	single: 200,
	look: 200,
	begin: 201,
	part: 200,
	list: 200,
	complete: 200,
	abort: 204,
	read: 200,
	delete: 204,
};

test("the role of a table does all that its rules allow", async () => {
	expect(await useTable(statementsOf("role"))).toEqual(everything);
});

test("so do two roles, one for URLs and one for calls", async () => {
	const [control, signing] = [statementsOf("control-role"), statementsOf("signing-role")];
	expect(await useTable(control, signing)).toEqual(everything);
	// the keys in URLs alone make no call
	expect(await useTable(signing)).toMatchObject({ list: "forbidden", delete: "forbidden" });
});

test.each<[string, object]>([
	["s3:PutObject", { single: 403, begin: "forbidden" }],
	["s3:AbortMultipartUpload", { abort: "forbidden" }],
	["s3:ListMultipartUploadParts", { list: "forbidden" }],
	["s3:GetObject", { look: "conflict", read: 403 }],
	["s3:DeleteObject", { delete: "forbidden" }],
])("without %s, what needs it fails", async (action, expected) => {
	expect(await useTable(statementsOf("role", { without: action }))).toMatchObject(expected);
});

test.each(["s3:ListBucket", "s3:PutObjectTagging", "s3:PutObjectAcl"])(
	"Ceph 16 does not ask for %s, as AWS documents",
	async (action) => {
		expect(await useTable(statementsOf("role", { without: action }))).toEqual(everything);
	},
);

test("each action of the role is removed by a test", () => {
	const actions = statementsOf("role").flatMap(({ Action }) => Action);
	expect(actions.toSorted()).toEqual([
		"s3:AbortMultipartUpload",
		"s3:DeleteObject",
		"s3:GetObject",
		"s3:ListBucket",
		"s3:ListMultipartUploadParts",
		"s3:PutObject",
		"s3:PutObjectAcl",
		"s3:PutObjectTagging",
	]);
});

/** Uploads into quarantine, and processes the file with another role. */
async function process(processor: readonly Statement[]) {
	const table = quarantined;
	const call = serve({
		uploads: table,
		provider: await storageOf(statementsOf("role", { table })),
	});
	const begin = { v: 1, key: "users/42/film", size: 2, kinds: ["single"] };
	const { request, token } = (await call("", begin)).answer;
	const { url, headers } = request;
	expect(await statusOf(url, { method: "PUT", headers, body: "ab" })).toBe(200);
	const key = new URL(url).pathname.slice(`/${roles.ceph.bucket}/`.length);
	const provider = await storageOf(processor);
	const options = { uploads: table, provider, steps: [sniffType()], rejected: "delete" } as const;
	const event = {
		source: "aws.s3",
		"detail-type": "Object Created",
		detail: {
			bucket: { name: roles.ceph.bucket },
			object: { key, size: 2 },
			reason: "PutObject",
		},
	};
	await createObjectHandler({ ...options, log })(event).catch(() => undefined);
	const { answer, status } = await call("/complete", { token });
	return { status, available: answer.available, data: answer.data };
}

test("the processor's role looks at a file in quarantine, promotes it and records the outcome", async () => {
	const table = quarantined;
	const done = { status: 200, available: true, data: expect.stringMatching(/^users\/42\//) };
	expect(await process(statementsOf("processor-role", { table }))).toEqual(done);
	for (const without of ["s3:PutObject", "s3:GetObject"]) {
		const role = statementsOf("processor-role", { table, without });
		expect([without, await process(role)]).toMatchObject([without, { status: 202 }]);
	}
	// what signs and serves cannot promote
	expect(await process(statementsOf("role", { table }))).toMatchObject({ status: 202 });
});

/** Puts the printed policy on the bucket until the test ends. */
async function guard(table: Uploads, options: { readonly signer?: string } = {}): Promise<void> {
	const { endpoint, region, bucket, accessKeyId, secretAccessKey } = roles.ceph;
	const credentials = { accessKeyId, secretAccessKey };
	const admin = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
	const document = documentOf(table, "bucket", { ...server, ...options });
	const Policy = JSON.stringify(document).replaceAll("my-bucket", bucket);
	await admin.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy }));
	onTestFinished(async () => {
		await admin.send(new DeleteBucketPolicyCommand({ Bucket: bucket }));
		admin.destroy();
	});
}

const signer = "arn:aws:iam:::user/tester";

test("Ceph takes the bucket's policy, and uploads, downloads and deletes work under it", async () => {
	await guard(uploads, { signer });
	expect(await useTable(statementsOf("role"))).toEqual(everything);
});

test("Ceph 16 does not evaluate aws:PrincipalArn: the statement about readers keeps nobody out, also not the processor", async () => {
	await guard(quarantined);
	const processor = statementsOf("processor-role", { table: quarantined });
	expect(await process(processor)).toMatchObject({ status: 200, available: true });
});

test("on Ceph 16, what is denied to a user is denied to the roles that it assumes: here the copies of the processor", async () => {
	await guard(quarantined, { signer });
	const processor = statementsOf("processor-role", { table: quarantined });
	expect(await process(processor)).toMatchObject({ status: 202 });
});
