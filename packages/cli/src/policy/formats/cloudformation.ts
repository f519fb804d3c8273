import { Document, type Node, Scalar } from "yaml";
import type { LifecycleRule, PolicyDocuments } from "../documents.js";
import { type Reference, referencesOf, replaceReferences, type Value } from "../values.js";
import {
	asked,
	type DocumentName,
	type Format,
	type Given,
	isAsked,
	isRole,
	policy,
	policyName,
} from "./format.js";

/** The name of a parameter: `Origins`. */
const parameterName = (name: string): string => `${name[0]?.toUpperCase()}${name.slice(1)}`;

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
			return given[reference] ?? tagged("!Ref", parameterName(reference));
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
	const parameters = [...referencesOf(resources)]
		.filter(isAsked)
		.filter((name) => given[name] === undefined);
	const template = {
		...(parameters.length === 0
			? {}
			: {
					Parameters: Object.fromEntries(
						parameters.map((name) => [
							parameterName(name),
							{
								Type: name === "processor" ? "String" : "CommaDelimitedList",
								Description: asked[name],
							},
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
