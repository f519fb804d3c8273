import { correctCapabilities, problemsOfCorrections } from "../corrections.js";
import { bucketForm, isBucket, isHostLabel } from "./bucket-name.js";
import { limitCopies, type Service } from "./compatibility.js";
import {
	type BucketEndpoint,
	bucketEndpoint,
	isAwsHost,
	traitsOfHost,
	withoutBucket,
} from "./endpoint.js";
import { hostVariables, withEnvironment } from "./environment.js";
import { optionShapes, type S3ProviderOptions } from "./options.js";
import { type ServiceName, services } from "./services.js";

/** The options, checked and completed. */
export interface S3Settings {
	readonly options: S3ProviderOptions;
	readonly bucket: string;
	readonly region: string;
	/** Null if only the SDK can resolve the host. */
	readonly endpoint: BucketEndpoint | null;
	/** The same for signed URLs. */
	readonly publicEndpoint: BucketEndpoint | null;
	/** Further names of the same bucket, for parts. */
	readonly moreEndpoints: readonly BucketEndpoint[];
	readonly signer: "skyput" | "aws-sdk";
	/** With the user's corrections. */
	readonly service: Service;
}

/**
 * Checks and completes the options.
 *
 * @throws TypeError that names every problem at once.
 */
export function readSettings(userOptions: S3ProviderOptions): S3Settings {
	const options = withEnvironment(userOptions);
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
	const accelerates = options.useAccelerateEndpoint === true;
	const isChina = regionOf(options, service)?.startsWith("cn-") === true;
	const { capabilities: known } = service;
	const checksums = { ...known.checksums, ...capabilities?.checksums };
	const objectOptions = { ...known.objectOptions, ...capabilities?.objectOptions };
	const hostOptions = ["useAccelerateEndpoint", "useDualstackEndpoint", "useFipsEndpoint"] as const;
	const rules: readonly (readonly [broken: unknown, problem: string])[] = [
		[
			given.bucket === undefined,
			"bucket: is undefined; set BUCKET_NAME, or the environment variable that you read it from",
		],
		[bucket && !isBucket(bucket), `bucket: must be ${bucketForm(bucket ?? "")}`],
		[
			given.region === undefined && regionOf(options, service) === undefined,
			"region: is missing; pass it, or set AWS_REGION",
		],
		[
			given.endpoint === undefined && service !== services.aws,
			`endpoint: is required with compatibility "${options.compatibility}"`,
		],
		...(["endpoint", "publicEndpoint"] as const).map((name) => {
			const url = options[name];
			const corrected = url && bucket && withoutBucket(url, bucket);
			return [
				corrected,
				`${name}: already contains the bucket "${bucket}", so files would be stored below a folder of that name; use "${corrected}"`,
			] as const;
		}),
		...hostOptions.map((name) => {
			const variable = name === "useAccelerateEndpoint" ? undefined : hostVariables[name];
			const remedy = variable ? `; drop it, or unset ${variable}` : "";
			return [
				(endpoint ?? options.publicEndpoint) && options[name],
				`${name}: cannot be combined with an endpoint${remedy}`,
			] as const;
		}),
		[
			accelerates && bucket && !isHostLabel(bucket),
			`useAccelerateEndpoint: Transfer Acceleration needs a bucket name that is one host label; "${bucket}" has a dot, a capital or is an ARN`,
		],
		[
			accelerates && options.useFipsEndpoint,
			"useAccelerateEndpoint: Transfer Acceleration has no FIPS endpoints; drop useFipsEndpoint (AWS_USE_FIPS_ENDPOINT), or this",
		],
		[
			accelerates && isChina,
			"useAccelerateEndpoint: the regions of China have no Transfer Acceleration",
		],
		[
			options.useFipsEndpoint && isChina,
			"useFipsEndpoint: the regions of China have no FIPS endpoints",
		],
		[
			options.forcePathStyle && traitsOfHost(options.publicEndpoint ?? endpoint).hostStyle,
			"forcePathStyle: this service refuses URLs with the bucket in the path",
		],
		[
			options.useAccelerateEndpoint && options.forcePathStyle,
			"useAccelerateEndpoint: cannot be combined with forcePathStyle",
		],
		[
			options.expectedBucketOwner && !objectOptions.bucketOwner,
			"expectedBucketOwner: the service is not known to check it; omit it, or state it (capabilities: { objectOptions: { bucketOwner: true } })",
		],
		[
			checksums.required && !(checksums.single?.length && checksums.part?.length),
			'capabilities.checksums.required: needs digests that the storage verifies, such as { single: ["md5"], part: ["md5"], required: true }',
		],
		[
			options.hosts === "all" && (endpoint ?? options.publicEndpoint),
			'hosts: only the names of AWS are known; list the names of this service instead of "all"',
		],
		[
			options.hosts && (options.signer === "aws-sdk" || (bucket && !endpointOf(options))),
			"hosts: the AWS SDK signs for one name alone; omit this, or what makes the SDK sign (signer, useAccelerateEndpoint, useFipsEndpoint, an access point)",
		],
		[
			options.signer === "skyput" && bucket && regionOf(options, service) && !endpointOf(options),
			'signer: "skyput" does not support this endpoint; omit it, or set "aws-sdk"',
		],
	];
	return [
		...rules.flatMap(([broken, problem]) => (broken ? [problem] : [])),
		...(capabilities ? problemsOfCorrections(known, capabilities) : []),
	];
}

