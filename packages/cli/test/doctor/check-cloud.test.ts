import { BlobServiceClient, StorageSharedKeyCredential } from "@azure/storage-blob";
import { defineUploads } from "@skyput/server";
import { type AzureProviderOptions, azureProvider } from "@skyput/server/azure";
import { type GcsProviderOptions, gcsProvider } from "@skyput/server/gcs";
import { staged } from "@skyput/server/provider";
import { type GcsServerOptions, startGcsServer } from "@skyput/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { closedOrigin } from "../../../../tools/closed-origin.js";
import { type Azurite, startAzurite } from "../../../../tools/start-azurite.js";
import { checkCloud } from "../../src/doctor/clouds/check-cloud.js";
import type { Section } from "../../src/doctor/finding.js";
import { makeFolder } from "../folder.js";
import { run } from "../run.js";
import {
	type Front,
	type FrontReply,
	type FrontRequest,
	s3Error,
	startFront,
} from "../start-front.js";

// Deliberately broken buckets and containers: each is named with the command that fixes it, and a right one has no
// finding. An error of Google has the form of S3's.

const origin = "https://app.example.com";
const origins = [origin];
const uploads = defineUploads({ "files/:name": { authorize: "public" } });
const minutesAhead = (minutes: number): Front => ({
	after: (_, reply) => ({
		...reply,
		headers: { ...reply.headers, date: new Date(Date.now() - minutes * 60_000).toUTCString() },
	}),
});
const summary = ({ findings }: Section) => findings.map(({ code, fix }) => [code, fix]);

interface GcsSetup {
	readonly front?: Front;
	readonly cors?: GcsServerOptions["cors"];
	readonly options?: Partial<GcsProviderOptions>;
	/** Instead of the key file of a service account. */
	readonly login?: "hmac" | "token";
}

async function examineGcs({ front, cors, options, login }: GcsSetup): Promise<Section> {
	const { close, bucket, serviceAccount, hmacKey, token, ...server } = await startGcsServer({
		cors,
	});
	onTestFinished(close);
	const endpoint = front ? await startFront(server.endpoint, front) : server.endpoint;
	const getToken = async (): Promise<string> => token;
	const credentials =
		login === "hmac"
			? hmacKey
			: login === "token"
				? { ...serviceAccount, getToken }
				: serviceAccount;
	const all = { bucket, endpoint, credentials, ...options };
	const provider = staged(gcsProvider(all));
	return checkCloud({ provider, made: { cloud: "gcs", options: all }, uploads, origins });
}

/** Answers the call for the lifecycle rules, which the local server authenticates, and then does not have. */
const lifecycle = (rules: string): Front => ({
	after: ({ url }, reply): FrontReply =>
		url.endsWith("?lifecycle=") && reply.status === 501
			? { status: 200, body: `<LifecycleConfiguration>${rules}</LifecycleConfiguration>` }
			: reply,
});
const abortAfter = (days: number): string =>
	`<Rule><Action><AbortIncompleteMultipartUpload/></Action><Condition><Age>${days}</Age></Condition></Rule>`;

