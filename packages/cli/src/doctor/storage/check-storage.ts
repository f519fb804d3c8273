import { UploadError, type Uploads } from "@skyput/server";
import type { PresignProvider } from "@skyput/server/provider";
import { type S3ProviderOptions, s3Provider } from "@skyput/server/s3";
import { NoAnswerError } from "../../exchange.js";
import { exchange } from "../exchange.js";
import { type Examination, type Finding, finding, type Section } from "../finding.js";
import { recommend } from "../recommend.js";
import { rulesFinding } from "../rules-finding.js";
import { checkBehaviour } from "./check-behaviour.js";
import { checkBucketCors } from "./check-bucket-cors.js";
import { checkLifecycle, checkSignatureAge } from "./check-bucket-rules.js";
import { checkPermissions } from "./check-permissions.js";
import { reachFinding, reachStorage } from "./reach-storage.js";
import { beginTrial, keySpacesOf, pageUrls, type StorageTrial } from "./storage-trial.js";
import { tryUpload } from "./try-upload.js";

/** A bucket to look at. */
export interface StorageSubject {
	readonly options: S3ProviderOptions;
	/** What the user's file made with these options, perhaps staged. @default a provider with these options */
	readonly provider?: PresignProvider | undefined;
	/** Origins of the pages that upload; without any, CORS is not tried. */
	readonly origins: readonly string[];
	/** The user's table; without one, the whole bucket is tried for what every upload needs. */
	readonly uploads?: Uploads | undefined;
	/** Ends the checks; what they stored is deleted all the same. @default never */
	readonly signal?: AbortSignal | undefined;
}

/** Of a failure of the storage or the network; undefined for any other. */
function reasonOf(error: unknown): string | undefined {
	if (error instanceof UploadError) return error.reason;
	return error instanceof NoAnswerError ? error.message : undefined;
}

/** Makes the provider, and the handler that would refuse the rules. */
function makeProvider({
	options,
	uploads,
	provider: given,
}: StorageSubject): PresignProvider | Finding {
	let provider: PresignProvider;
	try {
		provider = given ?? s3Provider(options);
	} catch (error) {
		return finding(
			"storage-options-invalid",
			error instanceof Error ? error.message : String(error),
		);
	}
	if (!uploads) return provider;
	// whether the storage accepts unsigned headers is tried
	const { unsignedHeaders = "accepted" } = options;
	const known = given ?? s3Provider({ ...options, unsignedHeaders });
	return rulesFinding(uploads, known) ?? provider;
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

/** Sends the preflights of pages to every name of the bucket, until one is refused. */
async function checkPages(
	trial: StorageTrial,
	urls: readonly string[],
): Promise<readonly Finding[]> {
	const { origins, rules } = trial;
	const pages = { origins, fix: recommend("cors", trial) };
	const headers = await headersOfPages(trial);
	const isRead = rules.some((rule) => rule.authorizeRead);
	for (const url of urls) {
		const puts = await checkBucketCors({ ...pages, url, method: "PUT", headers });
		if (puts.length > 0) return puts;
		if (!isRead) continue;
		const gets = await checkBucketCors({ ...pages, url, method: "GET", headers: [] });
		if (gets.length > 0) return gets;
	}
	return [];
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
	let contacts: readonly string[] = [];
	try {
		contacts = await examine(trial, { findings, skipped, signal: subject.signal });
	} catch (error) {
		// a network that fails in the middle, or an answer of no storage
		const reason = reasonOf(error);
		if (reason === undefined) throw error;
		const found =
			error instanceof NoAnswerError
				? finding("storage-unreachable", error.message)
				: reachFinding(error, trial);
		if (found) findings.push(found);
		skipped.push(`the rest of the storage's checks: ${reason}`);
	} finally {
		left = await trial.clean();
	}
	return { findings, skipped, left, contacts };
}

/** The checks, each of which needs those before it. @returns the origins of the bucket's names */
async function examine(
	trial: StorageTrial,
	{ findings, skipped, signal }: Examination,
): Promise<readonly string[]> {
	const unreached = await reachStorage(trial);
	if (unreached) {
		findings.push(unreached);
		return [];
	}
	const upload = await tryUpload(trial);
	const urls = await pageUrls(trial, trial.key("page"));
	const contacts = urls.map((url) => new URL(url).origin);
	// the names that only parts go to; any answer will do
	for (const url of urls.slice(1)) await exchange(url, { method: "OPTIONS" });
	findings.push(...upload.findings, ...(await checkPages(trial, urls)));
	if (!upload.stored) return contacts;
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
	return contacts;
}
