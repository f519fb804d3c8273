import { randomUUID } from "node:crypto";
import { afterAll, describe, expect, test } from "vitest";
import { s3Provider } from "../../src/providers/s3/index.js";
import { type ProviderContext, providerCases, replay } from "../../src/testing/index.js";
import { startServers } from "./servers.js";
import { wireTo } from "./wire.js";
import { wireCases } from "./wire-cases.js";

const servers = await startServers();

afterAll(async () => {
	await Promise.all(servers.map((server) => server.close()));
});

test("the suite has at least 60 cases, at least half of which assert a refusal", () => {
	const cases = [...providerCases, ...wireCases];
	const refusals = cases.filter(({ refuses }) => refuses);
	expect(cases.length).toBeGreaterThanOrEqual(60);
	expect(refusals.length * 2).toBeGreaterThanOrEqual(cases.length);
	expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
});

describe.each(servers)("$name", (server) => {
	const { accessKeyId, secretAccessKey, deviations } = server;
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
	const wire = wireTo(server);

	test.each(applying)("provider: $name", async ({ name, answer, run }) => {
		expect(await run(context)).toBe(deviations[name] ?? answer);
	});

	test.each(wireCases)("wire: $name", async ({ name, answer, run }) => {
		expect(await run(wire)).toBe(deviations[name] ?? answer);
	});

	test("every known deviation is that of a case, and differs from what AWS does", () => {
		const answers = new Map([...applying, ...wireCases].map(({ name, answer }) => [name, answer]));
		for (const [name, instead] of Object.entries(deviations)) {
			expect([...answers.keys()]).toContain(name);
			expect(instead, name).not.toBe(answers.get(name));
		}
	});
});
