import { UploadError, type Uploads } from "@skyput/server";
import type { PresignProvider } from "@skyput/server/provider";
import { type S3ProviderOptions, s3Provider } from "@skyput/server/s3";
import { createFetchHandler } from "@skyput/server/web";
import { NoAnswerError } from "../../exchange.js";
import { providerForAll } from "../../providers.js";
import { type Finding, finding, type Section } from "../finding.js";
import { checkBehaviour } from "./check-behaviour.js";
import { checkBucketCors } from "./check-bucket-cors.js";
import { checkLifecycle, checkSignatureAge } from "./check-bucket-rules.js";
import { checkPermissions } from "./check-permissions.js";
import { reachFinding, reachStorage } from "./reach-storage.js";
import { beginTrial, keySpacesOf, type StorageTrial } from "./storage-trial.js";
import { tryUpload } from "./try-upload.js";

/** A bucket to look at. */
export interface StorageSubject {
	readonly options: S3ProviderOptions;
	/** Origins of the pages that upload; without any, CORS is not tried. */
	readonly origins: readonly string[];
	/** The user's table; without one, the whole bucket is tried for what every upload needs. */
	readonly uploads?: Uploads | undefined;
	/** Ends the checks; what they stored is deleted all the same. @default never */
	readonly signal?: AbortSignal | undefined;
}

const messageOf = (error: unknown): string =>
	error instanceof Error ? error.message : String(error);

/** Of a failure of the storage or the network; undefined for any other. */
function reasonOf(error: unknown): string | undefined {
	if (error instanceof UploadError) return error.reason;
	return error instanceof NoAnswerError ? error.message : undefined;
}

/** Makes the provider, and the handler that would refuse the rules. */
function makeProvider({ options, uploads }: StorageSubject): PresignProvider | Finding {
	let provider: PresignProvider;
	try {
		provider = s3Provider(options);
	} catch (error) {
		return finding("storage-options-invalid", messageOf(error));
	}
	if (!uploads) return provider;
	try {
		// whether the storage accepts unsigned headers is tried
		const { unsignedHeaders = "accepted" } = options;
		const known = s3Provider({ ...options, unsignedHeaders });
		createFetchHandler({
			uploads,
			provider: providerForAll(uploads, known),
			tokenSecret: crypto.randomUUID(),
			log: { error() {}, warn() {}, info() {} },
		});
	} catch (error) {
		return finding("rules-unsupported", messageOf(error));
	}
	return provider;
}

/** The headers of an upload by a page, as a handler signs them. */
async function headersOfPages(trial: StorageTrial): Promise<readonly string[]> {
	const { provider } = trial;
	const { createOnly, checksums } = provider.capabilities;
	const checksum = checksums.single.includes("crc32")
		? ({ algorithm: "crc32", value: "AAAAAA==" } as const)
		: undefined;
	const { headers } = await provider.signUpload(
		{ key: trial.key("page"), size: 0, contentType: "image/png", uploadId: "probe" },
		{ expiresIn: 300, createOnly: createOnly.single === "enforced", checksum },
	);
	const names = Object.keys(headers).map((name) => name.toLowerCase());
	return checksums.part.includes("md5") ? [...names, "content-md5"] : names;
}

async function checkPages(trial: StorageTrial): Promise<readonly Finding[]> {
	const { origins, uploads, provider, rules } = trial;
	const spec = { key: trial.key("page"), size: 0 };
	const { url } = await provider.signUpload(spec, { expiresIn: 300, createOnly: false });
	const headers = await headersOfPages(trial);
	const puts = await checkBucketCors({ url, origins, uploads, method: "PUT", headers });
	if (puts.length > 0 || !rules.some((rule) => rule.authorizeRead)) return puts;
	return checkBucketCors({ url, origins, uploads, method: "GET", headers: [] });
}

/** Tries a bucket as the server and as a page would, with objects that it deletes again. */
export async function checkStorage(subject: StorageSubject): Promise<Section> {
	const made = makeProvider(subject);
	if ("severity" in made) return { findings: [made], skipped: [], left: [] };
	const { options, origins, uploads } = subject;
	const rules = uploads?.rules ?? [];
	const keySpaces = keySpacesOf(rules);
	const trial = beginTrial({ options, provider: made, origins, uploads, rules, keySpaces });
	const findings: Finding[] = [];
	const skipped: string[] = [];
	let left: readonly string[] = [];
	try {
		await examine(trial, { findings, skipped, signal: subject.signal });
	} catch (error) {
		// a network that fails in the middle, or an answer of no storage
		const reason = reasonOf(error);
		if (reason === undefined) throw error;
		const found = reachFinding(error, trial);
		if (found) findings.push(found);
		skipped.push(`the rest of the storage's checks: ${reason}`);
	} finally {
		left = await trial.clean();
	}
	return { findings, skipped, left };
}

interface Examination {
	readonly findings: Finding[];
	readonly skipped: string[];
	readonly signal: AbortSignal | undefined;
}

/** The checks, each of which needs those before it. */
async function examine(
	trial: StorageTrial,
	{ findings, skipped, signal }: Examination,
): Promise<void> {
	const unreached = await reachStorage(trial);
	if (unreached) return void findings.push(unreached);
	const upload = await tryUpload(trial);
	findings.push(...upload.findings, ...(await checkPages(trial)));
	if (!upload.stored) return;
	signal?.throwIfAborted();
	const permissions = await checkPermissions(trial);
	findings.push(...permissions);
	signal?.throwIfAborted();
	const behaviour = permissions.some(({ severity }) => severity === "error")
		? { findings: [], skipped: "what the storage enforces: permissions are missing" }
		: await checkBehaviour(trial);
	findings.push(...behaviour.findings);
	signal?.throwIfAborted();
	const lifecycle = await checkLifecycle(trial);
	findings.push(...(await checkSignatureAge(trial)), ...lifecycle.findings);
	for (const { skipped: why } of [behaviour, lifecycle]) if (why) skipped.push(why);
}
