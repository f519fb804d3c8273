import { startGcsServer, startS3Server } from "@skyput/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { partUrl } from "#protocol";
import { startAzurite } from "../../../../tools/start-azurite.js";
import { startCeph } from "../../../../tools/start-ceph.js";
import type { PresignProvider } from "../../src/provider.js";
import { azureProvider } from "../../src/providers/azure/index.js";
import { gcsProvider } from "../../src/providers/gcs/index.js";
import { s3Provider } from "../../src/providers/s3/index.js";
import { normalizeKey } from "../../src/uploads/key.js";
import { all } from "../providers/azure/azurite.js";

// Keys that a wrong encoding would take for another key, or for a part of the request, on real servers.

const keys = [
	"a b",
	"a+b",
	"a%20b",
	"a%2Bb",
	"A",
	"%41",
	"x/y",
	"x%2Fy",
	"x%252Fy",
	"%2e%2e/etc",
	"100%",
	"q?uploads",
	"q?partNumber=1&uploadId=2",
	"q#fragment",
	"{partNumber}/{value}",
	"$&/$1/$$",
	"a;b=c,d:e@f",
	"quote'\"<b>&amp;</b>",
	"~!*()[]{}|^`",
	" leading and trailing ",
	"no\u00a0break\u200dspace",
	"ü/日本語/😀",
	"comp=block&blockid=x",
	"ü".repeat(500),
	`${"s/".repeat(200)}deep`,
];

const closers: (() => Promise<unknown>)[] = [];
const providers: (readonly [name: string, provider: PresignProvider])[] = [];

beforeAll(async () => {
	const ceph = await startCeph();
	if (!ceph) throw new Error("Ceph is not installed");
	const simulated = await startS3Server();
	const gcs = await startGcsServer();
	const { close: closeAzurite, ...azurite } = await startAzurite();
	closers.push(ceph.close, simulated.close, gcs.close, closeAzurite);
	const onS3 = (server: typeof ceph, options: object): PresignProvider => {
		const { endpoint, region, bucket, accessKeyId, secretAccessKey } = server;
		const credentials = { accessKeyId, secretAccessKey };
		return s3Provider({ endpoint, region, bucket, credentials, forcePathStyle: true, ...options });
	};
	const { bucket, endpoint, serviceAccount: credentials } = gcs;
	providers.push(
		["startS3Server", onS3(simulated, { compatibility: "aws" })],
		["Ceph", onS3(ceph, { compatibility: "ceph" })],
		["Google Cloud Storage", gcsProvider({ bucket, endpoint, credentials })],
		["Azurite", azureProvider(azurite)],
	);
});
afterAll(() => Promise.all(closers.map((close) => close())));

/** Stores a text by the URLs that a client gets: in one request, or in parts where there is none. */
async function store(
	provider: PresignProvider,
	key: string,
	body: string,
	inParts: boolean,
): Promise<void> {
	// fetch adds a type to a text, which Ceph 20 refuses where nobody signed it
	const bytes = Buffer.from(body);
	const size = bytes.length;
	const spec = { key, size, contentType: "text/plain" };
	const expiresIn = 300;
	if (!inParts) {
		const signed = await provider.signUpload(spec, { expiresIn, createOnly: false });
		const { method, headers } = signed;
		const { ok } = await fetch(signed.url, { method, headers, body: bytes });
		return expect([key, ok]).toEqual([key, true]);
	}
	const ref = await provider.createMultipart(spec, { createOnly: false });
	const range = { first: 1, count: 1, partSize: size };
	const window = await provider.signParts(ref, range, { expiresIn });
	const { method, headers } = window;
	const response = await fetch(partUrl(window, 1), { method, headers, body: bytes });
	expect([key, response.ok]).toEqual([key, true]);
	const [{ receipt = "" } = {}] = (await provider.listParts(ref, {})).parts;
	const options = { spec, createOnly: false };
	await provider.completeMultipart(ref, [{ partNumber: 1, receipt }], options);
}

async function read(provider: PresignProvider, key: string): Promise<string> {
	const { url } = await provider.signDownload(key, { expiresIn: 300 });
	return (await fetch(url)).text();
}

test("no two keys are taken for one, in one request, in parts, in lists and in copies", async () => {
	for (const key of keys) expect(normalizeKey(key)).toBe(key);
	for (const [name, provider] of providers) {
		const [one, parts, copied] = ["one/", "parts/", "copied/"];
		for (const key of keys) {
			if (provider.capabilities.single.maxSize > 0)
				await store(provider, one + key, one + key, false);
			await store(provider, parts + key, key, true);
			const source = await provider.head(parts + key);
			if (source === null) throw new Error(`${name} has no ${key}`);
			await provider.copy(source, copied + key, { createOnly: false });
		}
		for (const prefix of [parts, copied]) {
			const listed = await all(provider.maintenance?.listObjects(prefix));
			const names = listed.map(({ key }) => key).sort();
			expect([name, names]).toEqual([name, keys.map((key) => prefix + key).sort()]);
			for (const key of keys)
				expect([name, await read(provider, prefix + key)]).toEqual([name, key]);
		}
		await provider.delete(`${parts}a+b`);
		await provider.delete(`${parts}%41`);
		expect([name, await provider.head(`${parts}a+b`)]).toEqual([name, null]);
		for (const key of ["a b", "A"]) expect(await read(provider, parts + key)).toBe(key);
	}
}, 300_000);
