// The HTTP contract as OpenAPI 3.1, docs/api/openapi.json: written from the types of packages/protocol by
// `npm run openapi`, compared with them by `npm run check`.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { createGenerator } from "ts-json-schema-generator";
import { errorCodes } from "../packages/protocol/src/error-codes.ts";
import { operations } from "../packages/protocol/src/operations.ts";
import { root, run } from "./command.mjs";

const file = join(root, "docs/api/openapi.json");

/** What the types do not say of each operation: `replies` has the schema of each status, null for no body. */
const described = {
	sign: {
		summary: "Signs the URL of a whole file, for curl and other plain clients.",
		request: "SignRequest",
		replies: { 200: "SignReply" },
	},
	create: {
		summary:
			"Authorizes an upload and answers with a plan, or with the digest that is to be computed first.",
		request: "CreateRequest",
		replies: { 200: "DigestPlan", 201: ["SinglePlan", "MultipartPlan"] },
	},
	parts: {
		summary: "Signs consecutive parts of an upload.",
		request: "PartsRequest",
		replies: { 200: "PartsReply" },
	},
	list: {
		summary: "Lists the stored parts of an upload; none of a single upload.",
		request: "ListRequest",
		replies: { 200: "ListReply" },
	},
	complete: {
		summary: "Verifies what is stored and commits it. Safe to repeat.",
		request: "CompleteRequest",
		replies: { 200: "CompleteReply", 202: "PendingReply" },
	},
	abort: {
		summary: "Discards an upload and its parts. Safe to repeat; never deletes a committed object.",
		request: "AbortRequest",
		replies: { 204: null },
	},
	rules: {
		summary: "Tells what an upload to a key must meet.",
		request: "RulesRequest",
		replies: { 200: "RulesReply" },
	},
	download: {
		summary: "Signs the URL of an object, or redirects to it.",
		request: "DownloadRequest",
		replies: { 200: "DownloadReply", 302: null },
	},
	delete: {
		summary: "Deletes an object. Also succeeds where there is none.",
		request: "DeleteRequest",
		replies: { 204: null },
	},
	status: {
		summary: "Tells how far an upload or an object is.",
		request: "StatusRequest",
		replies: { 200: "StatusReply" },
	},
};

const reasons = {
	200: "Done",
	201: "The plan",
	202: "Ask again",
	204: "Done",
	302: "The signed URL",
};

const refTo = (name) => ({ $ref: `#/components/schemas/${name}` });

/** JSON Schema of every type of the contract, by name. */
function readSchemas() {
	const generator = createGenerator({
		path: join(root, "packages/protocol/src/index.ts"),
		tsconfig: join(root, "packages/protocol/tsconfig.json"),
		// both ends ignore members that they do not know
		additionalProperties: true,
		topRef: false,
		skipTypeCheck: true,
	});
	const schemas = {};
	// generic types cannot be roots
	for (const name of ["Messages", "Problem", "ErrorCode"]) {
		const { definitions = {}, $schema: _, ...own } = generator.createSchema(name);
		Object.assign(schemas, definitions, name === "Messages" ? {} : { [name]: own });
	}
	const text = JSON.stringify(schemas).replaceAll("#/definitions/", "#/components/schemas/");
	return JSON.parse(text, (name, value) => {
		// every number of the contract is a size, a count or a number of seconds, but those in a message
		if (name === "ProblemValues" || ![value?.type].flat().includes("number")) return value;
		const type = JSON.parse(JSON.stringify(value.type).replace("number", "integer"));
		return { ...value, type, ...(value.const === undefined ? { minimum: 0 } : {}) };
	});
}

/** How a member of a query is written. */
function inQuery(name, schema) {
	if (name === "checksum") {
		return {
			type: "string",
			pattern: "^(crc32|crc32c|crc64nvme|md5|sha256):[A-Za-z0-9+/]+=*$",
			description: "`algorithm:value`; the value is base64 of the big-endian digest.",
		};
	}
	return schema;
}

function requestOf(name, schemas) {
	const { method } = operations[name];
	const { request } = described[name];
	if (method !== "GET") {
		return { requestBody: { required: true, content: json("application/json", refTo(request)) } };
	}
	const { properties, required = [] } = schemas[request];
	const parameters = Object.entries(properties).map(([member, schema]) => {
		const { description, ...rest } = inQuery(member, schema);
		return {
			name: member,
			in: "query",
			required: required.includes(member),
			...(description ? { description } : {}),
			schema: rest,
		};
	});
	return { parameters };
}

const json = (type, schema) => ({ [type]: { schema } });

function repliesOf(name) {
	const replies = Object.entries(described[name].replies).map(([status, schema]) => {
		const description = reasons[status];
		if (schema === null) return [status, { description }];
		const names = [schema].flat();
		const body = names.length === 1 ? refTo(names[0]) : { oneOf: names.map(refTo) };
		return [status, { description, content: json("application/json", body) }];
	});
	return {
		...Object.fromEntries(replies),
		default: {
			description: "Refused or failed (RFC 9457)",
			content: json("application/problem+json", refTo("Problem")),
		},
	};
}

/** The document. Names of schemas are those of the types in packages/protocol. */
export function describeContract() {
	const schemas = readSchemas();
	const paths = {};
	for (const [name, { method, path }] of Object.entries(operations)) {
		paths[`/${path}`] = {
			...paths[`/${path}`],
			[method.toLowerCase()]: {
				operationId: name,
				summary: described[name].summary,
				...requestOf(name, schemas),
				responses: repliesOf(name),
			},
		};
	}
	const { RedirectReply: _, ...used } = schemas;
	// a query is described by its parameters
	for (const [name, { method }] of Object.entries(operations)) {
		if (method === "GET") delete used[described[name].request];
	}
	used.ErrorCode = {
		...used.ErrorCode,
		description: Object.entries(errorCodes)
			.map(([code, { status, title }]) => `- \`${code}\` (${status}): ${title}`)
			.join("\n"),
	};
	return {
		openapi: "3.1.0",
		info: {
			title: "Skyput upload endpoint",
			version: "1",
			description:
				"The calls between an upload client and the server that authorizes and signs. File data never passes through it. All paths are below one base path; only their last segment counts. Every answer has `Cache-Control: no-store`, and CORS headers where web pages may call. A POST takes `application/json` only, at most 64,000 bytes. Unknown members are ignored.",
			license: { name: "MIT", identifier: "MIT" },
		},
		servers: [
			{
				url: "{base}",
				variables: {
					base: {
						default: "https://api.example.com/uploads",
						description: "Where the handler is mounted: the client's `endpoint`.",
					},
				},
			},
		],
		paths,
		components: {
			schemas: Object.fromEntries(Object.entries(used).sort(([a], [b]) => (a < b ? -1 : 1))),
		},
	};
}

const write = () => `${JSON.stringify(describeContract(), null, "\t")}\n`;

/**
 * Compares docs/api/openapi.json with the types.
 *
 * @throws {Error} where it is stale
 */
export async function checkOpenApi() {
	const stored = JSON.parse(await readFile(file, "utf8").catch(() => "null"));
	if (JSON.stringify(stored) === JSON.stringify(describeContract())) return;
	throw new Error("docs/api/openapi.json is stale: npm run openapi");
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
	await writeFile(file, write());
	await run("biome", ["check", "--write", file]);
}
