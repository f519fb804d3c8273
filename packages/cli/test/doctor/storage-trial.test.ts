import { defineUploads } from "@skyput/server";
import { s3Provider } from "@skyput/server/s3";
import { expect, test } from "vitest";
import { recommend } from "../../src/doctor/recommend.js";
import { beginTrial, keySpacesOf, statementFor } from "../../src/doctor/storage/storage-trial.js";
import { makeFolder } from "../folder.js";
import { run } from "../run.js";

const uploads = defineUploads({
	"avatars/:userId/:name": {},
	"films/:id/source": {},
	"documents/*path": { quarantine: true },
	"logo.png": {},
});

test("objects are tried where the rules store, also where a role allows no other keys", () => {
	const keySpaces = keySpacesOf(uploads.rules);
	expect(keySpaces).toEqual(["avatars/*/*", "films/*/source", ".skyput/quarantine/*"]);
	const options = { bucket: "uploads", region: "eu-west-1" };
	const provider = s3Provider(options);
	const about = { options, provider, origins: [], rules: uploads.rules, keySpaces };
	const { key } = beginTrial(about);
	const word = "\\.skyput/probe/[0-9a-f-]{36}-a";
	expect(key("a")).toMatch(new RegExp(`^avatars/${word}/x$`));
	expect(key("a", "films/*/source")).toMatch(new RegExp(`^films/${word}/source$`));
	expect(keySpacesOf([])).toEqual(["*"]);
});

test("a statement names the keys, and for s3:ListBucket the prefixes", () => {
	const keySpaces = ["avatars/*/*", "avatars/*/large/*"];
	expect(JSON.parse(statementFor("s3:GetObject", "uploads", keySpaces))).toEqual({
		Effect: "Allow",
		Action: "s3:GetObject",
		Resource: ["arn:aws:s3:::uploads/avatars/*/*", "arn:aws:s3:::uploads/avatars/*/large/*"],
	});
	expect(JSON.parse(statementFor("s3:ListBucket", "uploads", keySpaces))).toEqual({
		Effect: "Allow",
		Action: "s3:ListBucket",
		Resource: "arn:aws:s3:::uploads",
		Condition: { StringLike: { "s3:prefix": ["avatars/*"] } },
	});
});

test("a statement escapes the characters of keys that policies read otherwise, as `skyput policy` does", () => {
	const keySpaces = ["what?/$x/*"];
	expect(JSON.parse(statementFor("s3:GetObject", "uploads", keySpaces))).toMatchObject({
		Resource: [`arn:aws:s3:::uploads/what\${?}/\${$}x/*`],
	});
	expect(JSON.parse(statementFor("s3:ListBucket", "uploads", keySpaces))).toMatchObject({
		Condition: { StringLike: { "s3:prefix": [`what\${?}/\${$}x/*`] } },
	});
});

test("what is recommended is what `skyput policy` prints", async () => {
	const table = `import { defineUploads } from "@skyput/server"; export const uploads = defineUploads({ "files/:name": { authorizeRead: "public" } });`;
	const cwd = await makeFolder({ "uploads.ts": table });
	const own = defineUploads({ "files/:name": { authorizeRead: "public" } });
	const origins = ["https://app.example.com"];
	for (const name of ["cors", "lifecycle"] as const) {
		const words = ["policy", "--format", "json", "--document", name, "--origin", origins[0] ?? ""];
		const { stdout } = await run(words, { cwd });
		expect(JSON.parse(recommend(name, { uploads: own, origins }))).toEqual(JSON.parse(stdout));
	}
});
