import { beforeEach, expect, test, vi } from "vitest";
import { jsonAudit } from "../src/audit/json-audit.js";
import { memoryCompletions } from "../src/completions.js";
import { UploadError } from "../src/errors.js";
import { defineUploads } from "../src/uploads/define-uploads.js";
import { createBody, serve } from "./support/call.js";

/** What apps and their libraries put into messages; each secret has the word `hidden`. */
const messages = [
	["a private key", "-----BEGIN PRIVATE KEY-----\nhidden\nhidden==\n-----END PRIVATE KEY-----"],
	["a member", "{ secretAccessKey: 'hidden' }"],
	["JSON", '{"password":"hidden","refresh_token":"hidden"}'],
	["a variable", "aws_secret_access_key=hidden"],
	["an Authorization header", "Authorization: Bearer hidden/12"],
	["a cookie", "Cookie: session=hidden; other=hidden"],
	["a key of Azure", "AccountName=a;AccountKey=hidden==;EndpointSuffix=x"],
	["a SAS", "https://a.blob.example/c/b?sv=1&sig=hidden"],
	["a signature of Google", "X-Goog-Signature=hidden"],
	["a JSON Web Token", "eyJhbGciOiJub25lIn0.eyJzdWIiOiI3In0.hidden"],
	["a connection string", "postgres://me:hid@hidden/h?hidden#@db/app"],
	["a key with a blank in its name", "API key: hidden12"],
	["a token of a vendor", "ghp_hiddenhiddenhidden12"],
	["a token of Google", `ya29.${"hidden".repeat(3)}.${"hidden".repeat(3)}`],
	["both keys of AWS", `AKIAIOSFODNN7EXAMPLE ${"hidden".repeat(6)}1234`],
	["both keys of AWS in JSON", `["AKIAIOSFODNN7EXAMPLE","k","${"hidden".repeat(6)}1234"]`],
	["another connection string", "Server=db;User Id=sa;Password=hidden;"],
] as const;

/** The ways in which an app says something. */
const ways: readonly (readonly [string, (text: string) => Promise<unknown>])[] = [
	["the message of a refusal", (text) => refused(new UploadError("forbidden", text))],
	[
		"the reason of a refusal",
		(text) => refused(new UploadError("forbidden", "No.", { reason: text })),
	],
	[
		"the cause of a refusal",
		(text) => refused(new UploadError("internal", "No.", { cause: Error(text) })),
	],
	["an error", (text) => refused(new Error(text))],
	["an error's name", (text) => refused(Object.assign(new Error("no"), { name: text }))],
	[
		"the values of a refusal",
		(text) => refused(new UploadError("forbidden", "No.", { values: { text } })),
	],
	["the reason of a rejection", (text) => completed(({ reject }) => reject(text))],
	["the reason of a rejection, as status tells it", (text) => rejected(text)],
	["an error of onComplete", (text) => completed(() => Promise.reject(new Error(text)))],
];

const lines: string[] = [];
const write = (line: string) => void lines.push(line);
const options = {
	log: { error: write, warn: write, info: write },
	audit: jsonAudit({ log: { info: write } }),
};

async function refused(error: Error): Promise<unknown> {
	const authorize = () => Promise.reject(error);
	return serve({ ...options, uploads: defineUploads({ "a/:n": { authorize } }) }).post(
		"",
		createBody("a/x", 5),
	);
}

async function completed(onComplete: (object: { reject: (reason: string) => never }) => unknown) {
	const uploads = defineUploads({ "a/:n": { authorize: "public", onComplete } });
	const server = serve({ ...options, uploads });
	const { body } = await server.post("", createBody("a/x", 5));
	server.provider.storeObject("a/x", 5, body["uploadId"]);
	return server.post("complete", { token: body["token"] });
}

async function rejected(text: string): Promise<unknown> {
	const onComplete = ({ reject }: { reject: (reason: string) => never }) => reject(text);
	const uploads = defineUploads({
		"a/:n": { authorize: "public", key: ({ requestedKey }) => requestedKey, onComplete },
	});
	const server = serve({ ...options, uploads, completions: memoryCompletions() });
	const { body } = await server.post("", createBody("a/x", 5));
	server.provider.storeObject("a/x", 5, body["uploadId"]);
	await server.post("complete", { token: body["token"] });
	return server.post("status", { token: body["token"] });
}

beforeEach(() => {
	lines.length = 0;
	vi.spyOn(console, "error").mockImplementation(() => undefined);
});

test.each(ways)("%s puts no secret into the answer, the log or the audit", async (_way, say) => {
	const said: unknown[] = [];
	for (const [what, message] of messages) {
		const answer = await say(`Could not sign in: ${message}`);
		said.push(answer, ...lines);
		expect(JSON.stringify(said), what).not.toMatch(/hidden/);
		expect(lines.length, what).toBeGreaterThan(0);
	}
	expect(JSON.stringify(said)).toContain("[removed]");
});
