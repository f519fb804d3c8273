import { randomUUID } from "node:crypto";
import { type ProviderContext, providerCases, replay } from "@skyput/testing";
import { afterAll, describe, expect, test } from "vitest";
import { startServers } from "../../../testing/test/conformance/servers.js";
import { s3Provider } from "../../src/providers/s3/index.js";

const servers = await startServers();

afterAll(async () => {
	await Promise.all(servers.map((server) => server.close()));
});

describe.each(servers)("$name", (server) => {
	const { accessKeyId, secretAccessKey, providerDeviations = {} } = server;
	const provider = s3Provider({
		bucket: server.bucket,
		region: server.region,
		endpoint: server.endpoint,
		credentials: { accessKeyId, secretAccessKey },
		...server.options,
	});
	const context: ProviderContext = {
		provider,
		send: replay,
		key: (name) => `provider/${randomUUID()}/${name}`,
	};
	const applying = providerCases.filter(({ applies }) => applies(provider.capabilities));

	test.each(applying)("$name", async ({ name, expected, run }) => {
		expect(await run(context)).toEqual({ ...expected, ...providerDeviations[name] });
	});
});
