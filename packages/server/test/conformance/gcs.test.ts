import { createPrivateKey, sign } from "node:crypto";
import { type GcsServer, runProviderCases, startGcsServer } from "@skyput/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { GcsCredentials } from "../../src/providers/gcs/index.js";
import { gcsProvider } from "../../src/providers/gcs/index.js";

let server: GcsServer;
beforeAll(async () => {
	server = await startGcsServer();
});
afterAll(() => server.close());

/** Signs as `signBlob` of the IAM Credentials API does. */
const remoteAccount = ({ serviceAccount, token }: GcsServer): GcsCredentials => ({
	client_email: serviceAccount.client_email,
	sign: async (bytes) =>
		sign("sha256", bytes, createPrivateKey(serviceAccount.private_key)).toString("base64"),
	getToken: async () => token,
});

test.each([
	["a service account's key", ({ serviceAccount }: GcsServer) => serviceAccount],
	["an HMAC key", ({ hmacKey }: GcsServer) => hmacKey],
	["signBlob and an access token", remoteAccount],
])(
	"Google Cloud Storage by %s meets every requirement of a provider",
	async (_, credentialsOf) => {
		const { bucket, endpoint } = server;
		const create = () => gcsProvider({ bucket, endpoint, credentials: credentialsOf(server) });
		const results = await runProviderCases(create, { print: () => undefined });
		expect(results.filter(({ status }) => status === "failed")).toEqual([]);
		expect(results.filter(({ status }) => status === "passed").length).toBeGreaterThan(30);
	},
	300_000,
);