/** The settings by which URLs are signed: the public endpoint takes the place of the server's own. */
export function signingSettings(settings: S3Settings): S3Settings {
	const { options, publicEndpoint } = settings;
	const endpoint = options.publicEndpoint ?? options.endpoint;
	return { ...settings, endpoint: publicEndpoint, options: { ...options, endpoint } };
}

function settings(options: S3ProviderOptions): S3Settings {
	const { capabilities, ...traits } = services[serviceName(options)];
	const endpoint = endpointOf(options);
	const publicEndpoint =
		options.publicEndpoint === undefined
			? endpoint
			: endpointOf({
					...options,
					endpoint: options.publicEndpoint,
					// the storage is known to take it
					forcePathStyle: options.forcePathStyle ?? (endpoint?.pathStyle || undefined),
				});
	return {
		options,
		bucket: options.bucket ?? "",
		region: regionOf(options, traits) ?? "",
		endpoint,
		publicEndpoint,
		moreEndpoints: moreEndpoints(options, publicEndpoint),
		signer: publicEndpoint === null ? "aws-sdk" : (options.signer ?? "skyput"),
		service: {
			...traits,
			capabilities: limitCopies(correctCapabilities(capabilities, options.capabilities ?? {})),
		},
	};
}

/** The other names of `hosts`, each once. */
function moreEndpoints(
	options: S3ProviderOptions,
	first: BucketEndpoint | null,
): readonly BucketEndpoint[] {
	const { hosts = [] } = options;
	const choices: readonly Partial<S3ProviderOptions>[] =
		hosts === "all"
			? [
					{ forcePathStyle: false, useDualstackEndpoint: false },
					{ forcePathStyle: true, useDualstackEndpoint: false },
					{ forcePathStyle: first?.pathStyle, useDualstackEndpoint: true },
				]
			: hosts.map((endpoint) => ({ endpoint, forcePathStyle: first?.pathStyle || undefined }));
	const found = choices.flatMap((choice) => endpointOf({ ...options, ...choice }) ?? []);
	const byHost = new Map(found.map((endpoint) => [endpoint.host, endpoint]));
	if (first) byHost.delete(first.host);
	return [...byHost.values()];
}

function serviceName({ compatibility, endpoint }: S3ProviderOptions): ServiceName {
	return compatibility ?? (endpoint === undefined ? "aws" : "unknown");
}

function regionOf(
	options: S3ProviderOptions,
	service: Pick<Service, "region">,
): string | undefined {
	const { AWS_REGION, AWS_DEFAULT_REGION } = process.env;
	const { region, endpoint } = options;
	// a standalone service has no regions and accepts the usual default
	const alone = endpoint !== undefined && !isAwsHost(endpoint) ? "us-east-1" : undefined;
	const own = service.region ?? traitsOfHost(endpoint).region;
	return region ?? own ?? (AWS_REGION || AWS_DEFAULT_REGION || alone);
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
