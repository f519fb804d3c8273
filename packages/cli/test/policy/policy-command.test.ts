import { expect, test } from "vitest";
import { makeFolder } from "../folder.js";
import { run } from "../run.js";

const table = `import { defineUploads } from "@skyput/server";
export const uploads = defineUploads({
	"users/:userId/*path": { authorize: "public" },
});
`;
const media = table.replace('authorize: "public"', 'provider: "media"');

const policy = async (words: readonly string[], uploads = table) =>
	run(["policy", ...words], { cwd: await makeFolder({ "uploads.ts": uploads }) });

const shop = ["--bucket", "shop", "--origin", "https://app.example.com"];

test("it prints the documents of the table by name", async () => {
	const { exitCode, stdout, stderr } = await policy(shop);
	expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
	expect(JSON.parse(stdout)).toMatchObject({
		role: { Statement: [{ Resource: ["arn:aws:s3:::shop/users/*/*"] }, {}] },
		bucket: { Version: "2012-10-17" },
		cors: { CORSRules: [{ AllowedOrigins: ["https://app.example.com"], AllowedMethods: ["PUT"] }] },
		lifecycle: { Rules: [{ AbortIncompleteMultipartUpload: { DaysAfterInitiation: 31 } }] },
	});
});

test("--document prints one as it is, ready for the AWS CLI", async () => {
	const { stdout } = await policy(["--document", "cors", "--origin", "https://app.example.com"]);
	expect(Object.keys(JSON.parse(stdout))).toEqual(["CORSRules"]);
	const both = ["--document", "signing-role", "--document", "control-role", "--bucket", "shop"];
	expect(Object.keys(JSON.parse((await policy(both)).stdout))).toEqual([
		"signing-role",
		"control-role",
	]);
});

test.each(["cloudformation", "cdk", "terraform", "sst"])(
	"--format %s needs no bucket",
	async (name) => {
		const { exitCode, stdout } = await policy(["--format", name]);
		expect(exitCode).toBe(0);
		expect(stdout).toContain("s3:ListMultipartUploadParts");
		expect(stdout.endsWith("\n")).toBe(true);
	},
);

test("with --json the result is one document", async () => {
	const words = ["--json", "--bucket", "shop", "--document", "role"];
	expect((await policy(words)).documents).toMatchObject([{ Version: "2012-10-17" }]);
	expect((await policy(["--json", "--format", "terraform"])).documents).toMatchObject([
		{ format: "terraform", text: expect.stringContaining("aws_iam_policy") },
	]);
});

test.each<[string, readonly string[], string]>([
	["no bucket", ["--document", "role"], "pass --bucket NAME"],
	["no origin", ["--document", "cors"], "pass --origin URL"],
	["an unknown format", ["--format", "yaml"], "Allowed choices are json, cloudformation"],
	["an unknown document", ["--document", "roles"], "Allowed choices are role, signing-role"],
	[
		"an origin with a path",
		["--origin", "https://a.example/"],
		"Browsers send this origin as https://a.example.",
	],
	["an origin without a scheme", ["--origin", "a.example"], "An origin is a scheme and a host"],
	["no ARN", ["--signer", "root"], "An ARN begins with arn:"],
	[
		"an unknown provider",
		["--provider", "media"],
		'no rule uses the provider "media". Choose one of default.',
	],
])("%s is told with what to do", async (_, words, message) => {
	const { exitCode, stdout, stderr } = await policy(words);
	expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
	expect(stderr).toContain(message);
});

test("--read-gate is told that every rule has quarantine", async () => {
	const quarantined = table.replace('authorize: "public"', "quarantine: true");
	const { exitCode, stderr } = await policy(["--read-gate", "--format", "sst"], quarantined);
	expect(exitCode).toBe(2);
	expect(stderr).toContain("--read-gate is for rules without quarantine, and every rule has it");
});

test.each(["cloudformation", "cdk", "terraform", "sst"])(
	"--read-gate prints the gate as %s, and all that its handler needs",
	async (name) => {
		const { stdout } = await policy(["--read-gate", "--format", name]);
		expect(stdout).toContain("s3:ExistingObjectTag/skyput-verdict");
		expect(stdout).toContain("s3:PutObjectVersionTagging");
		expect(stdout).toContain("Object Created");
	},
);

test.each(["https://*.example.com", "*", "capacitor://localhost", "http://localhost:5173"])(
	"%s is an origin",
	async (origin) => {
		const { stdout } = await policy(["--document", "cors", "--origin", origin]);
		expect(JSON.parse(stdout).CORSRules[0].AllowedOrigins).toEqual([origin]);
	},
);

test("the rules of several providers have several buckets, so one is chosen", async () => {
	const both = media.replace("});", '\t"avatars/:name": {},\n});');
	const { exitCode, stderr } = await policy(["--document", "role", "--bucket", "shop"], both);
	expect(exitCode).toBe(2);
	expect(stderr).toContain("the rules use 2 providers, each with its own bucket: media, default.");
	const words = ["--document", "role", "--bucket", "shop", "--provider", "default"];
	expect(JSON.parse((await policy(words, both)).stdout).Statement[0].Resource).toEqual([
		"arn:aws:s3:::shop/avatars/*",
	]);
	// one provider needs no choice
	expect((await policy(["--document", "role", "--bucket", "shop"], media)).exitCode).toBe(0);
});
