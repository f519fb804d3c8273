import { Document, type Node, Scalar } from "yaml";
import type { LifecycleRule, PolicyDocuments } from "../documents.js";
import {
	type Reference,
	type ReferenceName,
	referencesOf,
	replaceReferences,
	type Value,
} from "../values.js";
import {
	type DocumentName,
	type Format,
	type Given,
	isRole,
	policy,
	policyName,
} from "./format.js";

const parameters: Readonly<Record<"origins" | "readers" | "processor", readonly [string, string]>> =
	{
		origins: ["Origins", "Origins of the web pages that upload, such as https://app.example.com"],
		readers: ["Readers", "ARNs of the roles that may read what is not processed yet"],
		processor: ["Processor", "ARN of the function that handles object events"],
	};

/** A value with a short function: `!Ref Bucket`. */
function tagged(tag: string, value: string): Scalar {
	const scalar = new Scalar(value);
	scalar.tag = tag;
	return scalar;
}

const writer =
	(given: Given) =>
	({ reference, suffix }: Reference): unknown => {
		if (reference === "bucketName") return tagged("!Ref", "Bucket");
		if (reference !== "bucketArn") {
			return given[reference] ?? tagged("!Ref", parameters[reference][0]);
		}
		return suffix === undefined
			? tagged("!GetAtt", "Bucket.Arn")
			: tagged("!Sub", `\${Bucket.Arn}${suffix.replaceAll("${", "${!")}`);
	};

const lifecycleRule = ({ id, prefix, abortAfter, expireAfter }: LifecycleRule): Value => ({
	Id: id,
	Status: "Enabled",
	...(prefix === "" ? {} : { Prefix: prefix }),
	...(abortAfter === undefined
		? {}
		: { AbortIncompleteMultipartUpload: { DaysAfterInitiation: abortAfter } }),
	...(expireAfter === undefined
		? {}
		: {
				ExpirationInDays: expireAfter,
				NoncurrentVersionExpiration: { NoncurrentDays: expireAfter },
			}),
});

type Resources = Readonly<Record<string, { readonly [member: string]: Value }>>;

/** The members of the bucket. */
function bucketOf({ cors, lifecycle }: PolicyDocuments, names: readonly DocumentName[]): Value {
	return {
		...(names.includes("cors")
			? {
					CorsConfiguration: {
						CorsRules: [
							{
								AllowedOrigins: { reference: "origins" },
								AllowedMethods: cors.methods,
								AllowedHeaders: cors.headers,
								ExposedHeaders: cors.exposed,
								MaxAge: cors.maxAge,
							},
						],
					},
				}
			: {}),
		...(names.includes("lifecycle")
			? { LifecycleConfiguration: { Rules: lifecycle.map(lifecycleRule) } }
			: {}),
		...(names.includes("notifications")
			? { NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } } }
			: {}),
	};
}

function eventResources(events: Value): Resources {
	const processor: Reference = { reference: "processor" };
	return {
		QuarantineRule: {
			Type: "AWS::Events::Rule",
			Properties: {
				Description: "Uploads that wait to be processed",
				EventPattern: events,
				Targets: [{ Id: "processor", Arn: processor }],
			},
		},
		QuarantinePermission: {
			Type: "AWS::Lambda::Permission",
			Properties: {
				FunctionName: processor,
				Action: "lambda:InvokeFunction",
				Principal: "events.amazonaws.com",
				SourceArn: { "Fn::GetAtt": ["QuarantineRule", "Arn"] },
			},
		},
	};
}

/** The resources by logical id. */
function resourcesOf(documents: PolicyDocuments, names: readonly DocumentName[]): Resources {
	const Properties = bucketOf(documents, names);
	return {
		...(Object.keys(Properties).length === 0
			? {}
			: { Bucket: { Type: "AWS::S3::Bucket", Properties } }),
		...(names.includes("bucket")
			? {
					BucketPolicy: {
						Type: "AWS::S3::BucketPolicy",
						Properties: {
							Bucket: { reference: "bucketName" },
							PolicyDocument: policy(documents.bucket),
						},
					},
				}
			: {}),
		...Object.fromEntries(
			names.filter(isRole).map((name) => [
				policyName(name),
				{
					Type: "AWS::IAM::ManagedPolicy",
					Properties: { PolicyDocument: policy(documents.roles[name]) },
				},
			]),
		),
		...(names.includes("notifications") && documents.events
			? eventResources(documents.events)
			: {}),
	};
}

/** A template whose resources go into your own; the bucket's members belong to its other properties. */
export const cloudformation: Format = (documents, names, given) => {
	const resources = resourcesOf(documents, names);
	const asked = [...referencesOf(resources)].flatMap((name) =>
		isParameter(name) && given[name] === undefined ? [parameters[name]] : [],
	);
	const template = {
		...(asked.length === 0
			? {}
			: {
					Parameters: Object.fromEntries(
						asked.map(([name, Description]) => [
							name,
							{ Type: name === "Processor" ? "String" : "CommaDelimitedList", Description },
						]),
					),
				}),
		Resources: replaceReferences(resources, writer(given)),
	};
	return new Document<Node>(template, {
		// CloudFormation reads YAML 1.1, in which 2012-10-17 is a date
		version: "1.1",
		aliasDuplicateObjects: false,
	}).toString({ lineWidth: 0 });
};

const isParameter = (name: ReferenceName): name is keyof typeof parameters => name in parameters;
