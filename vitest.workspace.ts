import { fileURLToPath } from "node:url";
import type { TestProjectConfiguration } from "vitest/config";
import { type Engine, engines, missingAbilities, missingEngine } from "./tools/browsers/engines.ts";
import { engineProvider } from "./tools/browsers/vitest-provider.ts";
import { findCeph } from "./tools/find-ceph.ts";
import { findChromium } from "./tools/find-chromium.ts";

// Tests run on the sources, not on dist: the `source` condition in each package's `exports`.
const resolve = { conditions: ["source"] };
const ssr = { resolve: { conditions: ["source"] } };

const root = (folder: string): string => fileURLToPath(new URL(folder, import.meta.url));
const chromium = findChromium();
/** Files that need Ceph; left out where it is missing, which `tools/optional-parts.ts` says aloud. */
const withoutCeph = findCeph() ? [] : ["test/**/*.ceph.test.ts"];
/** Files that drive Chromium from Node, some with Ceph besides. */
const withoutChromium = chromium ? [] : ["test/**/*.chromium.*.ts"];

/** Type tests: `*.test-d.ts`, checked by tsc, never run. */
const types = (name: string, folder: string): TestProjectConfiguration => ({
	resolve,
	ssr,
	test: {
		name,
		root: root(folder),
		include: [],
		typecheck: {
			enabled: true,
			only: true,
			include: ["test/**/*.test-d.ts"],
			tsconfig: "tsconfig.json",
			checker: "tsc",
		},
	},
});

/** Tests that run inside a page. */
const browserProject = (engine: Engine): TestProjectConfiguration => ({
	resolve,
	// where the global setup runs
	environments: { __vitest__: { resolve } },
	test: {
		name: `client:${engine}`,
		root: root("packages/client"),
		include: missingEngine(engine) ? [] : ["test/**/*.browser.test.ts"],
		globalSetup: missingEngine(engine) ? [] : ["test/browser/start-servers.ts"],
		provide: { missing: missingAbilities[engine] },
		testTimeout: 60_000,
		browser: {
			enabled: true,
			headless: true,
			screenshotFailures: false,
			provider: engineProvider(),
			instances: [{ browser: engine }],
		},
	},
});

const projects: TestProjectConfiguration[] = [
	{ test: { name: "tools", root: root("tools"), include: ["test/**/*.test.ts"] } },
	{
		resolve,
		ssr,
		test: { name: "protocol", root: root("packages/protocol"), include: ["test/**/*.test.ts"] },
	},
	{
		resolve,
		ssr,
		test: {
			name: "server",
			root: root("packages/server"),
			include: ["test/**/*.test.ts"],
			exclude: withoutCeph,
		},
	},
	types("server:types", "packages/server"),
	{
		resolve,
		ssr,
		test: {
			name: "testing",
			root: root("packages/testing"),
			include: ["test/**/*.test.ts"],
			// the machine may be busy with other tests
			testTimeout: 30_000,
		},
	},
	{
		resolve,
		ssr,
		test: {
			name: "client",
			root: root("packages/client"),
			include: ["test/**/*.test.ts"],
			exclude: ["test/**/*.browser.test.ts", ...withoutCeph, ...withoutChromium],
		},
	},
	types("client:types", "packages/client"),
	{ test: { name: "bench", root: root("packages/bench"), include: ["test/**/*.test.ts"] } },
	{
		resolve,
		ssr,
		test: {
			name: "demo",
			root: root("examples/local"),
			include: ["test/words.test.ts", ...(chromium ? ["test/**/*.test.ts"] : [])],
			testTimeout: 40_000,
			// more pages at once only wait for each other
			maxConcurrency: 3,
		},
	},
	...engines.map(browserProject),
];
export default projects;
