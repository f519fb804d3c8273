import { type Service, type ServiceName, services } from "./compatibility.js";
import { correctCapabilities, problemsOfCorrections } from "./corrections.js";
import { type BucketEndpoint, bucketEndpoint, isArn, isAwsHost } from "./endpoint.js";
import { optionShapes, type S3ProviderOptions } from "./options.js";

/** The options, checked and completed. */
export interface Settings {
	readonly options: S3ProviderOptions;
	readonly bucket: string;
	readonly region: string;
	/** Null where only the SDK knows the host. */
	readonly endpoint: BucketEndpoint | null;
	readonly signer: "skyput" | "aws-sdk";
	/** With the user's corrections. */
	readonly service: Service;
	readonly createOnlyPlace: "header" | "query";
}

/**
 * Checks and completes the options.
 *
 * @throws TypeError that names every problem at once.
 */
export function readSettings(options: S3ProviderOptions): Settings {
	const given = Object.entries(options).filter(([, value]) => value !== undefined);
	const problems = given.flatMap(([name, value]) => problemOfOption(name, value));
	// the rules below read each other's options, so they wait until each is sound by itself
	if (problems.length === 0) problems.push(...problemsTogether(options));
	else if (options.bucket === undefined) problems.push(missingBucket);
	if (problems.length > 0) {
		throw new TypeError(`s3Provider cannot work with these options:\n- ${problems.join("\n- ")}`);
	}
	return settings(options);
}

const missingBucket = "bucket: is missing";

function problemOfOption(name: string, value: unknown): string[] {
	const shape = Object.hasOwn(optionShapes, name)
		? optionShapes[name as keyof typeof optionShapes]
		: undefined;
	if (shape === undefined) return [`${name}: there is no such option`];
	return shape.accepts(value) ? [] : [`${name}: must be ${shape.wants}`];
}

function problemsTogether(options: S3ProviderOptions): string[] {
	const { bucket, endpoint, compatibility, signer } = options;
	const problems: string[] = [];
	const refuse = (name: keyof S3ProviderOptions, why: string): void => {
		problems.push(`${name}: ${why}`);
	};
	if (bucket === undefined) problems.push(missingBucket);
	else if (!isBucket(bucket)) refuse("bucket", problemOfBucket(bucket));
	if (compatibility !== undefined && !Object.hasOwn(services, compatibility)) {
		refuse("compatibility", `must be one of ${Object.keys(services).join(", ")}`);
		return problems;
	}
	const service = services[serviceName(options)];
	if (regionOf(options, service) === undefined) {
		refuse("region", "is missing; give it, or set AWS_REGION");
	}
	if (endpoint === undefined && service !== services.aws) {
		refuse("endpoint", `is needed with compatibility "${compatibility}"`);
	}
	for (const name of [
		"useAccelerateEndpoint",
		"useDualstackEndpoint",
		"useFipsEndpoint",
	] as const) {
		if (options[name] && endpoint !== undefined) refuse(name, "does not go with an endpoint");
	}
	if (options.useAccelerateEndpoint && options.forcePathStyle) {
		refuse("useAccelerateEndpoint", "does not go with forcePathStyle");
	}
	if (options.createOnly === "query" && endpoint !== undefined && !isAwsHost(endpoint)) {
		refuse("createOnly", '"query" is accepted for AWS hosts only');
	}
	if (options.capabilities) {
		problems.push(...problemsOfCorrections(service.capabilities, options.capabilities));
	}
	if (problems.length === 0 && signer === "skyput" && endpointOf(options) === null) {
		refuse("signer", '"skyput" does not know this endpoint; leave it out, or say "aws-sdk"');
	}
	return problems;
}

function settings(options: S3ProviderOptions): Settings {
	const base = services[serviceName(options)];
	const endpoint = endpointOf(options);
	return {
		options,
		bucket: options.bucket ?? "",
		region: regionOf(options, base) ?? "",
		endpoint,
		signer: endpoint === null ? "aws-sdk" : (options.signer ?? "skyput"),
		service: {
			...base,
			capabilities: correctCapabilities(base.capabilities, options.capabilities ?? {}),
		},
		createOnlyPlace: options.createOnly ?? "header",
	};
}

function serviceName({ compatibility, endpoint }: S3ProviderOptions): ServiceName {
	return compatibility ?? (endpoint === undefined ? "aws" : "unknown");
}

function regionOf(options: S3ProviderOptions, service: Service): string | undefined {
	const { AWS_REGION, AWS_DEFAULT_REGION } = process.env;
	return (
		options.region ??
		service.region ??
		(AWS_REGION || AWS_DEFAULT_REGION || (options.endpoint && "us-east-1") || undefined)
	);
}

function endpointOf(options: S3ProviderOptions): BucketEndpoint | null {
	if (options.useAccelerateEndpoint || options.useFipsEndpoint) return null;
	const service = services[serviceName(options)];
	return bucketEndpoint({
		bucket: options.bucket ?? "",
		region: regionOf(options, service) ?? "",
		endpoint: options.endpoint,
		pathStyle: options.forcePathStyle ?? service.pathStyle,
		dualstack: options.useDualstackEndpoint ?? false,
	});
}

// old buckets of us-east-1 and those of Ceph may have capitals, underscores and up to 255 characters
const bucketName = /^[A-Za-z0-9](?!.*\.\.)[A-Za-z0-9._-]{1,253}[A-Za-z0-9]$/;

const accessPoint =
	/^arn:aws[a-z-]*:s3(-outposts)?:[a-z0-9-]+:\d{12}:(accesspoint|outpost)[/:][A-Za-z0-9/:-]+$/;

function isBucket(bucket: string): boolean {
	return isArn(bucket) ? accessPoint.test(bucket) : bucketName.test(bucket);
}

function problemOfBucket(bucket: string): string {
	return isArn(bucket)
		? "must be the ARN of an access point with a region (those of many regions need another kind of signature)"
		: "must be 3 to 255 letters, digits, dots, hyphens and underscores, with a letter or digit at both ends";
}
