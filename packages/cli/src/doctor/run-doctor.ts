import type { Uploads } from "@skyput/server";
import type { S3ProviderOptions } from "@skyput/server/s3";
import type { CommandContext } from "../context.js";
import { type EndpointOptions, endpointOf, headersOf } from "../endpoint-options.js";
import { usageError } from "../errors.js";
import { findUploadsFile, loadUploads } from "../load-uploads.js";
import { rulesOf } from "../providers.js";
import { checkEndpoint } from "./endpoint/check-endpoint.js";
import { type Finding, finding, type Section } from "./finding.js";
import { report } from "./report.js";
import { checkStorage } from "./storage/check-storage.js";

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

/** Bytes of the shortest token secret. */
const shortestSecret = 32;

/**
 * Runs `skyput doctor`.
 *
 * @param options - As commander read them.
 * @param context - The world around the command.
 * @throws CommandError `invalid-usage` where neither a bucket nor an endpoint was given.
 */
export async function runDoctor(options: DoctorOptions, context: CommandContext): Promise<void> {
	const { env, signal } = context;
	const url = endpointOf(options, context);
	const storage = storageOptions(options, env);
	if (storage.bucket === undefined && url === undefined) {
		throw usageError("there is nothing to try: give --bucket, --endpoint, or both.");
	}
	const origins = originsOf(options, env);
	const sections: [string, Section][] = [];
	const secrets = checkSecrets(env);
	if (secrets.length > 0) {
		sections.push(["Environment", { findings: secrets, skipped: [], left: [] }]);
	}
	if (storage.bucket !== undefined) {
		const uploads = await tableOf(options, context);
		const subject = { options: storage, origins, uploads, signal };
		sections.push([`Bucket ${storage.bucket}`, await checkStorage(subject)]);
	}
	if (url !== undefined) {
		const { key, contentType } = options;
		const headers = headersOf(options, context);
		const subject = { url, origins, headers, key, contentType, signal };
		sections.push([`Endpoint ${url}`, await checkEndpoint(subject)]);
	}
	if (origins.length === 0) {
		context.output.note("Not tried: CORS. Give the origins of your pages with --origin.");
	}
	report(context, sections);
}

type Environment = CommandContext["env"];

/** The rules of the bucket; undefined without a table. @throws CommandError */
async function tableOf(
	{ uploads: path, provider }: DoctorOptions,
	{ cwd }: CommandContext,
): Promise<Uploads | undefined> {
	const file = path ?? (await findUploadsFile(cwd));
	if (file === undefined) return undefined;
	const { uploads } = await loadUploads(cwd, file);
	if (provider === undefined) return uploads;
	return { ...uploads, rules: rulesOf(uploads, provider) };
}

/** The options of `s3Provider`, by option or variable. */
function storageOptions(options: DoctorOptions, env: Environment): S3ProviderOptions {
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

function originsOf({ origin }: DoctorOptions, env: Environment): readonly string[] {
	if (origin.length > 0) return origin;
	const listed = (env["ALLOWED_ORIGINS"] ?? "").split(",").map((text) => text.trim());
	// a page has one origin, not a pattern
	return listed.filter((text) => text !== "" && !text.includes("*"));
}

/** The variables of the ready handler that are too short. */
function checkSecrets(env: Environment): readonly Finding[] {
	return ["UPLOAD_TOKEN_SECRET", "UPLOAD_TOKEN_SECRET_PREVIOUS"].flatMap((name) => {
		const bytes = Buffer.byteLength(env[name]?.trim() ?? "");
		if (bytes === 0 || bytes >= shortestSecret) return [];
		const seen = `${name} has ${bytes} bytes.`;
		return [finding("token-secret-short", seen, `${name}="$(openssl rand -base64 32)"`)];
	});
}
