import type { LifecycleRule, PolicyDocuments } from "../documents.js";
import type { Statement } from "../role.js";
import type { Reference, Value } from "../values.js";
import { type DocumentName, type Format, isRole, policyName } from "./format.js";
import { print, template, typescript } from "./print.js";

const syntax = typescript(({ reference, suffix }: Reference) => {
	if (reference === "bucketName") return "bucket.bucketName";
	if (reference !== "bucketArn") return reference;
	return suffix === undefined ? "bucket.bucketArn" : template("bucket.bucketArn", suffix);
});

const statements = (comment: string, name: string, all: readonly Statement[]): string => {
	const readers = JSON.stringify(all).includes('"readers"') ? ", readers: string[]" : "";
	return `/** ${comment} */
export const ${name} = (bucket: IBucket${readers}): PolicyStatement[] =>
	${print(all as Value, syntax, 1)}.map((statement) => PolicyStatement.fromJson(statement));
`;
};

const lifecycleRule = ({ id, prefix, abortAfter, expireAfter }: LifecycleRule): string =>
	[
		"\t{",
		`\t\tid: ${JSON.stringify(id)},`,
		...(prefix === "" ? [] : [`\t\tprefix: ${JSON.stringify(prefix)},`]),
		...(abortAfter === undefined
			? []
			: [`\t\tabortIncompleteMultipartUploadAfter: Duration.days(${abortAfter}),`]),
		...(expireAfter === undefined
			? []
			: [
					`\t\texpiration: Duration.days(${expireAfter}),`,
					`\t\tnoncurrentVersionExpiration: Duration.days(${expireAfter}),`,
				]),
		"\t},",
	].join("\n");

function partOf(documents: PolicyDocuments, name: DocumentName): string {
	if (isRole(name)) {
		const called = policyName(name).replace("Policy", "Statements");
		const who = name === "role" ? "server" : name.replace("-role", "");
		const own = `${called[0]?.toLowerCase()}${called.slice(1)}`;
		return statements(`For the role of the ${who}.`, own, documents.roles[name]);
	}
	const { cors, lifecycle, events = {} } = documents;
	switch (name) {
		case "bucket":
			return statements("For the bucket's policy.", "bucketStatements", documents.bucket);
		case "cors":
			return `/** The bucket's CORS rule, for pages of these origins. */
export const corsRule = (origins: string[]): CorsRule => ({
	allowedOrigins: origins,
	allowedMethods: [${cors.methods.map((method) => `HttpMethods.${method}`).join(", ")}],
	allowedHeaders: ${print(cors.headers, syntax, 1)},
	exposedHeaders: ${print(cors.exposed, syntax, 1)},
	maxAge: ${cors.maxAge},
});
`;
		case "lifecycle":
			return `/** The bucket's lifecycle rules. */
export const lifecycleRules: LifecycleRule[] = [
${lifecycle.map(lifecycleRule).join("\n")}
];
`;
		case "notifications":
			return `/** The events of uploads that wait to be processed; the bucket needs \`eventBridgeEnabled: true\`. */
export const quarantineEvents = (bucket: IBucket): EventPattern => (${print(
				renamed(events),
				syntax,
				0,
			)});
`;
	}
}

const renamed = (events: { readonly [member: string]: Value }): Value => {
	const { "detail-type": detailType = [], ...rest } = events;
	return { ...rest, detailType };
};

const imported: readonly (readonly [name: string, from: string])[] = [
	["Duration", "aws-cdk-lib"],
	["type EventPattern", "aws-cdk-lib/aws-events"],
	["PolicyStatement", "aws-cdk-lib/aws-iam"],
	["type CorsRule", "aws-cdk-lib/aws-s3"],
	["HttpMethods", "aws-cdk-lib/aws-s3"],
	["type IBucket", "aws-cdk-lib/aws-s3"],
	["type LifecycleRule", "aws-cdk-lib/aws-s3"],
];

/** A module of functions that make the arguments of the CDK's own constructs. */
export const cdk: Format = (documents, names) => {
	const body = names.map((name) => partOf(documents, name)).join("\n");
	const uses = (name: string) => new RegExp(`\\b${name.replace("type ", "")}\\b`).test(body);
	const modules = Map.groupBy(
		imported.filter(([name]) => uses(name)),
		([, from]) => from,
	);
	const lines = [...modules].map(([from, all]) => {
		const namesOf = all.map(([name]) => name);
		const typesOnly = namesOf.every((name) => name.startsWith("type "));
		const list = typesOnly ? namesOf.map((name) => name.slice("type ".length)) : namesOf;
		return `import ${typesOnly ? "type " : ""}{ ${list.join(", ")} } from "${from}";\n`;
	});
	return `${lines.join("")}\n${body}`;
};
