import { createSecretKey } from "node:crypto";
import {
	BlobSASPermissions,
	type BlobSASSignatureValues,
	ContainerSASPermissions,
	generateBlobSASQueryParameters,
	SASProtocol,
	StorageSharedKeyCredential,
} from "@azure/storage-blob";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
	blobPath,
	blobSigner,
	type DelegationFields,
	serviceVersion,
} from "../../../src/providers/azure/signer.js";

const seconds = fc.integer({ min: 1_700_000_000, max: 4_000_000_000 }).map((time) => time * 1_000);
const iso = (milliseconds: number): string =>
	new Date(milliseconds).toISOString().replace(".000", "");

/** A key as rules allow it. */
const key = fc
	.array(
		fc
			.string({ unit: "grapheme", minLength: 1, maxLength: 12 })
			.map((text) => text.replace(/[\p{C}/\\.]/gu, "x")),
		{ minLength: 1, maxLength: 4 },
	)
	.map((segments) => segments.join("/"));

const header = fc
	.string({ unit: "grapheme-ascii", maxLength: 40 })
	.map((text) => text.trim())
	.filter((text) => text !== "");

const grant = fc.record({
	permissions: fc.constantFrom("r", "c", "w", "d", "cw"),
	expires: seconds,
	contentDisposition: fc.option(header, { nil: undefined }),
	contentType: fc.option(header, { nil: undefined }),
});

const delegation = fc.record({ oid: fc.uuid(), tid: fc.uuid(), from: seconds, until: seconds }).map(
	({ oid, tid, from, until }): DelegationFields => ({
		skoid: oid,
		sktid: tid,
		skt: iso(from),
		ske: iso(until),
		sks: "b",
		skv: serviceVersion,
	}),
);

const secret = fc.uint8Array({ minLength: 64, maxLength: 64 }).map((bytes) => Buffer.from(bytes));
const place = {
	account: fc.stringMatching(/^[a-z0-9]{3,24}$/),
	container: fc.stringMatching(/^[a-z0-9]{3,12}(-[a-z0-9]{1,12})?$/),
	key,
	grant,
	secret,
	https: fc.boolean(),
};

const parameters = (query: string): string[][] => [...new URLSearchParams(query)].sort();

/** The query that the SDK makes, with the account's key or a user delegation key. */
function sdkQuery(
	values: BlobSASSignatureValues,
	account: string,
	secret: Buffer,
	delegation: DelegationFields | undefined,
): string {
	const value = secret.toString("base64");
	if (!delegation) {
		const credential = new StorageSharedKeyCredential(account, value);
		return generateBlobSASQueryParameters(values, credential).toString();
	}
	const delegationKey = {
		signedObjectId: delegation.skoid,
		signedTenantId: delegation.sktid,
		signedStartsOn: new Date(delegation.skt),
		signedExpiresOn: new Date(delegation.ske),
		signedService: delegation.sks,
		signedVersion: delegation.skv,
		value,
	};
	return generateBlobSASQueryParameters(values, delegationKey, account).toString();
}

test("A SAS equals the one of the Azure SDK, whatever the key, permissions, headers and signing key", () => {
	const request = fc.record({ ...place, delegation: fc.option(delegation, { nil: undefined }) });
	fc.assert(
		fc.property(request, ({ account, container, key, grant, secret, https, delegation }) => {
			const sign = blobSigner(account, container, https ? "https" : "");
			const signing = { key: createSecretKey(secret), delegation, expires: 0 };
			const values = {
				containerName: container,
				blobName: key,
				version: serviceVersion,
				permissions: BlobSASPermissions.parse(grant.permissions),
				expiresOn: new Date(grant.expires),
				...(https ? { protocol: SASProtocol.Https } : {}),
				...(grant.contentDisposition ? { contentDisposition: grant.contentDisposition } : {}),
				...(grant.contentType ? { contentType: grant.contentType } : {}),
			};
			const expected = sdkQuery(values, account, secret, delegation);
			expect(parameters(sign(key, grant, signing))).toEqual(parameters(expected));
		}),
		{ numRuns: 400 },
	);
});

test("A SAS that lists a container equals the one of the Azure SDK, and names no blob", () => {
	const request = fc.record({ ...place, delegation: fc.option(delegation, { nil: undefined }) });
	fc.assert(
		fc.property(
			request,
			({ account, container, grant: { expires }, secret, https, delegation }) => {
				const sign = blobSigner(account, container, https ? "https" : "");
				const signing = { key: createSecretKey(secret), delegation, expires: 0 };
				const values = {
					containerName: container,
					version: serviceVersion,
					permissions: ContainerSASPermissions.parse("l"),
					expiresOn: new Date(expires),
					...(https ? { protocol: SASProtocol.Https } : {}),
				};
				const query = sign(null, { permissions: "l", expires }, signing);
				expect(parameters(query)).toEqual(
					parameters(sdkQuery(values, account, secret, delegation)),
				);
				expect(query).toContain("sr=c");
			},
		),
	);
});

test("A path leads back to its key, and has no character that a URL changes", () => {
	fc.assert(
		fc.property(key, (name) => {
			const path = blobPath(name);
			expect(decodeURIComponent(path)).toBe(name);
			expect(new URL(`https://a.example/c/${path}`).pathname).toBe(`/c/${path}`);
		}),
	);
});

test.each(["a.", "a./b", "a/b.", "…/x."])(
	"A name that ends with a dot is refused: the service drops it (%s)",
	(name) => {
		expect(() => blobPath(name)).toThrow("ends with a dot");
	},
);

test("A name of more segments than the service keeps is refused, and says how many it has", () => {
	expect(blobPath(`${"a/".repeat(253)}b`)).toMatch(/^a\//);
	expect(() => blobPath(`${"a/".repeat(254)}b`)).toThrow("more than 254 segments; the key has 255");
});
