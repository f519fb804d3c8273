import { createPrivateKey, sign } from "node:crypto";
import { type GcsServer, runProviderCases, startGcsServer } from "@skyput/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { PresignProvider } from "../../src/provider.js";
import { type GcsCredentials, gcsProvider } from "../../src/providers/gcs/index.js";
import { staged } from "../../src/providers/staged.js";

let server: GcsServer;
beforeAll(async () => {
	server = await startGcsServer();
});
afterAll(() => server.close());

const providerWith = (credentials: GcsCredentials): PresignProvider =>
	gcsProvider({ bucket: server.bucket, endpoint: server.endpoint, credentials });

/** Signs as `signBlob` of the IAM Credentials API does. */
const remoteAccount = ({ serviceAccount, token }: GcsServer): GcsCredentials => ({
	client_email: serviceAccount.client_email,
	sign: async (bytes) =>
		sign("sha256", bytes, createPrivateKey(serviceAccount.private_key)).toString("base64"),
	getToken: async () => token,
});

test.each([
	["by a service account's key", () => providerWith(server.serviceAccount)],
	["by an HMAC key, staged", () => staged(providerWith(server.hmacKey))],
	["by signBlob and an access token", () => providerWith(remoteAccount(server))],
])("the provider of Google Cloud Storage conforms %s", async (_, create) => {
	const results = await runProviderCases(create, { print: () => undefined });
	expect(results.filter(({ status }) => status === "failed")).toEqual([]);
	expect(results.filter(({ status }) => status === "passed").length).toBeGreaterThan(30);
});