describe("Google Cloud Storage", () => {
	test("a right bucket has no finding, by a key file, an HMAC key or a token, and keeps nothing", async () => {
		const front = lifecycle(abortAfter(30));
		for (const login of [undefined, "hmac", "token"] as const) {
			expect(await examineGcs({ front, ...(login ? { login } : {}) })).toMatchObject({
				findings: [],
				skipped: [],
				left: [],
			});
		}
	});

	test("lifecycle rules that the account may not read are told, with the command that shows them", async () => {
		const before = ({ url }: FrontRequest) =>
			url.endsWith("?lifecycle=") ? s3Error(403, "AccessDenied", "Access denied.") : undefined;
		expect(await examineGcs({ front: { before } })).toMatchObject({
			findings: [],
			skipped: [
				expect.stringMatching(
					/\(403\); that needs storage\.buckets\.get\. gcloud storage buckets describe gs:\/\/skyput/,
				),
			],
		});
	});

	test("a refusal that repeats the URL is told without its signature, and without control characters", async () => {
		const front: Front = {
			before: ({ method, url }) =>
				method === "PUT"
					? s3Error(403, "Odd", `\u001b[2JRefused: ${url.replaceAll("&", "&amp;")}`)
					: undefined,
		};
		const section = await examineGcs({ front });
		const [{ message = "" } = {}] = section.findings;
		expect(message).toMatch(/403 Odd \( \[2JRefused: \/\S+\?\[removed\]\)/);
		expect(JSON.stringify(section)).not.toMatch(/X-Goog-Signature|\\u001b/);
	});

	const rule = { origin: [origin], method: ["PUT"] };
	const updateCors = new RegExp(
		`^gcloud storage buckets update gs://skyput --cors-file=cors.json {3}with \\[.*"origin":\\["${origin}"\\].*"x-goog-hash"`,
	);
	const grant =
		/^gcloud storage buckets add-iam-policy-binding gs:\/\/skyput --member=serviceAccount:uploads@\S+ --role=roles\/storage.objectUser$/;
	let puts = 0;
	beforeEach(() => {
		puts = 0;
	});
	test.each<[string, GcsSetup, code: string, fix: RegExp]>([
		[
			"a bucket that there is not",
			{ options: { bucket: "another" } },
			"bucket-not-found",
			/gcloud storage buckets create gs:\/\/another/,
		],
		[
			"another secret",
			{ options: { credentials: { accessId: "GOOGSKYPUTLOCALSTORAGE", secret: "wrong" } } },
			"credentials-refused",
			/gcloud storage hmac create/,
		],
		[
			"an account without roles/storage.objectUser",
			{
				front: {
					before: ({ method }) =>
						method === "DELETE" ? s3Error(403, "AccessDenied", "Access denied.") : undefined,
				},
			},
			"permission-missing",
			grant,
		],
		[
			"a clock that is 20 minutes ahead",
			{ front: minutesAhead(20) },
			"clock-skewed",
			/timedatectl/,
		],
		[
			"a clock that is 10 minutes ahead",
			{ front: minutesAhead(10) },
			"clock-skewed",
			/timedatectl/,
		],
		["no CORS rule", { cors: [] }, "bucket-cors-missing", updateCors],
		[
			"a CORS rule for another origin",
			{ cors: [{ ...rule, origin: ["https://example.com"], responseHeader: ["*"] }] },
			"bucket-cors-origin",
			updateCors,
		],
		[
			"a CORS rule without the headers of an upload",
			{ cors: [{ ...rule, responseHeader: ["Content-Type", "ETag"] }] },
			"bucket-cors-headers",
			updateCors,
		],
		[
			"an emulator that overwrites",
			{
				front: {
					before: ({ method, headers, body }) =>
						method === "PUT" &&
						headers["x-goog-if-generation-match"] === "0" &&
						String(body) === "skyput doctor" &&
						puts++ > 0
							? { status: 200, headers: { etag: '"a"' } }
							: undefined,
				},
			},
			"create-only-not-enforced",
			/Use Google's service/,
		],
		[
			"an emulator that verifies no digest",
			{
				front: {
					before: ({ body }) => (String(body) === "skyput_doctor" ? { status: 200 } : undefined),
				},
			},
			"checksum-not-verified",
			/Use Google's service/,
		],
		[
			"a proxy that answers uploads itself",
			{
				front: {
					before: ({ method }) =>
						method === "PUT"
							? { status: 502, headers: { "content-type": "text/html" }, body: "<h1>Bad gateway" }
							: undefined,
				},
			},
			"storage-foreign",
			/endpoint/,
		],
		[
			"no lifecycle rule",
			{ front: lifecycle("") },
			"lifecycle-missing",
			/gcloud storage buckets update gs:\/\/skyput --lifecycle-file=lifecycle.json {3}with .*"age":30/,
		],
		[
			"a lifecycle rule of a week",
			{ login: "hmac", front: lifecycle(abortAfter(7)) },
			"lifecycle-too-short",
			/--lifecycle-file/,
		],
	])("%s is named", async (_, setup, code, fix) => {
		expect(summary(await examineGcs(setup))).toContainEqual([code, expect.stringMatching(fix)]);
	});

	test("a closed port, and an ETag that pages may not read, are named", async () => {
		const away = await examineGcs({ options: { endpoint: closedOrigin } });
		expect(away.findings).toEqual([
			expect.objectContaining({
				code: "storage-unreachable",
				message: expect.stringContaining("ECONNREFUSED"),
			}),
		]);
		const silent = await examineGcs({
			front: {
				after: (_, reply) => ({
					...reply,
					headers: { ...reply.headers, "access-control-expose-headers": "Date" },
				}),
			},
		});
		expect(summary(silent)).toEqual([["etag-not-exposed", expect.stringContaining('"ETag"')]]);
	});

	test("a rule that the bucket cannot honour is named before anything is sent", async () => {
		const options = { bucket: "skyput", credentials: { accessId: "a", secret: "b" } };
		const tagged = defineUploads({ "files/:name": { authorize: "public", tags: { a: "b" } } });
		const provider = gcsProvider(options);
		const made = { cloud: "gcs", options } as const;
		const { findings } = await checkCloud({ provider, made, uploads: tagged, origins });
		expect(findings).toEqual([
			expect.objectContaining({
				code: "rules-unsupported",
				message: expect.stringContaining("files/:name"),
			}),
		]);
	});
});

describe("Azure", () => {
	let azurite: Azurite;
	let service: BlobServiceClient;
	const setCors = (rules: readonly { origin: string; headers: string }[]) =>
		service.setProperties({
			cors: rules.map(({ origin: allowedOrigins, headers: allowedHeaders }) => ({
				allowedOrigins,
				allowedHeaders,
				allowedMethods: "PUT",
				exposedHeaders: "",
				maxAgeInSeconds: 0,
			})),
		});
	beforeAll(async () => {
		azurite = await startAzurite();
		const { account, accountKey, endpoint } = azurite;
		service = new BlobServiceClient(endpoint, new StorageSharedKeyCredential(account, accountKey));
	});
	afterAll(() => azurite?.close());
	beforeEach(() => setCors([{ origin, headers: "content-md5" }]));

	async function examineAzure(
		front: Front | undefined,
		extra: Partial<AzureProviderOptions> = {},
	): Promise<Section> {
		const { account, accountKey, container } = azurite;
		const { origin: target, pathname } = new URL(azurite.endpoint);
		const endpoint = `${front ? await startFront(target, front) : target}${pathname}`;
		const options = { account, accountKey, container, endpoint, ...extra };
		const provider = azureProvider(options);
		return checkCloud({ provider, made: { cloud: "azure", options }, uploads, origins });
	}

	test("a right container has no finding, and keeps nothing", async () => {
		expect(await examineAzure(undefined)).toMatchObject({
			findings: [],
			skipped: [expect.stringContaining("az storage account management-policy show")],
			left: [],
		});
		const names: string[] = [];
		for await (const { name } of service.getContainerClient("uploads").listBlobsFlat()) {
			names.push(name);
		}
		expect(names).toEqual([]);
	});

	const otherKey = Buffer.alloc(64, "k").toString("base64");
	const azureError = (status: number, code: string): FrontReply => ({
		status,
		headers: { "content-type": "application/xml", "x-ms-error-code": code },
		body: `<?xml version="1.0"?><Error><Code>${code}</Code><Message>No.</Message></Error>`,
	});
	interface AzureSetup {
		readonly front?: Front;
		readonly options?: Partial<AzureProviderOptions>;
	}
	test.each<[string, AzureSetup, code: string, fix: RegExp]>([
		[
			"a container that there is not",
			{ options: { container: "another" } },
			"bucket-not-found",
			/az storage container create --account-name devstoreaccount1 --name another$/,
		],
		[
			"another key",
			{ options: { accountKey: otherKey } },
			"credentials-refused",
			/az storage account keys list --account-name devstoreaccount1/,
		],
		[
			"a firewall of the account",
			{ front: { before: () => azureError(403, "AuthorizationFailure") } },
			"credentials-refused",
			/az storage account network-rule add --account-name devstoreaccount1/,
		],
		[
			"an account that takes no keys",
			{ front: { before: () => azureError(403, "KeyBasedAuthenticationNotPermitted") } },
			"credentials-refused",
			/az storage account update --name devstoreaccount1 --allow-shared-key-access true/,
		],
		[
			"an identity without a role",
			{ front: { before: () => azureError(403, "AuthorizationPermissionMismatch") } },
			"permission-missing",
			/az role assignment create .*--role "Storage Blob Data Contributor"/,
		],
		[
			"a clock that is 10 minutes ahead",
			{ front: minutesAhead(10) },
			"clock-skewed",
			/timedatectl/,
		],
		[
			"an immutability policy",
			{
				front: {
					before: ({ method, url }) =>
						method === "DELETE" && url.includes("/files/")
							? azureError(409, "BlobImmutableDueToPolicy")
							: undefined,
				},
			},
			"upload-denied",
			/az storage container immutability-policy show/,
		],
		[
			"an emulator that overwrites",
			{
				front: {
					forward(request) {
						const { "if-none-match": _, ...headers } = request.headers;
						return { ...request, headers };
					},
				},
			},
			"create-only-not-enforced",
			/Use Azure's service/,
		],
		[
			"an emulator that verifies no digest",
			{
				front: {
					forward(request) {
						const { "content-md5": _, ...headers } = request.headers;
						return { ...request, headers };
					},
				},
			},
			"checksum-not-verified",
			/Use Azure's service/,
		],
	])("%s is named", async (_, { front, options }, code, fix) => {
		expect(summary(await examineAzure(front, options))).toContainEqual([
			code,
			expect.stringMatching(fix),
		]);
	});

	test.each([
		["no CORS rule", [], "bucket-cors-missing"],
		[
			"a CORS rule for another origin",
			[{ origin: "https://example.com", headers: "*" }],
			"bucket-cors-origin",
		],
		["a CORS rule without Content-MD5", [{ origin, headers: "x-ms-date" }], "bucket-cors-headers"],
	])("%s is named, with the command that adds it", async (_, rules, code) => {
		await setCors(rules);
		const add = `az storage cors add --services b --account-name devstoreaccount1 --methods PUT --origins ${origin} --allowed-headers content-md5 --exposed-headers "" --max-age 3600`;
		expect(summary(await examineAzure(undefined))).toEqual([[code, add]]);
	});

	test("doctor tries what the table's file exports as provider, one or several by name", async () => {
		const gcs = await startGcsServer();
		onTestFinished(gcs.close);
		const { close: _, ...azure } = azurite;
		const { bucket, endpoint, hmacKey: credentials } = gcs;
		const cwd = await makeFolder({
			"uploads.ts": `
				import { defineUploads } from "@skyput/server";
				import { azureProvider } from "@skyput/server/azure";
				import { gcsProvider } from "@skyput/server/gcs";
				import { staged } from "@skyput/server/provider";
				export const uploads = defineUploads({
					"documents/:name": { authorize: "public" },
					"films/:name": { authorize: "public", provider: "azure" },
				});
				export const provider = {
					default: staged(gcsProvider(${JSON.stringify({ bucket, endpoint, credentials })})),
					azure: azureProvider(${JSON.stringify({ ...azure, container: "another" })}),
				};`,
		});
		const { exitCode, documents } = await run(["doctor", "--json"], { cwd });
		expect([exitCode, documents]).toMatchObject([
			1,
			[
				{
					findings: [
						expect.objectContaining({
							subject: "Container another of devstoreaccount1 on Azure",
							code: "bucket-not-found",
						}),
					],
					skipped: [expect.stringContaining("gcloud storage buckets describe")],
					left: [],
				},
			],
		]);
		const one = await run(["doctor", "--provider", "default"], { cwd });
		expect(one.stdout).toMatch(/^Bucket skyput of Google Cloud Storage\n {2}no findings\n/);
		expect(one.exitCode).toBe(0);
		const none = await run(["doctor", "--provider", "films"], { cwd });
		expect([none.exitCode, none.stderr]).toEqual([
			2,
			expect.stringContaining('exports no provider "films", only default, azure'),
		]);
	});
});
