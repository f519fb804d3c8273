import { readFile } from "node:fs/promises";
import { CreateBucketCommand, PutBucketPolicyCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type CephRoles, startCephRoles } from "../../../../tools/ceph-roles.js";
import type { Ceph } from "../../../../tools/start-ceph.js";
import { createFetchHandler } from "../../src/adapters/web.js";
import type { CredentialSource, S3Credentials } from "../../src/providers/s3/credentials.js";
import { s3Provider } from "../../src/providers/s3/index.js";
import { defineUploads } from "../../src/uploads/define-uploads.js";
import { silentLog, tokenSecret } from "../support/call.js";

// The role policy of docs/storage.md, as a role of Ceph's STS: what works with it, and without each action.

interface Statement {
	readonly Action: string | readonly string[];
}

let ceph: Ceph;
let roles: CephRoles;
let shipped: readonly Statement[];

beforeAll(async () => {
	roles = await startCephRoles();
	ceph = roles.ceph;
	const page = await readFile(new URL("../../../../docs/storage.md", import.meta.url), "utf8");
	const [, json = ""] = /## Role policy\n.*?```json\n(.*?)```/s.exec(page) ?? [];
	shipped = JSON.parse(json.replaceAll("my-bucket", ceph.bucket)).Statement;
});
afterAll(() => roles?.close());

const assume = (statements: readonly object[]): Promise<S3Credentials> => roles.assume(statements);

/** The shipped statements without one action. */
const without = (action: string): readonly Statement[] =>
	shipped.flatMap((statement) => {
		const actions = [statement.Action].flat().filter((name) => name !== action);
		return actions.length === 0 ? [] : [{ ...statement, Action: actions }];
	});

let folders = 0;

/** A server with these credentials, and its own folder below the prefix of the policy. */
function serve(credentials: CredentialSource) {
	const { endpoint, region, bucket } = ceph;
	const handler = createFetchHandler({
		uploads: defineUploads({
			"users/:id/:name": {
				authorize: "public",
				authorizeDelete: "public",
				overwrite: true,
				expiresIn: 300,
			},
		}),
		provider: s3Provider({
			endpoint,
			region,
			bucket,
			credentials,
			forcePathStyle: true,
			compatibility: "ceph",
			unsignedHeaders: "accepted",
		}),
		tokenSecret,
		log: silentLog(),
	});
	const base = "http://127.0.0.1/uploads";
	const send = async (request: Request) => {
		const response = await handler(request);
		const text = await response.text();
		// tests read what they expect; a wrong shape fails their assertion
		const body = (text === "" ? {} : JSON.parse(text)) as Record<string, never>;
		return { status: response.status, body, code: (body["code"] ?? response.status) as unknown };
	};
	return {
		folder: `users/${++folders}`,
		get: (query: string) => send(new Request(`${base}?${query}`)),
		post: (operation: string, body: object) =>
			send(
				new Request(base + operation, {
					method: "POST",
					headers: { "content-type": "application/json" },
					body: JSON.stringify(body),
				}),
			),
	};
}

const put = async (url: string, headers: Record<string, string>, body: string): Promise<number> =>
	(await fetch(url, { method: "PUT", headers, body })).status;

/** Does everything that an upload may need; what each step ended with. */
async function upload(credentials: S3Credentials): Promise<Readonly<Record<string, unknown>>> {
	const { folder, get, post } = serve(credentials);
	const plan = { v: 1, size: 2, kinds: ["single", "multipart"] };

	const plain = await get(`key=${folder}/plain&size=2`);
	const plainUrl = await put(plain.body["uploadURL"] ?? "", plain.body["headers"] ?? {}, "ab");

	const one = await post("", { ...plan, key: `${folder}/single` });
	const { url, headers } = one.body["request"] as unknown as {
		url: string;
		headers: Record<string, string>;
	};
	const single = await put(url, headers, "ab");
	const completeSingle = (await post("/complete", { token: one.body["token"] })).code;

	const begun = await post("", { ...plan, key: `${folder}/parts`, multipart: true });
	const outcome = { plainUrl, single, completeSingle, begin: begun.code };
	if (begun.status !== 201) return outcome;
	const { urls, values } = begun.body["window"] as unknown as { urls: string[]; values: string[] };
	const partUrl = (urls[0] ?? "").replace("{partNumber}", "1").replace("{value}", values[0] ?? "");
	const part = await put(partUrl, {}, "ab");
	const { token } = begun.body;
	const list = (await post("/list", { token })).code;
	const complete = (await post("/complete", { token })).code;
	const other = await post("", { ...plan, key: `${folder}/aborted`, multipart: true });
	const abort = (await post("/abort", { token: other.body["token"] })).code;
	return { ...outcome, part, list, complete, abort };
}

const whole = {
	plainUrl: 200,
	single: 200,
	completeSingle: 200,
	begin: 201,
	part: 200,
	list: 200,
	complete: 200,
	abort: 204,
};

test("with the role policy of the docs, every upload works", async () => {
	expect(await upload(await assume(shipped))).toEqual(whole);
});

test.each<[string, object]>([
	[
		"s3:PutObject",
		{ plainUrl: 403, single: 403, completeSingle: "upload-not-found", begin: "forbidden" },
	],
	["s3:AbortMultipartUpload", { ...whole, abort: "forbidden" }],
	["s3:ListMultipartUploadParts", { ...whole, list: "forbidden", complete: "forbidden" }],
	["s3:GetObject", { ...whole, completeSingle: "conflict" }],
])("without %s, what needs it fails, and nothing else", async (action, expected) => {
	expect(await upload(await assume(without(action)))).toEqual(expected);
});

