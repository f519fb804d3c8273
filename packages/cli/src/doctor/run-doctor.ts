import type { CommandContext } from "../context.js";
import { endpointOf, headersOf } from "../endpoint-options.js";
import { usageError } from "../errors.js";
import { findUploadsFile, type LoadedUploads, loadUploads } from "../load-uploads.js";
import { checkPagePolicies } from "./check-page-policies.js";
import { chooseStorages, type Storage } from "./choose-storages.js";
import { checkCloud, setupOf } from "./clouds/check-cloud.js";
import { type DoctorOptions, type Environment, originsOf } from "./doctor-options.js";
import { checkEndpoint } from "./endpoint/check-endpoint.js";
import { type Finding, finding, type Section } from "./finding.js";
import { report } from "./report.js";
import { checkStorage } from "./storage/check-storage.js";

/** Bytes of the shortest token secret. */
const shortestSecret = 32;

/**
 * Runs `skyput doctor`.
 *
 * @param options - As commander read them.
 * @param context - The world around the command.
 * @throws CommandError `invalid-usage` where there is neither a storage nor an endpoint to try.
 */
export async function runDoctor(options: DoctorOptions, context: CommandContext): Promise<void> {
	const { env, signal } = context;
	const url = endpointOf(options, context);
	const loaded = await loadTable(options, context);
	const origins = originsOf(options, env);
	const storages = chooseStorages(options, env, loaded);
	const unread = storages.length === 0 && loaded?.unreadProvider;
	const unreadStorage = `the storage, since the table's file exports provider as ${unread}. Export a storage such as s3Provider({ bucket }), or an object of named ones, or give --bucket.`;
	if (storages.length === 0 && url === undefined) {
		throw usageError(
			unread
				? `doctor cannot try ${unreadStorage}`
				: "there is nothing to try: give --bucket, --endpoint, or both, or export `provider` beside `uploads`.",
		);
	}
	if (unread) context.output.warn(`Not tried: ${unreadStorage}`);
	const sections: [string, Section][] = [];
	const secrets = checkSecrets(env);
	if (secrets.length > 0) {
		sections.push(["Environment", { findings: secrets, skipped: [], left: [] }]);
	}
	for (const storage of storages) sections.push(await tryStorage(storage, origins, signal));
	if (url !== undefined) {
		const { key, contentType } = options;
		const headers = headersOf(options, context);
		const subject = { url, origins, headers, key, contentType, signal };
		sections.push([`Endpoint ${url}`, await checkEndpoint(subject)]);
	}
	const named = [...new Set(sections.flatMap(([, section]) => section.contacts ?? []))];
	// the handler alone is half of what pages connect to
	const contacts = named.some((name) => !url?.startsWith(name)) ? named : [];
	const pages = await checkPagePolicies(origins, contacts);
	if (pages.findings.length + pages.skipped.length > 0) sections.push(["Pages", pages]);
	if (origins.length === 0) {
		context.output.warn("Not tried: CORS. Give the origins of your pages with --origin.");
	}
	report(context, sections, contacts);
}

/** The user's table, and what its file exports beside it; undefined where there is none. @throws CommandError */
async function loadTable(
	{ uploads: path }: DoctorOptions,
	{ cwd, signal }: CommandContext,
): Promise<LoadedUploads | undefined> {
	const file = path ?? (await findUploadsFile(cwd));
	return file === undefined ? undefined : loadUploads(cwd, { path: file, signal });
}

async function tryStorage(
	storage: Storage,
	origins: readonly string[],
	signal: AbortSignal,
): Promise<[string, Section]> {
	if (storage.cloud === "s3") {
		const title = `Bucket ${storage.options.bucket}`;
		return [title, await checkStorage({ ...storage, origins, signal })];
	}
	const subject = { ...storage, made: storage, origins, signal };
	return [setupOf(storage).title, await checkCloud(subject)];
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
