import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import type { TestProjectConfiguration } from "vitest/config";
import { type Engine, engines, missingAbilities, missingEngine } from "./tools/browsers/engines.ts";
import { engineProvider } from "./tools/browsers/vitest-provider.ts";
import { findCeph } from "./tools/find-ceph.ts";
import { findChromium } from "./tools/find-chromium.ts";

const root = (folder: string): string => fileURLToPath(new URL(folder, import.meta.url));
const chromium = findChromium();

// Tests run on the sources, not on dist: the `source` condition in each package's `exports`.
const sources = {
	resolve: { conditions: ["source"] },
	ssr: { resolve: { conditions: ["source"] } },
};
const tests = ["test/**/*.test.ts"];
/** Files with processes that are killed, many megabytes, browsers or Ceph: each has the machine to itself. */
const alone = [
	"test/{conformance,end-to-end,node}/**/*.test.ts",
	"test/**/*.{ceph,chromium}.*test.ts",
];
const inBrowser = "test/**/*.browser.test.ts";
/** What cannot run on this machine, which `tools/optional-parts.ts` says aloud. */
const missing = [
	...(findCeph() ? [] : ["test/**/*.ceph.test.ts"]),
	...(chromium ? [] : ["test/**/*.chromium.*"]),
];

const sideBySide = (name: string): TestProjectConfiguration => ({
	...sources,
	test: {
		name,
		root: root(`packages/${name}`),
		include: tests,
		exclude: [...alone, inBrowser],
		// two where Vitest would take one: they wait for timers and sockets half of their time
		maxWorkers: Math.max(2, availableParallelism() - 1),
	},
});
const oneByOne = (name: string): TestProjectConfiguration => ({
	...sources,
	test: {
		name: `${name}:alone`,
		root: root(`packages/${name}`),
		include: alone,
		exclude: [inBrowser, ...missing],
		fileParallelism: false,
	},
});

/** Type tests: `*.test-d.ts`, checked by tsc, never run. */
const types = (name: string): TestProjectConfiguration => ({
	...sources,
	test: {
		name: `${name}:types`,
		root: root(`packages/${name}`),
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
	...sources,
	// where the global setup runs
	environments: { __vitest__: { resolve: sources.resolve } },
	test: {
		name: `client:${engine}`,
		root: root("packages/client"),
		include: missingEngine(engine) ? [] : [inBrowser],
		globalSetup: missingEngine(engine) ? [] : ["test/browser/start-servers.ts"],
		provide: { missing: missingAbilities[engine] },
		fileParallelism: false,
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
	{ test: { name: "tools", root: root("tools"), include: tests, fileParallelism: false } },
	...["protocol", "server", "testing", "client"].map(sideBySide),
	...["server", "testing", "client"].map(oneByOne),
	...["server", "client"].map(types),
	{
		test: { name: "bench", root: root("packages/bench"), include: tests, fileParallelism: false },
	},
	{
		...sources,
		test: {
			name: "demo",
			root: root("examples/local"),
			include: ["test/words.test.ts", ...(chromium ? tests : [])],
			fileParallelism: false,
			// more pages at once only wait for each other
			maxConcurrency: 2,
		},
	},
	...engines.map(browserProject),
];
export default projects;