test("every action of the policy is removed by a test, but s3:ListBucket, which Ceph does not ask for", async () => {
	const actions = shipped.flatMap((statement) => [statement.Action].flat());
	expect(actions.toSorted()).toEqual([
		"s3:AbortMultipartUpload",
		"s3:GetObject",
		"s3:ListBucket",
		"s3:ListMultipartUploadParts",
		"s3:PutObject",
	]);
	expect(await upload(await assume(without("s3:ListBucket")))).toEqual(whole);
});

test("the policy reaches no key outside of its prefix, and deletes nothing", async () => {
	const credentials = await assume(shipped);
	const { endpoint, region, bucket } = ceph;
	const options = { endpoint, region, bucket, forcePathStyle: true } as const;
	const provider = s3Provider({ ...options, credentials, compatibility: "ceph" });
	const spec = { key: "others/a", size: 2 };
	const outside = await provider.signUpload(spec, { expiresIn: 60, createOnly: false });
	expect(await put(outside.url, outside.headers, "ab")).toBe(403);
	await expect(provider.createMultipart(spec, { createOnly: false })).rejects.toMatchObject({
		code: "forbidden",
	});
	const { folder, post } = serve(credentials);
	const key = `${folder}/a`;
	expect((await post("/delete", { key })).code).toBe("forbidden");
	const Resource = `arn:aws:s3:::${bucket}/users/*`;
	const deletes = { Effect: "Allow", Action: "s3:DeleteObject", Resource };
	const allowed = serve(await assume([...shipped, deletes]));
	expect((await allowed.post("/delete", { key })).code).toBe(204);
});

test("credentials that expire soon shorten the URL, and are fetched anew", async () => {
	const sessions: S3Credentials[] = [];
	const lives = [200_000, 3_600_000];
	const server = serve(async () => {
		const session = await assume(shipped);
		const life = lives[sessions.length] ?? 0;
		sessions.push({ ...session, expiration: new Date(Date.now() + life) });
		return sessions.at(-1) as S3Credentials;
	});
	const sign = async () => {
		const { body } = await server.get(`key=${server.folder}/a&size=2`);
		const url = String(body["uploadURL"]);
		const query = new URL(url).searchParams;
		expect(await put(url, body["headers"] ?? {}, "ab")).toBe(200);
		return {
			expires: Number(query.get("X-Amz-Expires")),
			token: query.get("X-Amz-Security-Token"),
		};
	};
	const first = await sign();
	expect(first.expires).toBeGreaterThan(0);
	expect(first.expires).toBeLessThanOrEqual(140);
	expect(first.token).toBe(sessions[0]?.sessionToken);
	expect(await sign()).toEqual({ expires: 300, token: sessions[1]?.sessionToken });
	expect(await sign()).toEqual({ expires: 300, token: sessions[1]?.sessionToken });
	expect(sessions).toHaveLength(2);
});

test("under a policy that denies ACLs to the signing user, the server's own role still publishes", async () => {
	const { endpoint, region, accessKeyId, secretAccessKey } = ceph;
	const bucket = "denied-by-policy";
	const signingCredentials = { accessKeyId, secretAccessKey };
	const admin = new S3Client({
		endpoint,
		region,
		forcePathStyle: true,
		credentials: signingCredentials,
	});
	await admin.send(new CreateBucketCommand({ Bucket: bucket }));
	const denied = {
		Effect: "Deny",
		Principal: { AWS: ["arn:aws:iam:::user/tester"] },
		Action: ["s3:PutObject"],
		Resource: [`arn:aws:s3:::${bucket}/*`],
		Condition: { StringLike: { "s3:x-amz-acl": ["public-*", "authenticated-read"] } },
	};
	const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [denied] });
	await admin.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy }));
	admin.destroy();
	const Resource = `arn:aws:s3:::${bucket}/*`;
	const Action = shipped.flatMap((statement) => statement.Action).concat("s3:PutObjectAcl");
	const provider = s3Provider({
		endpoint,
		region,
		bucket,
		forcePathStyle: true,
		compatibility: "ceph",
		capabilities: { objectOptions: { acl: true } },
		unsignedHeaders: "denied-by-policy",
		signingCredentials,
		credentials: await assume([{ Effect: "Allow", Action, Resource }]),
	});
	const spec = { key: "published", size: 2, acl: "public-read" };
	const single = await provider.signUpload(spec, { expiresIn: 300, createOnly: false });
	expect(await put(single.url, single.headers, "ab")).toBe(403);
	const ref = await provider.createMultipart(spec, { createOnly: false });
	const range = { first: 1, count: 1, partSize: 2 };
	const { urls, values } = await provider.signParts(ref, range, { expiresIn: 300 });
	const url = (urls[0] ?? "").replace("{partNumber}", "1").replace("{value}", values[0] ?? "");
	expect(await put(url, {}, "ab")).toBe(200);
	const [{ receipt = "" } = {}] = (await provider.listParts(ref, {})).parts;
	await provider.completeMultipart(ref, [{ partNumber: 1, receipt }], { spec, createOnly: false });
	expect((await fetch(`${endpoint}/${bucket}/published`)).status).toBe(200);
});
