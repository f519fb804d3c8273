import type { S3ProviderOptions } from "@skyput/server/s3";
import type { CommandContext } from "../context.js";
import type { EndpointOptions } from "../endpoint-options.js";

/** The options as commander reads them. */
export interface DoctorOptions extends EndpointOptions {
	readonly bucket?: string;
	readonly region?: string;
	readonly s3Endpoint?: string;
	readonly publicEndpoint?: string;
	readonly pathStyle?: true;
	readonly compatibility?: string;
	readonly unsignedHeaders?: string;
	readonly uploads?: string;
	readonly provider?: string;
	readonly origin: readonly string[];
	readonly key?: string;
	readonly contentType: string;
}

export type Environment = CommandContext["env"];

/** The options of `s3Provider`, by option or variable. */
export function storageOptions(options: DoctorOptions, env: Environment): S3ProviderOptions {
	const pathStyle = options.pathStyle ?? (env["S3_FORCE_PATH_STYLE"] === "true" || undefined);
	const given = {
		region: options.region ?? env["AWS_REGION_NAME"],
		endpoint: options.s3Endpoint ?? env["S3_ENDPOINT"],
		publicEndpoint: options.publicEndpoint ?? env["S3_PUBLIC_ENDPOINT"],
		forcePathStyle: pathStyle,
		compatibility: options.compatibility ?? env["S3_COMPATIBILITY"],
		unsignedHeaders: options.unsignedHeaders ?? env["S3_UNSIGNED_HEADERS"],
	};
	// empty variables count as unset; the provider refuses unknown words
	const set = Object.entries(given).filter(([, value]) => value !== undefined && value !== "");
	return {
		...Object.fromEntries(set),
		bucket: (options.bucket ?? env["BUCKET_NAME"]) || undefined,
	};
}

/** The origins of pages, by option or variable. */
export function originsOf({ origin }: DoctorOptions, env: Environment): readonly string[] {
	if (origin.length > 0) return origin;
	const listed = (env["ALLOWED_ORIGINS"] ?? "").split(",").map((text) => text.trim());
	// a page has one origin, not a pattern
	return listed.filter((text) => text !== "" && !text.includes("*"));
}
