import { randomUUID } from "node:crypto";
import { sign, signingKey } from "../../src/s3-server/signature.js";
import { amzDate, tampered, textOf, type Wire, type WireCase, type WireResponse } from "./wire.js";

type Fields = Readonly<Record<string, string>>;

/** A form upload and its policy. */
interface Form {
	readonly key: string;
	readonly conditions?: readonly unknown[];
	/** Seconds from now. */
	readonly expiresIn?: number;
	/** Further fields; each needs a condition. */
	readonly fields?: Fields;
	/** Changes the fields after they have been signed. */
	readonly spoil?: (fields: Fields) => Fields;
}

const file = "0123456789";

async function post(wire: Wire, form: Form): Promise<WireResponse> {
	const { accessKeyId, secretAccessKey, region, bucket, endpoint } = wire.target;
	const date = amzDate(new Date());
	const scope = `${date.slice(0, 8)}/${region}/s3/aws4_request`;
	const proof = {
		"x-amz-algorithm": "AWS4-HMAC-SHA256",
		"x-amz-credential": `${accessKeyId}/${scope}`,
		"x-amz-date": date,
	};
	const document = {
		expiration: new Date(Date.now() + (form.expiresIn ?? 300) * 1000).toISOString(),
		conditions: [
			{ bucket },
			["starts-with", "$key", "wire/"],
			...Object.entries(proof).map(([name, value]) => ({ [name]: value })),
			...(form.conditions ?? []),
		],
	};
	const policy = Buffer.from(JSON.stringify(document)).toString("base64");
	const signature = sign(signingKey(secretAccessKey, scope), policy);
	const signed = { key: form.key, ...proof, ...form.fields, policy, "x-amz-signature": signature };
	const fields = form.spoil?.(signed) ?? signed;
	const boundary = randomUUID();
	const part = (disposition: string, value: string): string =>
		`--${boundary}\r\nContent-Disposition: form-data; ${disposition}\r\n\r\n${value}\r\n`;
	const body = [
		...Object.entries(fields).map(([name, value]) => part(`name="${name}"`, value)),
		part('name="file"; filename="photo.jpg"\r\nContent-Type: image/jpeg', file),
		`--${boundary}--\r\n`,
	].join("");
	return await wire.send(
		{
			method: "POST",
			path: `/${bucket}`,
			headers: {
				host: new URL(endpoint).host,
				"content-type": `multipart/form-data; boundary=${boundary}`,
			},
		},
		body,
	);
}

const refused = (name: string, code: string, form: Partial<Form>): WireCase => ({
	name,
	refuses: true,
	expected: `${code}, 404`,
	async run(wire) {
		const key = wire.key();
		const { outcome } = await post(wire, { key, ...form });
		return `${outcome}, ${(await wire.call("HEAD", { key })).outcome}`;
	},
});

