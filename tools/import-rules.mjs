// Who may import whom, each rule once: the floor plan of ARCHITECTURE.md. `npm run check` runs it by
// dependency-cruiser, and tools/test/import-rules.test.ts breaks every rule.
import { floors } from "./floors.mjs";

const operations = "sign|create|parts|list|complete|abort";

const inside = (name, entries) =>
	`^packages/${name}/src/(${entries.map((entry) => entry.replace(/\.ts$/, "\\.ts$")).join("|")})`;
const code = (name) => `^packages/${name}/src/`;
const published = code("(protocol|server|client|testing|cli)");
const npm = (names) => `(^|node_modules/)(${names})(/|$)`;

const downward = Object.entries(floors).flatMap(([name, plan]) =>
	plan.slice(0, -1).map((floor, index) => ({
		name: `downward: ${name}, floor ${index + 1}`,
		comment: `Imports run downward: ${floor.join(", ")} must work without the floors above. Move what both need down, or load it by import().`,
		from: { path: inside(name, floor) },
		to: { path: inside(name, plan.slice(index + 1).flat()), dynamic: false },
	})),
);

const onAFloor = Object.entries(floors).map(([name, plan]) => ({
	name: `on a floor: ${name}`,
	comment: "A file without a floor is held to no rule: add it to tools/floors.mjs.",
	from: {},
	to: { path: code(name), pathNot: inside(name, plan.flat()) },
}));

