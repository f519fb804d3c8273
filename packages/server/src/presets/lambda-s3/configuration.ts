import { createCors } from "../../adapters/cors.js";
import { traitsOfHost } from "../../providers/s3/endpoint.js";
import { type CompiledRule, compileRule } from "../../uploads/compile-rule.js";
import { checkContentTypes } from "../../uploads/content-type.js";
import { normalizeKey, principalSegment } from "../../uploads/key.js";

/** The environment variables, read and checked. */
export interface Configuration {
	readonly bucket: string | undefined;
	readonly region: string | undefined;
	readonly endpoint: string | undefined;
	readonly publicEndpoint: string | undefined;
	readonly forcePathStyle: boolean | undefined;
	readonly compatibility: string | undefined;
	readonly unsignedHeaders: string | undefined;
	readonly rule: CompiledRule;
	readonly tokenSecret: string | readonly [string, string] | undefined;
	readonly origins: readonly string[];
	/** Request headers that pages may send. */
	readonly headers: readonly string[] | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

const commaList = (text: string): readonly string[] =>
	text
		.split(",")
		.map((part) => part.trim())
		.filter(Boolean);

const principalVariable = "{principal}";

/** Reads variables and collects what is wrong with each. */
class Reader {
	readonly problems: string[] = [];
	readonly #environment: Environment;

	constructor(environment: Environment) {
		this.#environment = environment;
	}

	/** Empty variables count as unset. */
	text(name: string): string | undefined {
		return this.#environment[name]?.trim() || undefined;
	}

	integer(name: string, least: number, most: number): number | undefined {
		const text = this.text(name);
		if (text === undefined) return undefined;
		const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
		if (value >= least && value <= most) return value;
		this.problems.push(`${name} must be a whole number from ${least} to ${most}, not "${text}"`);
		return undefined;
	}

	flag(name: string): boolean {
		const text = this.text(name);
		if (text === undefined || text === "false") return false;
		if (text !== "true") this.problems.push(`${name} must be "true" or "false", not "${text}"`);
		return text === "true";
	}
}

function readPrefix(read: Reader, open: boolean): CompiledRule["prefix"] {
	const prefix = read.text("KEY_PREFIX");
	if (prefix === undefined) return undefined;
	const personal = prefix.includes(principalVariable);
	if (personal && open) {
		read.problems.push(
			`KEY_PREFIX holds ${principalVariable}, but with PUBLIC_UPLOADS=true there is no principal`,
		);
	}
	if (/[{}]/.test(prefix.replaceAll(principalVariable, ""))) {
		read.problems.push(
			`KEY_PREFIX "${prefix}" has braces; only ${principalVariable} may contain braces`,
		);
	}
	// otherwise caller "7" could write to "71/..." with a key that begins with 1
	if (prefix.slice(prefix.lastIndexOf("/") + 1).includes(principalVariable)) {
		read.problems.push(
			`KEY_PREFIX "${prefix}" needs a slash after the segment of ${principalVariable}`,
		);
	}
	try {
		normalizeKey(`${prefix.replaceAll(principalVariable, "someone")}x`);
	} catch (error) {
		const why = error instanceof Error ? error.message : String(error);
		read.problems.push(`KEY_PREFIX "${prefix}" makes no valid keys: ${why}`);
	}
	if (!personal) return () => prefix;
	return (principal) => prefix.replaceAll(principalVariable, principalSegment(principal));
}

/** Reads a list; what the check throws of it is a problem of the variable. */
function readList(
	read: Reader,
	name: string,
	check: (list: readonly string[]) => unknown,
): readonly string[] | undefined {
	const text = read.text(name);
	if (text === undefined) return undefined;
	const list = commaList(text);
	try {
		check(list);
		return list;
	} catch (error) {
		const why = error instanceof Error ? error.message : String(error);
		read.problems.push(`${name}: ${why}`);
		return undefined;
	}
}

function readSecret(read: Reader): Configuration["tokenSecret"] {
	const current = read.text("UPLOAD_TOKEN_SECRET");
	const previous = read.text("UPLOAD_TOKEN_SECRET_PREVIOUS");
	for (const [name, secret] of Object.entries({
		UPLOAD_TOKEN_SECRET: current,
		UPLOAD_TOKEN_SECRET_PREVIOUS: previous,
	})) {
		if (secret !== undefined && Buffer.byteLength(secret) < 32) {
			read.problems.push(`${name} must have at least 32 bytes (openssl rand -base64 32 makes one)`);
		}
	}
	if (current === undefined && previous !== undefined) {
		read.problems.push("UPLOAD_TOKEN_SECRET_PREVIOUS is set without UPLOAD_TOKEN_SECRET");
	}
	return current !== undefined && previous !== undefined ? [current, previous] : current;
}

/** Path style by default with an endpoint, except for services that refuse it. */
function readPathStyle(read: Reader, endpoint: string | undefined): boolean | undefined {
	if (read.text("S3_FORCE_PATH_STYLE") !== undefined) return read.flag("S3_FORCE_PATH_STYLE");
	const isUrl = endpoint !== undefined && URL.canParse(endpoint);
	return isUrl && !traitsOfHost(endpoint).hostStyle ? true : undefined;
}

/** Reads all variables and collects every problem. */
export function readConfiguration(environment: Environment): {
	readonly configuration: Configuration;
	readonly problems: readonly string[];
} {
	const read = new Reader(environment);
	const bucket = read.text("BUCKET_NAME");
	if (bucket === undefined) read.problems.push("BUCKET_NAME is required");
	const open = read.flag("PUBLIC_UPLOADS");
	const expiresIn = read.integer("URL_EXPIRATION_SECONDS", 1, 604_800);
	const maxSize = read.integer("MAX_UPLOAD_BYTES", 1, Number.MAX_SAFE_INTEGER);
	const partSize = read.integer("PART_SIZE_BYTES", 1, Number.MAX_SAFE_INTEGER);
	const contentTypes = readList(read, "ALLOWED_CONTENT_TYPES", checkContentTypes);
	const prefix = readPrefix(read, open);
	const overwrite = read.flag("ALLOW_OVERWRITE");
	const tokenSecret = readSecret(read);
	const origins = readList(read, "ALLOWED_ORIGINS", (list) => createCors({ origins: list })) ?? [];
	const headers = readList(read, "ALLOWED_HEADERS", (list) =>
		createCors({ origins: ["*"], headers: list }),
	);
	const endpoint = read.text("S3_ENDPOINT");
	const rule = compileRule("*path", {
		overwrite,
		authorize: open ? "public" : ({ principal }) => principal !== null,
		expiresIn,
		maxSize,
		partSize,
		contentTypes,
	});
	const configuration = {
		bucket,
		// a service's own region goes before that of the Lambda
		region: read.text("AWS_REGION_NAME") ?? (endpoint ? undefined : read.text("AWS_REGION")),
		endpoint,
		publicEndpoint: read.text("S3_PUBLIC_ENDPOINT"),
		forcePathStyle: readPathStyle(read, endpoint),
		compatibility: read.text("S3_COMPATIBILITY"),
		unsignedHeaders: read.text("S3_UNSIGNED_HEADERS"),
		rule: prefix ? { ...rule, prefix } : rule,
		tokenSecret,
		origins,
		headers,
	};
	return { configuration, problems: read.problems };
}
