import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import type { GcsProviderOptions } from "../../../src/providers/gcs/options.js";
import { gcsProvider } from "../../../src/providers/gcs/provider.js";

const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const private_key = String(privateKey.export({ type: "pkcs8", format: "pem" }));
const client_email = "uploads@project.iam.gserviceaccount.com";
const good = { bucket: "my-bucket", credentials: { client_email, private_key } };

const problemOf = (options: object): string => {
	try {
		gcsProvider({ ...good, ...options } as GcsProviderOptions);
	} catch (error) {
		if (error instanceof TypeError) return error.message;
		throw error;
	}
	return "none";
};

test.each([
	["a parsed key file", { type: "service_account", project_id: "p", client_email, private_key }],
	["an escaped key", { client_email, private_key: private_key.replaceAll("\n", "\\n") }],
	["an HMAC key", { accessId: "GOOG1E", secret: "secret" }],
	["a signing function", { client_email, sign: async () => "", getToken: async () => "" }],
])("%s is accepted", (_, credentials) => {
	expect(problemOf({ credentials })).toBe("none");
});

test.each([
	[{ bucket: undefined }, /bucket must be a bucket's name, not undefined/],
	[{ bucket: "My Bucket" }, /bucket must be a bucket's name, not "My Bucket"/],
	[{ endpoint: "storage.googleapis.com" }, /endpoint must be a URL with http: or https:/],
	[{ endpoint: "https://storage.googleapis.com/my-bucket" }, /endpoint must have neither .* path/],
	[
		{ publicEndpoint: "https://my-bucket.storage.googleapis.com" },
		/publicEndpoint must not hold the bucket.*: https:\/\/storage.googleapis.com/,
	],
	[{ region: "eu" }, /region is unknown; there is bucket, credentials/],
	[
		{ capabilities: { checksum: {}, checksums: { prat: [] } } },
		/checksum is unknown; there is single, multipart.+prat is unknown; there is single, part, object/s,
	],
	[{ credentials: undefined }, /credentials must be \{ client_email, private_key \}/],
	[{ credentials: { client_email } }, /credentials must be/],
	[{ credentials: { client_email, sign: () => "" } }, /credentials with sign need getToken/],
	[
		{ credentials: { client_email, private_key, getToken: "abc" } },
		/credentials must be .*getToken/,
	],
	[{ credentials: { client_email, private_key: "secret" } }, /no RSA key in PEM/],
])("%o is refused, with the reason", (options, message) => {
	expect(problemOf(options)).toMatch(message);
});

test("every wrong option is named at once, and no secret", () => {
	const broken = private_key.replace("MII", "???");
	const credentials = { client_email, private_key: broken };
	const problem = problemOf({ bucket: "", endpoint: "ftp://x", colour: 1, credentials });
	expect(problem).toMatch(/bucket.*endpoint.*colour|colour.*bucket.*endpoint/s);
	expect(problem).toMatch(/RSA key/);
	expect(problem).not.toContain(broken.slice(100, 130));
});

test("keys of another kind than RSA are refused", () => {
	const other = generateKeyPairSync("ed25519").privateKey;
	const pem = String(other.export({ type: "pkcs8", format: "pem" }));
	expect(problemOf({ credentials: { client_email, private_key: pem } })).toMatch(/no RSA key/);
});

test.each([
	["an RSA key", good.credentials, 604_800, 174],
	["an HMAC key", { accessId: "GOOG1E", secret: "secret" }, 604_800, 1_000],
	[
		"a signing function",
		{ client_email, sign: async () => "AAAA", getToken: async () => "" },
		43_200,
		8,
	],
])("%s limits the life of URLs and the size of windows", async (_, credentials, life, most) => {
	const provider = gcsProvider({ ...good, credentials });
	expect(provider.capabilities.signing).toEqual({ maxWindow: most, maxExpiresIn: life });
	const { expiresIn } = await provider.signDownload("a", { expiresIn: 604_800 });
	expect(expiresIn).toBe(life);
});

test("a capability that is corrected is the one that counts, and the others stay", () => {
	const { checksums } = gcsProvider({
		...good,
		capabilities: { checksums: { part: [] } },
	}).capabilities;
	expect(checksums).toEqual({
		single: ["crc32c", "md5"],
		part: [],
		object: [],
		reported: ["crc32c"],
		required: false,
	});
});

test.each([0, -1, 1.5, Number.NaN, 604_801])("a life of %d seconds is refused", async (seconds) => {
	const signed = gcsProvider(good).signDownload("a", { expiresIn: seconds });
	await expect(signed).rejects.toThrow(RangeError);
});