/** @type {import("dependency-cruiser").IForbiddenRuleType[]} */
const rules = [
	...downward,
	...onAFloor,
	{
		name: "no circle",
		comment: "Files in a circle can only be understood together. A type counts: move it down.",
		from: {},
		to: { circular: true },
	},
	{
		name: "resolvable",
		comment: "The import leads nowhere: correct the path, or add the package to package.json.",
		from: { path: "^packages/" },
		to: { couldNotResolve: true },
	},
	{
		name: "protocol imports nothing",
		comment: "Both packages carry the protocol inside: what it imported they would carry twice.",
		from: { path: code("protocol") },
		to: { pathNot: code("protocol") },
	},
	{
		name: "protocol by #protocol",
		comment: "The packed types keep this import, and users cannot resolve @skyput/protocol.",
		from: { path: code("(server|client)") },
		to: { path: "^packages/protocol/", dependencyTypesNot: ["aliased-subpath-import"] },
	},
	{
		name: "server and client never meet",
		comment: "They meet on the wire only; the server's types reach the client by a type parameter.",
		from: { path: "^packages/(server|client)/(src|test)/", pathNot: "^packages/client/test/" },
		to: { path: "^packages/(server|client)/", pathNot: "^packages/$1/" },
	},
	{
		name: "public entry points",
		comment:
			"Another package is imported by its name, as users do: its files may change at any time.",
		from: {
			path: "^(packages/[^/]+|examples/[^/]+)/",
			// two parts of the bench stand in for parts of the product; the tests of a package see all of it
			pathNot: "^packages/(bench/src/(scale/counting-client|sink/endpoint)|[^/]+/test/)",
		},
		to: {
			path: "^packages/",
			pathNot: "^$1/",
			dependencyTypes: ["local"],
			dependencyTypesNot: ["aliased-subpath-import"],
		},
	},
	{
		name: "no import of itself",
		comment:
			"Inside its own package a file is imported by its relative path: the name leads to dist.",
		from: { path: "^(packages/[^/]+)/src/" },
		to: { path: "^$1/", dependencyTypesNot: ["local"] },
	},
	{
		name: "no index of its own package",
		comment: "An index.ts is an entry point for others: import the file that holds the thing.",
		from: { path: "^(packages/[^/]+/src)/" },
		to: { path: ["^$1/index\\.ts$", "^$1/.+/index\\.ts$"], dynamic: false },
	},
	{
		name: "a provider stands alone",
		comment:
			"A provider knows errors.ts, capabilities.ts, object-spec.ts, multipart-upload.ts, maintenance.ts, provider.ts, its own files and those beside the folders: users load the one that they chose.",
		from: { path: "^(packages/server/src/)providers/([^/]+)" },
		to: {
			path: "^$1",
			pathNot: [
				"^$1(errors|capabilities|object-spec|multipart-upload|maintenance|provider)\\.ts$",
				"^$1providers/($2|[^/]+\\.ts$)",
			],
		},
	},
	{
		name: "an operation stands alone",
		comment: "Operations import leaves: what two of them need goes into a file of its own.",
		from: {
			path: "^packages/server/src/operations/",
			// lists those that are loaded at first use
			pathNot: "/control-operations\\.ts$",
		},
		to: { path: `^packages/server/src/operations/(${operations})\\.ts$` },
	},
	{
		name: "providers are handed in",
		comment:
			"Only a preset chooses a provider; everything else knows the PresignProvider interface.",
		from: { path: code("server"), pathNot: "^packages/server/src/(providers|presets)/" },
		to: { path: "^packages/server/src/providers/[^/]+/" },
	},
	{
		name: "AWS SDK in the S3 provider",
		comment: "Whoever uses another storage must not pay for the SDK of AWS.",
		from: {
			path: published,
			// the doctor asks for the bucket's rules, for which no provider has a call
			pathNot: "^packages/(server/src/(providers/s3|dynamodb)|cli/src/doctor/storage)/",
		},
		to: { path: npm("@aws-sdk|@smithy") },
	},
	{
		name: "Middy in the adapters",
		comment: "What stands below the adapters knows no framework.",
		from: { path: published, pathNot: "^packages/server/src/adapters/" },
		to: { path: npm("@middy") },
	},
	{
		name: "React in client/react",
		comment: "Whoever uses no React must not load it.",
		from: { path: published, pathNot: "^packages/client/src/react/" },
		to: { path: npm("react|react-dom") },
	},
	{
		name: "node: in client/node",
		comment:
			"The rest of the client runs in browsers too: it gets Node's abilities by platform.ts.",
		from: { path: code("client"), pathNot: "^packages/client/src/node/" },
		to: { dependencyTypes: ["core"] },
	},
	{
		name: "runtimes never meet",
		comment: "A bundle for one runtime must not hold the code of another.",
		from: { path: "^packages/client/src/(browser|node|native)/" },
		to: { path: "^packages/client/src/(browser|node|native)/", pathNot: "/src/$1/" },
	},
	{
		name: "test servers never meet",
		comment: "Each stands in for another machine: they meet over HTTP only.",
		from: {
			path: "^packages/testing/src/(s3-server|fault-proxy|api-gateway)/",
			// puts a fault proxy in front of the server
			pathNot: "/start-s3-server\\.ts$",
		},
		to: {
			path: "^packages/testing/src/(s3-server|fault-proxy|api-gateway)/",
			pathNot: "/src/$1/",
		},
	},
	{
		name: "testing takes types only",
		comment:
			"The test servers are a second implementation: they share no code with what they test.",
		from: {
			path: code("testing"),
			// one puts the product in front of the test server, the other is a provider and throws its errors
			pathNot: "/(start-backend|start-memory-storage)\\.ts$",
		},
		to: { path: "^packages/(?!testing/)", dependencyTypesNot: ["type-only"] },
	},
];

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
	forbidden: rules.map((rule) => ({ severity: "error", ...rule })),
	options: {
		// TypeScript 7 has no API for other programs
		parser: "swc",
		combinedDependencies: true,
		exclude: {
			path: "(^|/)(dist|build|\\.next|\\.svelte-kit|\\.react-router|fixtures)/|\\.(vue|svelte|astro)$",
		},
		doNotFollow: { path: "node_modules" },
		enhancedResolveOptions: {
			conditionNames: ["source", "node", "import", "default"],
			exportsFields: ["exports"],
			extensions: [".ts", ".tsx", ".mjs", ".js", ".json"],
		},
	},
};
