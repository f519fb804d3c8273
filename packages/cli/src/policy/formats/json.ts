import { usageError } from "../../errors.js";
import type { LifecycleRule, PolicyDocuments } from "../documents.js";
import { type Reference, type ReferenceName, replaceReferences, type Value } from "../values.js";
import { type DocumentName, type Format, isRole, policy } from "./format.js";

/** The option that gives each value, as the error names it. */
const optionOf: Readonly<Record<ReferenceName, string>> = {
	bucketArn: "--bucket NAME",
	bucketName: "--bucket NAME",
	origins: "--origin URL, the origin of the page that uploads",
	readers: "--reader ARN, the roles that may read what is not processed yet",
	processor: "--processor ARN, the function that handles object events",
};

/** The members of an object of the API, by their names there. */
export interface Members {
	readonly [name: string]: Value;
}

/** A lifecycle rule as the API takes it. */
export const lifecycleRule = ({ id, prefix, abortAfter, expireAfter }: LifecycleRule): Members => ({
	ID: id,
	Status: "Enabled",
	Filter: { Prefix: prefix },
	...(abortAfter === undefined
		? {}
		: { AbortIncompleteMultipartUpload: { DaysAfterInitiation: abortAfter } }),
	...(expireAfter === undefined
		? {}
		: {
				Expiration: { Days: expireAfter },
				NoncurrentVersionExpiration: { NoncurrentDays: expireAfter },
			}),
});

/** A document as the API takes it, so that the AWS CLI does too. */
function documentOf(documents: PolicyDocuments, name: DocumentName): Value {
	if (isRole(name)) return policy(documents.roles[name]);
	if (name === "bucket") return policy(documents.bucket);
	const { cors, lifecycle, events } = documents;
	if (name === "lifecycle") return { Rules: lifecycle.map(lifecycleRule) };
	if (name === "notifications") {
		return {
			NotificationConfiguration: { EventBridgeConfiguration: {} },
			EventPattern: events ?? {},
		};
	}
	return {
		CORSRules: [
			{
				AllowedOrigins: { reference: "origins" },
				AllowedMethods: cors.methods,
				AllowedHeaders: cors.headers,
				ExposeHeaders: cors.exposed,
				MaxAgeSeconds: cors.maxAge,
			},
		],
	};
}

/**
 * The documents as JSON: one as it is, several by name.
 *
 * @throws CommandError `invalid-usage` where a document needs a value that was not given.
 */
export const json: Format = (documents, names, given) => {
	const replace = ({ reference, suffix = "" }: Reference): unknown => {
		const value = reference === "bucketArn" ? given.bucketName : given[reference];
		if (value === undefined) {
			throw usageError(
				`a value is missing for JSON: pass ${optionOf[reference]}. Or choose another --format, whose template asks for it when it is deployed.`,
			);
		}
		return reference === "bucketArn" ? `arn:aws:s3:::${value}${suffix}` : value;
	};
	const all = names.map(
		(name) => [name, replaceReferences(documentOf(documents, name), replace)] as const,
	);
	const result = all.length === 1 ? all[0]?.[1] : Object.fromEntries(all);
	return `${JSON.stringify(result, null, 2)}\n`;
};
