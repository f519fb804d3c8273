import { expect, test } from "vitest";
import { workflowProblems } from "../check-workflows.mjs";

const commit = "3d3c42e5aac5ba805825da76410c181273ba90b1";
const workflow = (uses: string) =>
	`permissions: {}\njobs:\n  a:\n    steps:\n      - uses: ${uses}\n`;

test.for([
	`actions/checkout@${commit} # v7.0.1`,
	`changesets/action/pack@${commit} # v2.1.1`,
	"./.github/actions/ours",
])("takes %s as pinned", (uses) => {
	expect(workflowProblems(workflow(uses))).toEqual([]);
});

test.for([
	["a tag", "actions/checkout@v7"],
	["a branch", "actions/checkout@main # v7.0.1"],
	["a short commit", `actions/checkout@${commit.slice(0, 7)} # v7.0.1`],
	["a commit without its version", `actions/checkout@${commit}`],
	["a commit with a tag that moves", `actions/checkout@${commit} # v7`],
] as const)("refuses an action that is pinned by %s", ([, uses]) => {
	expect(workflowProblems(workflow(uses))).toHaveLength(1);
});

test("refuses a workflow that states no permissions", () => {
	expect(workflowProblems("jobs: {}")).toEqual(["states no `permissions` for all its jobs"]);
});