/** Cases about form uploads with a POST policy. */
export const formCases: readonly WireCase[] = [
	{
		name: "a form stores its file under the key of its policy",
		refuses: false,
		expected: `204, ${file}`,
		async run(wire) {
			const key = wire.key();
			const { outcome } = await post(wire, { key });
			return `${outcome}, ${(await wire.call("GET", { key })).body}`;
		},
	},
	{
		name: "a form puts the file name into the key and gets a document",
		refuses: false,
		expected: "201 photo.jpg",
		async run(wire) {
			const answer = await post(wire, {
				key: `${wire.key()}/\${filename}`,
				fields: { success_action_status: "201" },
				conditions: [{ success_action_status: "201" }],
			});
			return `${answer.outcome} ${textOf(answer, "Key")?.split("/").at(-1)}`;
		},
	},
	{
		name: "a form stores the type that its policy allows",
		refuses: false,
		expected: "204, image/png",
		async run(wire) {
			const key = wire.key();
			const { outcome } = await post(wire, {
				key,
				fields: { "Content-Type": "image/png" },
				conditions: [["starts-with", "$Content-Type", "image/"]],
			});
			return `${outcome}, ${(await wire.call("HEAD", { key })).headers["content-type"]}`;
		},
	},
	refused("a form's file above the size range is refused", "400 EntityTooLarge", {
		conditions: [["content-length-range", 1, 9]],
	}),
	refused("a form's file below the size range is refused", "400 EntityTooSmall", {
		conditions: [["content-length-range", 11, 20]],
	}),
	refused("a form's type against its policy is refused", "403 AccessDenied", {
		fields: { "Content-Type": "text/html" },
		conditions: [["starts-with", "$Content-Type", "image/"]],
	}),
	refused("a form's field that its policy does not name is refused", "403 AccessDenied", {
		fields: { "x-amz-meta-added": "1" },
	}),
	refused("a form's key against its policy is refused", "403 AccessDenied", {
		spoil: (fields) => ({ ...fields, key: "elsewhere/file" }),
	}),
	refused("a form whose policy has expired is refused", "403 AccessDenied", { expiresIn: -60 }),
	refused("a form with a changed signature is refused", "403 SignatureDoesNotMatch", {
		spoil: (fields) => ({
			...fields,
			"x-amz-signature": tampered(fields["x-amz-signature"] ?? ""),
		}),
	}),
	refused("a form with a changed policy is refused", "403 SignatureDoesNotMatch", {
		spoil: (fields) => ({
			...fields,
			policy: Buffer.from('{"expiration":"2099-01-01T00:00:00Z","conditions":[]}').toString(
				"base64",
			),
		}),
	}),
	...(["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Signature"] as const).map(
		(name): WireCase => ({
			// recorded on AWS by LocalStack: test_s3.py, test_post_request_missing_fields, 2026-02-21
			name: `a form without ${name} is refused by that spelling`,
			refuses: true,
			expected: `400 InvalidArgument ${name}`,
			async run(wire) {
				const spoil = ({ [name.toLowerCase()]: _, ...fields }: Fields) => fields;
				const answer = await post(wire, { key: wire.key(), spoil });
				return `${answer.outcome} ${textOf(answer, "ArgumentName")}`;
			},
		}),
	),
	{
		// recorded on AWS by LocalStack: test_s3.py, test_post_object_policy_casing
		name: "a form may spell its fields in any case",
		refuses: false,
		expected: "204",
		async run(wire) {
			const spoil = ({ policy = "", "x-amz-credential": credential = "", ...fields }: Fields) => ({
				...fields,
				Policy: policy,
				"X-Amz-Credential": credential,
			});
			return (await post(wire, { key: wire.key(), spoil })).outcome;
		},
	},
	refused("a form whose tags are no XML is refused", "400 MalformedXML", {
		// recorded on AWS by LocalStack: test_s3.py, test_post_object_with_tags, 2026-02-21
		fields: { tagging: "not-xml" },
		conditions: [{ tagging: "not-xml" }],
	}),
	{
		// as above
		name: "tags of a form in an element of another name are ignored",
		refuses: false,
		expected: "204, 200 undefined",
		async run(wire) {
			const key = wire.key();
			const tagging = "<InvalidXmlTagging></InvalidXmlTagging>";
			const { outcome } = await post(wire, { key, fields: { tagging }, conditions: [{ tagging }] });
			const tags = await wire.call("GET", { key, query: { tagging: "" } });
			return `${outcome}, ${tags.outcome} ${textOf(tags, "Key")}`;
		},
	},
	{
		// recorded on AWS by LocalStack: test_s3.py, test_post_object_with_unicode_metadata, 2026-02-21
		name: "an encoded word in the metadata of a form comes back encoded",
		refuses: false,
		expected: "204, =?UTF-8?Q?actually-ascii?=",
		async run(wire) {
			const key = wire.key();
			const fields = { "x-amz-meta-word": "=?UTF-8?Q?actually-ascii?=" };
			const { outcome } = await post(wire, { key, fields, conditions: [fields] });
			return `${outcome}, ${(await wire.call("HEAD", { key })).headers["x-amz-meta-word"]}`;
		},
	},
	refused("a form without a policy is refused", "403 AccessDenied", {
		spoil: ({ key = "" }) => ({ key }),
	}),
];
