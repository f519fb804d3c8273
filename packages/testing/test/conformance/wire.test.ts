import { afterAll, describe, expect, test } from "vitest";
import { providerCases } from "../../src/conformance/provider-cases.js";
import { startServers } from "./servers.js";
import { wireTo } from "./wire.js";
import { wireCases } from "./wire-cases.js";

const servers = await startServers();

afterAll(async () => {
	await Promise.all(servers.map((server) => server.close()));
});

test("at least half of the cases assert a refusal", () => {
	const cases = [...providerCases, ...wireCases];
	const refusals = cases.filter(({ refuses }) => refuses);
	expect(cases.length).toBeGreaterThanOrEqual(60);
	expect(refusals.length * 2).toBeGreaterThanOrEqual(cases.length);
	expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
});

describe.each(servers.filter(({ deviations }) => deviations))("$name", (server) => {
	const { deviations = {} } = server;
	const wire = wireTo(server);

	test.each(wireCases)("$name", async ({ name, expected, run }) => {
		expect(await run(wire)).toBe(deviations[name] ?? expected);
	});

	test("every known deviation is that of a case, and differs from what AWS does", () => {
		const cases = [...providerCases, ...wireCases];
		const answers = new Map(cases.map(({ name, expected }) => [name, expected]));
		for (const [name, instead] of Object.entries(deviations)) {
			expect([...answers.keys()]).toContain(name);
			expect(instead, name).not.toBe(answers.get(name));
		}
	});
});
