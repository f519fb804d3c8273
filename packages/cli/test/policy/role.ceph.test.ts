import { defineUploads } from "@skyput/server";
import { s3Provider } from "@skyput/server/s3";
import { createFetchHandler } from "@skyput/server/web";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type CephRoles, startCephRoles } from "../../../../tools/ceph-roles.js";
import type { RoleName } from "../../src/policy/role.js";
import { documentOf } from "./documents.js";

// Roles that the command prints, as roles of Ceph's STS: whole, and without each action.

let roles: CephRoles;
beforeAll(async () => {
	roles = await startCephRoles();
}, 60_000);
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

interface Statement {
	readonly Action: readonly string[];
}

/** The statements of a role, perhaps without one action. */
function statementsOf(name: RoleName, without?: string): readonly Statement[] {
	const text = JSON.stringify(documentOf(uploads, name)).replaceAll("my-bucket", roles.ceph.bucket);
	const { Statement } = JSON.parse(text) as { readonly Statement: readonly Statement[] };
	return Statement.flatMap((statement) => {
		const Action = statement.Action.filter((action) => action !== without);
		return Action.length === 0 ? [] : [{ ...statement, Action }];
	});
}

let folders = 0;

/** Does all that a client may ask of the table, and tells what each step ended with. */
async function useTable(
	control: readonly Statement[],
	signing?: readonly Statement[],
): Promise<Readonly<Record<string, unknown>>> {
	const { endpoint, region, bucket } = roles.ceph;
	const handler = createFetchHandler({
		uploads,
		provider: s3Provider({
			endpoint,
			region,
			bucket,
			forcePathStyle: true,
			compatibility: "ceph",
			capabilities: { objectOptions: { tags: true, acl: true } },
			unsignedHeaders: "accepted",
			credentials: await roles.assume(control),
			...(signing ? { signingCredentials: await roles.assume(signing) } : {}),
		}),
		tokenSecret: "a secret of the tests, which has more than 32 bytes",
		log: { error: () => undefined, warn: () => undefined, info: () => undefined },
	});
	const folder = `users/${++folders}`;
	const call = async (path: string, body?: object) => {
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
	const statusOf = async (url: string, init?: RequestInit) => (await fetch(url, init)).status;

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
	expect(await useTable(statementsOf("role", action))).toMatchObject(expected);
});

test.each(["s3:ListBucket", "s3:PutObjectTagging", "s3:PutObjectAcl"])(
	"Ceph 16 does not ask for %s, as AWS documents",
	async (action) => {
		expect(await useTable(statementsOf("role", action))).toEqual(everything);
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
