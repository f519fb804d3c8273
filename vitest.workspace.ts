import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";
import type { TestProjectConfiguration } from "vitest/config";
import {
	type BrowserEngine,
	engines,
	missingAbilities,
	missingEngine,
} from "./tools/browsers/engines.ts";
import { engineProvider } from "./tools/browsers/vitest-provider.ts";
import { findCeph } from "./tools/find-ceph.ts";
import { findChromium } from "./tools/find-chromium.ts";
import { findClamd } from "./tools/start-clamd.ts";

const root = (folder: string): string => fileURLToPath(new URL(folder, import.meta.url));
const chromium = findChromium();

// Tests run on the sources, not on dist: the `source` condition in each package's `exports`.
const sources = {
	resolve: { conditions: ["source"] },
	ssr: { resolve: { conditions: ["source"] } },
};
const tests = ["test/**/*.test.ts"];
/**
 * Two files of Node's at once, and two browsers beside them: all wait for timers and sockets half of their
 * time. Projects of one group must agree on it.
 */
const maxWorkers = 2;
/** Milliseconds; far more than a test takes, also on a machine that does much else. */
export const timeouts = { testTimeout: 300_000, hookTimeout: 300_000 };
/** Files that run in a page, and files that drive a browser from Node. */
const inBrowser = "test/**/*.browser.test.ts";
const driven = "test/**/*.driven.*test.ts";
/** What cannot run on this machine, which `tools/optional-parts.ts` says aloud. */
const missing = [
	...(findCeph() ? [] : ["test/**/*.ceph.*test.ts"]),
	...(findClamd() ? [] : ["test/**/*.clamd.test.ts"]),
];

/** Loads a module with a part of its text replaced: `?edit=` and `[search, replacement]` as JSON. */
const editedByQuery: Plugin = {
	name: "edited-by-query",
	enforce: "pre",
	transform(code, id) {
		const edit = new URLSearchParams(id.split("?")[1]).get("edit");
		if (edit === null) return undefined;
		const [search = "", replacement = ""]: string[] = JSON.parse(edit);
		if (!code.includes(search)) throw new Error(`${id} has no ${search}`);
		return code.replace(search, () => replacement);
	},
};

const inNode = (name: string): TestProjectConfiguration => ({
	...sources,
	test: {
		name,
		root: root(`packages/${name}`),
		include: tests,
		exclude: [inBrowser, driven, ...missing],
		maxWorkers,
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

const browserProjects = (engine: BrowserEngine): TestProjectConfiguration[] => {
	const found = !missingEngine(engine);
	// the page digests there
	const withoutWorker = engine === "webkit" ? ["test/browser/digest-worker.*.test.ts"] : [];
	const test = {
		root: root("packages/client"),
		provide: { engine, missing: missingAbilities[engine] },
		maxWorkers,
		...timeouts,
	};
	return [
		{
			...sources,
			test: {
				...test,
				root: root("packages/registry"),
				name: `registry:${engine}`,
				include: found ? [driven] : [],
			},
		},
		{
			...sources,
			// where the global setup runs
			environments: { __vitest__: { resolve: sources.resolve } },
			test: {
				...test,
				name: `client:${engine}`,
				include: found ? [inBrowser] : [],
				exclude: withoutWorker,
				globalSetup: found ? ["test/browser/start-servers.ts"] : [],
				browser: {
					enabled: true,
					connectTimeout: timeouts.testTimeout,
					headless: true,
					screenshotFailures: false,
					provider: engineProvider(),
					instances: [{ browser: engine }],
				},
			},
		},
		{
			...sources,
			test: {
				...test,
				name: `client:${engine}:driven`,
				include: found ? [driven] : [],
				exclude: [...missing, ...withoutWorker],
			},
		},
	];
};

const projects: TestProjectConfiguration[] = [
	{ test: { name: "tools", root: root("tools"), include: tests, maxWorkers } },
	...["protocol", "server", "testing", "client", "cli"].map(inNode),
	...["server", "client"].map(types),
	{
		test: { name: "bench", root: root("packages/bench"), include: tests, maxWorkers },
	},
	{
		...sources,
		plugins: [editedByQuery],
		test: { name: "frameworks", root: root("packages/frameworks"), include: tests },
	},
	{ ...sources, test: { name: "website", root: root("website"), include: tests } },
	{
		...sources,
		test: {
			name: "registry",
			root: root("packages/registry"),
			include: chromium ? tests : ["test/{registry,words}.test.ts"],
			exclude: [driven],
			maxWorkers,
		},
	},
	{
		...sources,
		test: {
			name: "demo",
			root: root("examples/local"),
			include: chromium ? tests : [],
			maxWorkers,
			// more pages at once only wait for each other
			maxConcurrency: 2,
		},
	},
	...engines.flatMap(browserProjects),
];
export default projects;
