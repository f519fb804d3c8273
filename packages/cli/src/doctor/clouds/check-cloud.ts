import { type CompiledRule, UploadError, type Uploads } from "@skyput/server";
import type { PresignProvider } from "@skyput/server/provider";
import { NoAnswerError } from "../../exchange.js";
import type { CloudMade } from "../choose-storages.js";
import { type Examination, type Finding, finding, type Section } from "../finding.js";
import { rulesFinding } from "../rules-finding.js";
import { beginTrial, keySpacesOf, type ObjectTrial, pageUrls } from "../storage/storage-trial.js";
import { azureSetup } from "./azure-setup.js";
import { type CloudSetup, callFinding, cloudFinding } from "./cloud-setup.js";
import { gcsSetup } from "./gcs-setup.js";
import { tryParts, tryWhole } from "./try-cloud-upload.js";

/** A bucket of Google Cloud Storage, or a container of Azure. */
export interface CloudSubject {
	readonly provider: PresignProvider;
	/** How the user's file made it. */
	readonly made: CloudMade;
	/** The user's table, with the rules of this provider. */
	readonly uploads: Uploads;
	/** Origins of the pages that upload; without any, CORS is not tried. */
	readonly origins: readonly string[];
	/** Ends the checks; what they stored is deleted all the same. @default never */
	readonly signal?: AbortSignal | undefined;
}

export const setupOf = (made: CloudSubject["made"]): CloudSetup =>
	made.cloud === "gcs" ? gcsSetup(made.options) : azureSetup(made.options);

/** Tries a bucket as the server and as a page would, with objects that it deletes again. */
export async function checkCloud({
	provider,
	made,
	uploads,
	origins,
	signal,
}: CloudSubject): Promise<Section> {
	const setup = setupOf(made);
	const refused = rulesFinding(uploads, provider);
	if (refused) return { findings: [refused], skipped: [], left: [] };
	const { rules } = uploads;
	const keySpaces = keySpacesOf(rules);
	const trial = beginTrial({ provider, origins, rules, keySpaces });
	const findings: Finding[] = [];
	const skipped: string[] = [];
	let left: readonly string[] = [];
	let contacts: readonly string[] = [];
	try {
		const urls = await pageUrls(trial, trial.key("page"));
		contacts = urls.map((url) => new URL(url).origin);
		await examine(trial, setup, { findings, skipped, signal });
	} catch (error) {
		const found = error instanceof NoAnswerError ? unreachable(error) : callFinding(setup, error);
		if (found) findings.push(found);
		else if (!(error instanceof UploadError)) throw error;
		else skipped.push(`the rest of the storage's checks: ${error.reason}`);
	} finally {
		left = await trial.clean();
	}
	return { findings: unique(findings), skipped, left, contacts };
}

const unreachable = ({ message }: NoAnswerError): Finding =>
	finding("storage-unreachable", message);

/** A setting that both kinds of uploads need is found twice. */
const unique = (findings: readonly Finding[]): readonly Finding[] => [
	...new Map(findings.map((one) => [`${one.code} ${one.message}`, one])).values(),
];

/** The checks, each of which needs those before it. @throws UploadError, NoAnswerError */
async function examine(
	trial: ObjectTrial,
	setup: CloudSetup,
	{ findings, skipped, signal }: Examination,
): Promise<void> {
	const { provider, rules } = trial;
	const { single, multipart } = provider.capabilities;
	await reach(provider, trial.key("none"));
	let stored: string | undefined;
	for (const [isThere, attempt] of [
		[single.maxSize > 0, tryWhole],
		[multipart !== false, tryParts],
	] as const) {
		if (!isThere) continue;
		signal?.throwIfAborted();
		const result = await attempt(trial, setup);
		findings.push(...result.findings);
		if (!result.stored) return;
		stored = result.stored;
	}
	signal?.throwIfAborted();
	if (stored !== undefined) {
		const info = await provider.head(stored);
		if (info === null) {
			findings.push(cloudFinding(setup, "permission-missing", "What was stored is not found."));
		}
		if (deletes(provider, rules)) await provider.delete(stored);
	}
	const lifecycle = await setup.checkLifecycle();
	findings.push(...lifecycle.findings);
	if (lifecycle.skipped) skipped.push(lifecycle.skipped);
}

/** Makes one call with the server's credentials. @throws UploadError unless it is answered */
async function reach(provider: PresignProvider, key: string): Promise<void> {
	try {
		await provider.listParts({ key, id: "none/none" }, {});
	} catch (error) {
		if (!(error instanceof UploadError && /^(upload-)?not-found$/.test(error.code))) throw error;
	}
}

/** Whether the server deletes: what it stages, and what the rules delete or replace. */
function deletes({ capabilities }: PresignProvider, rules: readonly CompiledRule[]): boolean {
	const stages = capabilities.createOnly.multipart !== "none";
	return stages || rules.some((rule) => rule.authorizeDelete || rule.overwrite || rule.quarantine);
}
