import { createHash } from "node:crypto";
import { type FaultProxy, type FaultRule, startFaultProxy } from "@skyput/testing";
import { afterAll, beforeAll, beforeEach } from "vitest";
import type { ChecksumAlgorithm, PartWindow } from "#protocol";
import { type Azurite, clearAzurite, startAzurite } from "../../../../../tools/start-azurite.js";
import type { CommitPart, MultipartRef } from "../../../src/multipart-upload.js";
import type { PresignProvider } from "../../../src/provider.js";
import { azureProvider } from "../../../src/providers/azure/provider.js";

/** Starts Azurite for the tests of a file. `connect` makes a provider, whose calls go through a fault proxy with the rules. */
export function useAzurite(): {
	connect(): PresignProvider;
	connectWith(rules: readonly FaultRule[]): Promise<PresignProvider>;
} {
	const proxies: FaultProxy[] = [];
	let azurite: Azurite | undefined;
	beforeAll(async () => {
		azurite = await startAzurite();
	});
	beforeEach(() => clearAzurite(options()));
	afterAll(async () => {
		for (const proxy of proxies) await proxy.close();
		await azurite?.close();
	});
	const options = (): Omit<Azurite, "close"> => {
		if (!azurite) throw new Error("Azurite has not started");
		const { close, ...rest } = azurite;
		return rest;
	};
	return {
		connect: () => azureProvider(options()),
		async connectWith(rules) {
			const { origin, pathname } = new URL(options().endpoint);
			const proxy = await startFaultProxy({ target: origin });
			proxies.push(proxy);
			proxy.rules.push(...rules);
			return azureProvider({ ...options(), endpoint: `${proxy.endpoint}${pathname}` });
		},
	};
}

/** A token of Microsoft Entra as Azurite takes it: unsigned. */
export function unsignedToken(): string {
	const now = Math.floor(Date.now() / 1000);
	const claims = {
		aud: "https://storage.azure.com",
		iss: "https://sts.windows.net/ab1f708d-50f6-404c-a006-d71b2ac7a606/",
		nbf: now - 60,
		iat: now - 60,
		exp: now + 3600,
		tid: "ab1f708d-50f6-404c-a006-d71b2ac7a606",
		oid: "23657296-5cd5-45b0-a809-d972a7f4dfe1",
	};
	const parts = [{ alg: "RS256", typ: "JWT" }, claims].map((part) =>
		Buffer.from(JSON.stringify(part)).toString("base64url"),
	);
	return `${parts.join(".")}.c2lnbmF0dXJl`;
}

/** Bytes that differ by their seed. */
export const bytes = (size: number, seed = 1): Buffer =>
	Buffer.from(Array.from({ length: size }, (_, index) => (index * 31 + seed) % 251));

/** Bytes of every part but the last. */
const partSize = 1_000;

export const md5 = (body: Buffer): string => createHash("md5").update(body).digest("base64");

/** An upload that has begun, and how to send to it. */
export interface Begun {
	readonly ref: MultipartRef;
	readonly window: PartWindow;
	/** The part's URL up to `&comp=block`: what its holder can use for any other request. */
	readonly url: string;
	/** Sends one part; resolves to the status. */
	put(partNumber: number, body: Buffer, headers?: Record<string, string>): Promise<number>;
	/** Sends the parts of a file. */
	putAll(file: Buffer): Promise<readonly CommitPart[]>;
}

/** Begins an upload of at most nine parts. */
export async function begin(
	provider: PresignProvider,
	key: string,
	partChecksum?: ChecksumAlgorithm,
): Promise<Begun> {
	const ref = await provider.createMultipart({ key, size: null }, { createOnly: true });
	const range = { first: 1, count: 9, partSize };
	const window = await provider.signParts(ref, range, { expiresIn: 300, partChecksum });
	const [template = ""] = window.urls;
	const put: Begun["put"] = async (partNumber, body, headers = {}) => {
		const url = template.replace("{value}", window.values[partNumber - 1] ?? "");
		return (await fetch(url, { method: "PUT", body, headers })).status;
	};
	return {
		ref,
		window,
		url: template.replace("&comp=block&blockid={value}", ""),
		put,
		async putAll(file) {
			const count = Math.ceil(file.length / partSize);
			const parts = Array.from({ length: count }, (_, index) => index + 1);
			for (const partNumber of parts.toReversed()) {
				const end = partNumber * partSize;
				const status = await put(partNumber, file.subarray(end - partSize, end));
				if (status !== 201) throw new Error(`Part ${partNumber}: ${status}`);
			}
			return parts.map((partNumber) => ({ partNumber, receipt: "" }));
		},
	};
}

/** What a key holds; null without an object. */
export async function readBack(
	provider: PresignProvider,
	key: string,
): Promise<{ readonly body: Buffer; readonly headers: Headers } | null> {
	const { url } = await provider.signDownload(key, { expiresIn: 3_600 });
	const response = await fetch(url);
	const body = Buffer.from(await response.arrayBuffer());
	return response.ok ? { body, headers: response.headers } : null;
}

/** All items of a list. */
export async function all<Item>(items: AsyncIterable<Item> | undefined): Promise<Item[]> {
	const found: Item[] = [];
	for await (const item of items ?? []) found.push(item);
	return found;
}
