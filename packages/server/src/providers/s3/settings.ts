import { type Service, type ServiceName, services } from "./compatibility.js";
import { correctCapabilities, problemsOfCorrections } from "./corrections.js";
import {
	type BucketEndpoint,
	bucketEndpoint,
	isArn,
	isAwsHost,
	withoutBucket,
} from "./endpoint.js";
import { optionShapes, type S3ProviderOptions } from "./options.js";

/** The options, checked and completed. */
export interface S3Settings {
	readonly options: S3ProviderOptions;
	readonly bucket: string;
	readonly region: string;
	/** Null if only the SDK can resolve the host. */
	readonly endpoint: BucketEndpoint | null;
	readonly signer: "skyput" | "aws-sdk";
	/** With the user's corrections. */
	readonly service: Service;
}

/**
 * Checks and completes the options.
 *
 * @throws TypeError that names every problem at once.
 */
export function readSettings(options: S3ProviderOptions): S3Settings {
	const given = Object.entries(options).filter(([, value]) => value !== undefined);
	const problems = given.flatMap(([name, value]) => problemOfOption(name, value));
	// checks across options use only those that are valid
	const valid = given.filter(([name, value]) => problemOfOption(name, value).length === 0);
	problems.push(...problemsTogether(options, Object.fromEntries(valid)));
	if (problems.length > 0) {
		throw new TypeError(`s3Provider cannot work with these options:\n- ${problems.join("\n- ")}`);
	}
	return settings(options);
}

function problemOfOption(name: string, value: unknown): string[] {
	const shape = Object.hasOwn(optionShapes, name)
		? optionShapes[name as keyof S3ProviderOptions]
		: undefined;
	if (shape === undefined) return [`${name}: there is no such option`];
	return shape.accepts(value) ? [] : [`${name}: must be ${shape.wants}`];
}

/** Checks across options. `given` has all options, `valid` the valid ones. */
function problemsTogether(
	given: S3ProviderOptions,
	valid: Partial<S3ProviderOptions>,
): readonly string[] {
	const options = { ...valid, bucket: valid.bucket };
	const { bucket, endpoint, capabilities } = options;
	const service = services[serviceName(options)];
	const corrected = endpoint && bucket && withoutBucket(endpoint, bucket);
	const hostOptions = ["useAccelerateEndpoint", "useDualstackEndpoint", "useFipsEndpoint"] as const;
	const rules: readonly (readonly [broken: unknown, problem: string])[] = [
		[
			given.bucket === undefined,
			"bucket: is undefined; set BUCKET_NAME, or the environment variable that you read it from",
		],
		[
			bucket && !isBucket(bucket),
			`bucket: must be ${isArn(bucket ?? "") ? arnShape : bucketShape}`,
		],
		[
			given.region === undefined && regionOf(options, service) === undefined,
			"region: is missing; pass it, or set AWS_REGION",
		],
		[
			given.endpoint === undefined && service !== services.aws,
			`endpoint: is required with compatibility "${options.compatibility}"`,
		],
		[
			corrected,
			`endpoint: already contains the bucket "${bucket}", so files would be stored below a folder of that name; use "${corrected}"`,
		],
		...hostOptions.map(
			(name) =>
				[endpoint && options[name], `${name}: cannot be combined with an endpoint`] as const,
		),
		[
			options.useAccelerateEndpoint && options.forcePathStyle,
			"useAccelerateEndpoint: cannot be combined with forcePathStyle",
		],
		[
			options.signer === "skyput" && bucket && regionOf(options, service) && !endpointOf(options),
			'signer: "skyput" does not support this endpoint; omit it, or set "aws-sdk"',
		],
	];
	return [
		...rules.flatMap(([broken, problem]) => (broken ? [problem] : [])),
		...(capabilities ? problemsOfCorrections(service.capabilities, capabilities) : []),
	];
}

function settings(options: S3ProviderOptions): S3Settings {
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
	};
}

function serviceName({ compatibility, endpoint }: S3ProviderOptions): ServiceName {
	return compatibility ?? (endpoint === undefined ? "aws" : "unknown");
}

function regionOf(options: S3ProviderOptions, service: Service): string | undefined {
	const { AWS_REGION, AWS_DEFAULT_REGION } = process.env;
	const { region, endpoint } = options;
	// a standalone service has no regions and accepts the usual default
	const alone = endpoint !== undefined && !isAwsHost(endpoint) ? "us-east-1" : undefined;
	return region ?? service.region ?? (AWS_REGION || AWS_DEFAULT_REGION || alone);
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

const bucketShape =
	"3 to 255 letters, digits, dots, hyphens and underscores, with a letter or digit at both ends";
const arnShape =
	"the ARN of an access point with a region (those of many regions need another kind of signature)";

function isBucket(bucket: string): boolean {
	return isArn(bucket) ? accessPoint.test(bucket) : bucketName.test(bucket);
}
