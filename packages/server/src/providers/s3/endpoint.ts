import { isArn, isHostLabel } from "./bucket-name.js";

/** The endpoint of a bucket. */
export interface BucketEndpoint {
	/** Base URL of the service without the bucket, for the SDK's client. */
	readonly service: string;
	/** `https://host[:port]`, with the bucket in the host unless it is in the path. */
	readonly origin: string;
	/** The signed Host header, without a default port, as clients send it. */
	readonly host: string;
	/** Path before the encoded key, with a trailing slash. */
	readonly pathPrefix: string;
	readonly pathStyle: boolean;
}

export interface EndpointOptions {
	readonly bucket: string;
	readonly region: string;
	readonly endpoint?: string | undefined;
	readonly pathStyle: boolean;
	readonly dualstack: boolean;
}

/** Regions whose host names follow one scheme, by the SDK's partition table. */
const partitions: readonly { readonly regions: RegExp; readonly domain: string }[] = [
	{ regions: /^(us|eu|ap|sa|ca|me|af|il|mx)-\w+-\d+$/, domain: "amazonaws.com" },
	{ regions: /^us-gov-\w+-\d+$/, domain: "amazonaws.com" },
	{ regions: /^cn-\w+-\d+$/, domain: "amazonaws.com.cn" },
];

/** Suffixes of names that are not plain buckets (Express, Outposts, Object Lambda, multi-region). */
const specialNames = /(--x-s3|--op-s3|--ol-s3|\.mrap)$/;

/**
 * The endpoint of a bucket, or null where this table does not know it (access point ARNs, special buckets, some
 * partitions): then the SDK's rules are used.
 */
export function bucketEndpoint(options: EndpointOptions): BucketEndpoint | null {
	const { bucket } = options;
	if (isArn(bucket) || specialNames.test(bucket)) return null;
	const service = options.endpoint ?? awsEndpoint(options.region, options.dualstack);
	if (service === null) return null;
	const url = new URL(service);
	const base = url.pathname.replace(/\/+$/, "");
	const pathStyle =
		options.pathStyle || base !== "" || !isHostLabel(bucket) || isBareHost(url.hostname);
	const host = pathStyle ? url.host : `${bucket}.${url.host}`;
	return {
		service: `${url.origin}${base}`,
		origin: `${url.protocol}//${host}`,
		host,
		pathPrefix: pathStyle ? `${base}/${bucket}/` : "/",
		pathStyle,
	};
}

/**
 * Removes the bucket from an endpoint that contains it (`https://host/bucket`, `https://bucket.host`), which
 * would store files below `bucket/bucket/`. Undefined if it doesn't.
 */
export function withoutBucket(endpoint: string, bucket: string): string | undefined {
	if (isArn(bucket)) return undefined;
	const { protocol, host, hostname, pathname } = new URL(endpoint);
	const path = pathname.replace(/\/+$/, "");
	if (path.endsWith(`/${bucket}`)) {
		return `${protocol}//${host}${path.slice(0, -bucket.length - 1)}`;
	}
	const rest = host.slice(bucket.length + 1);
	// a service's host name may start with the bucket's name: https://media.example.com
	const inHost = host.startsWith(`${bucket.toLowerCase()}.`) && rest.split(".").length > 2;
	return inHost && !isBareHost(hostname) ? `${protocol}//${rest}${path}` : undefined;
}

function awsEndpoint(region: string, dualstack: boolean): string | null {
	const partition = partitions.find(({ regions }) => regions.test(region));
	if (partition === undefined) return null;
	return `https://s3${dualstack ? ".dualstack" : ""}.${region}.${partition.domain}`;
}

/** Services that a host name shows: their region, and those that refuse path style. */
const knownHosts: readonly (readonly [
	host: RegExp,
	traits: { readonly region?: string; readonly hostStyle?: true },
])[] = [
	[/\.r2\.cloudflarestorage\.com$/, { region: "auto" }],
	[/(^|\.)(fly\.storage\.tigris\.dev|t3\.storage\.dev)$/, { region: "auto" }],
	// signs with this one, regardless of the region in its name
	[/\.digitaloceanspaces\.com$/, { region: "us-east-1" }],
	[
		/(?:^|\.)(?:s3\.)?(?:oss-)(?<region>[a-z0-9-]+?)(?:-internal)?\.aliyuncs\.com$/,
		{ hostStyle: true },
	],
	[
		/(?:^|\.)cos(?:-internal)?\.(?<region>[a-z0-9-]+)\.(?:myqcloud|tencentcos)\.(?:com|cn)$/,
		{ hostStyle: true },
	],
	[
		/(?:^|\.)s3\.(?<region>[a-z0-9-]+)\.(?:wasabisys\.com|backblazeb2\.com|scw\.cloud|io\.cloud\.ovh\.net)$/,
		{},
	],
];

/** What the host name of an endpoint tells about its service. */
export function traitsOfHost(endpoint: string | undefined): {
	readonly region?: string | undefined;
	/** The service refuses path style. */
	readonly hostStyle?: boolean | undefined;
} {
	if (endpoint === undefined) return {};
	const name = new URL(endpoint).hostname;
	for (const [host, traits] of knownHosts) {
		const match = host.exec(name);
		if (match) return { ...traits, region: traits.region ?? match.groups?.["region"] };
	}
	return {};
}

/** Whether a host name belongs to AWS. */
export function isAwsHost(endpoint: string): boolean {
	return /\.amazonaws\.com(\.cn)?$/.test(new URL(endpoint).hostname);
}

// IP addresses have no subdomains, and few resolvers know *.localhost
function isBareHost(hostname: string): boolean {
	return hostname === "localhost" || hostname.startsWith("[") || /^[\d.]+$/.test(hostname);
}
