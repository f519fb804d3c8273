import { expect, test } from "vitest";
import { supplyChainProblems } from "../check-supply-chain.mjs";

const files = {
	manifests: [{ name: "a", scripts: { build: "tsup" } }],
	workspace: { packages: ["a", "!b"], allowBuilds: { esbuild: false } },
	dependabot: { updates: [{ "package-ecosystem": "npm", directories: ["/", "/b"] }] },
	audit: { jobs: { audit: { steps: [{ run: "pnpm audit --prod" }] } } },
	release: {
		jobs: {
			publish: { steps: [{ uses: "x/publish@1", env: { PNPM_CONFIG_PROVENANCE: "true" } }] },
		},
	},
};
const audit = (step: object, job = {}) => ({ jobs: { audit: { ...job, steps: [step] } } });

test("takes packages without install scripts, an audit that can fail, and a release with provenance", () => {
	expect(supplyChainProblems(files)).toEqual([]);
});

test.for([
	["an install script", { manifests: [{ name: "a", scripts: { postinstall: "x" } }] }],
	["an install script of a dependency", { workspace: { allowBuilds: { esbuild: true } } }],
	["no audit", { audit: audit({ run: "pnpm install" }) }],
	[
		"an audit that ignores a silent registry",
		{ audit: audit({ run: "pnpm audit --ignore-registry-errors" }) },
	],
	["an audit whose failure is ignored", { audit: audit({ run: "pnpm audit --prod || true" }) }],
	["an audit that may fail", { audit: audit({ run: "pnpm audit -P", "continue-on-error": true }) }],
	[
		"a job that may fail",
		{ audit: audit({ run: "pnpm audit -P" }, { "continue-on-error": true }) },
	],
	["an app that nobody updates", { workspace: { packages: ["!c"] } }],
	[
		"a release without provenance",
		{ release: { jobs: { a: { steps: [{ uses: "x/publish@1" }] } } } },
	],
] as const)("refuses %s", ([, changes]) => {
	expect(supplyChainProblems({ ...files, ...changes })).toHaveLength(1);
});
