import { partUrl } from "#protocol";
import { hasCode, UploadError } from "./errors.js";
import type { CommitSpec, ObjectInfo } from "./object-spec.js";
import { isFinal, type OutcomeStore, type UploadOutcome } from "./outcomes.js";
import type { PresignProvider } from "./provider.js";
import { readRecord, writeRecord } from "./quarantine.js";

/** Seconds that the URL of an outcome's object lives. */
const urlLife = 60;

/** Keys of outcomes. */
export const verdictPrefix = ".skyput/verdicts/";

const keyOf = (id: string, final: boolean): string =>
	`${verdictPrefix}${id}${final ? "" : "-held"}`;

/** Whether outcomes can be kept in the storage itself, each written once. */
export function keepsVerdicts({ capabilities }: PresignProvider): boolean {
	const { createOnly, single } = capabilities;
	return createOnly[single.maxSize > 0 ? "single" : "multipart"] !== "none";
}

/** An outcome as it is stored. */
interface OutcomeRecord extends Partial<UploadOutcome> {
	/** Instead of the key: base64url of its UTF-8, which is shorter than JSON in ASCII. */
	readonly key64?: string;
}

/** The outcome as metadata; where it is too long, without details and the result of `onComplete`. */
function record(outcome: UploadOutcome): Readonly<Record<string, string>> {
	try {
		return writeRecord(outcome);
	} catch {
		const { data: _data, facts: _facts, detail: _detail, key, reason, ...rest } = outcome;
		const key64 = Buffer.from(key).toString("base64url");
		return writeRecord({ ...rest, reason: reason?.slice(0, 40), key64 } satisfies OutcomeRecord);
	}
}

/** What {@link record} wrote. */
function outcomeIn(object: ObjectInfo): UploadOutcome | undefined {
	const { key64, ...outcome } = readRecord<OutcomeRecord>(object) ?? {};
	if (outcome.state === undefined) return undefined;
	const key = key64 === undefined ? {} : { key: Buffer.from(key64, "base64url").toString() };
	return { ...outcome, ...key } as UploadOutcome;
}

async function send(
	{
		method,
		url,
		headers,
	}: { method: string; url: string; headers: Readonly<Record<string, string>> },
	size: number,
): Promise<void> {
	const { ok, status } = await fetch(url, {
		method,
		headers,
		body: new Uint8Array(size),
		redirect: "error",
		signal: AbortSignal.timeout(urlLife * 1000),
	}).catch((cause: unknown) => {
		const message = "The storage could not be reached to record an outcome. Try again.";
		throw new UploadError("storage-unavailable", message, { cause });
	});
	if (ok) return;
	if (status === 412 || status === 409) {
		throw new UploadError("already-exists", "The outcome is recorded already.");
	}
	throw new UploadError(
		"storage-error",
		`The storage answered ${status} when an outcome was recorded. May the role write below ${verdictPrefix}?`,
	);
}

/** Stores the object by one request, or in one part where there is no URL for a whole object. */
async function store(
	provider: PresignProvider,
	spec: CommitSpec,
	createOnly: boolean,
): Promise<void> {
	if (provider.capabilities.single.maxSize > 0) {
		return send(await provider.signUpload(spec, { createOnly, expiresIn: urlLife }), spec.size);
	}
	const ref = await provider.createMultipart(spec, { createOnly });
	const range = { first: 1, count: 1, partSize: spec.size };
	const window = await provider.signParts(ref, range, { expiresIn: urlLife });
	const { method, headers } = window;
	await send({ method, url: partUrl(window, 1), headers }, spec.size);
	const listed = await provider.listParts(ref, {});
	const parts = listed.parts.map(({ partNumber, receipt = "" }) => ({ partNumber, receipt }));
	await provider.completeMultipart(ref, parts, { spec, createOnly });
}

/**
 * Keeps outcomes as small objects `.skyput/verdicts/<uploadId>`, whose metadata holds them; a lifecycle rule may
 * delete them after 31 days. There are no leases: processes may work on one upload at once, and the first outcome
 * counts.
 */
export function verdictObjects(provider: PresignProvider): OutcomeStore {
	const find = async (id: string, final: boolean): Promise<UploadOutcome | undefined> => {
		const found = await provider.head(keyOf(id, final));
		return found ? outcomeIn(found) : undefined;
	};
	return {
		find: async (id) => (await find(id, true)) ?? (await find(id, false)),
		begin: async (id) => (await find(id, true)) ?? "mine",
		async finish(id, outcome) {
			const final = isFinal(outcome);
			// empty, but a storage without a URL for a whole object has none without a part
			const size = provider.capabilities.single.maxSize > 0 ? 0 : 1;
			const spec = { key: keyOf(id, final), size, metadata: record(outcome) };
			try {
				await store(provider, spec, final);
			} catch (error) {
				if (!hasCode(error, "already-exists", "conflict")) throw error;
			}
			return (await find(id, true)) ?? outcome;
		},
		release: async () => undefined,
	};
}
