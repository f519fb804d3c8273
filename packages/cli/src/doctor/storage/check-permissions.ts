import { partUrl } from "@skyput/protocol";
import { UploadError } from "@skyput/server";
import type { MultipartRef } from "@skyput/server/provider";
import { md5Of } from "../../digests.js";
import { type Answer, describeAnswer } from "../../exchange.js";
import { exchange } from "../exchange.js";
import { type Finding, type FindingCode, finding } from "../finding.js";
import { type StorageTrial, statementFor } from "./storage-trial.js";
import { putObject } from "./try-upload.js";

/** The storage refused a signed request. */
class RefusedError extends Error {
	override readonly name = "RefusedError";
}

async function accepted(sent: Promise<Answer>): Promise<void> {
	const answer = await sent;
	if (answer.status === 403)
		throw new RefusedError(`the storage answered ${describeAnswer(answer)}`);
}

/** Whether an error says that something is not allowed; every other failure is another check's. */
const isDenied = (error: unknown): error is Error =>
	error instanceof RefusedError || (error instanceof UploadError && error.code === "forbidden");

async function sendPart({ provider }: StorageTrial, ref: MultipartRef): Promise<void> {
	const range = { first: 1, count: 1, partSize: 4 };
	const window = await provider.signParts(ref, range, { expiresIn: 300 });
	// not signed, and verified
	const headers = { "content-md5": md5Of("part").value };
	await accepted(exchange(partUrl(window, 1), { method: "PUT", headers, body: "part" }));
}

/** An action of S3, and what needs it. */
interface Need {
	readonly action: string;
	/** Ends the sentence "which … needs". */
	readonly what: string;
	/** @default "permission-missing" */
	readonly code?: FindingCode;
}

/** Tries actions, and keeps a finding for each that is denied. */
interface Attempts {
	/** @returns what the call returned; undefined where it failed */
	attempt<Value>(need: Need, run: () => Promise<Value>): Promise<Value | undefined>;
	readonly findings: () => readonly Finding[];
}

function beginAttempts({ options, keySpaces }: StorageTrial): Attempts {
	const denied = new Map<string, Finding>();
	return {
		findings: () => [...denied.values()],
		async attempt({ action, what, code = "permission-missing" }, run) {
			try {
				return await run();
			} catch (error) {
				if (!isDenied(error)) return undefined;
				const why = error instanceof UploadError ? "" : `: ${error.message}`;
				const message = `${action} is denied, which ${what} needs${why}. Where the role allows it, look for a bucket policy that denies it.`;
				const fix = statementFor(action, options.bucket ?? "", keySpaces);
				denied.set(action, finding(code, message, fix));
				return undefined;
			}
		},
	};
}

/** What every upload into a key space needs. */
async function tryUploads(
	trial: StorageTrial,
	keySpace: string,
	{ attempt }: Attempts,
): Promise<void> {
	const { provider } = trial;
	const key = trial.key("plain", keySpace);
	await accepted(putObject(trial, { key })).catch(() => undefined);
	const spec = { key: trial.key("parts", keySpace), size: 4 };
	const ref = await attempt({ action: "s3:PutObject", what: "an upload in parts" }, () =>
		provider.createMultipart(spec, { createOnly: false }),
	);
	if (ref) {
		trial.begun(ref);
		await attempt({ action: "s3:PutObject", what: "a part" }, () => sendPart(trial, ref));
		const list = { action: "s3:ListMultipartUploadParts", what: "every upload in parts" };
		await attempt(list, () => provider.listParts(ref, {}));
		const abort = { action: "s3:AbortMultipartUpload", what: "an aborted upload" };
		await attempt(abort, () => provider.abortMultipart(ref));
	}
	const look = { action: "s3:GetObject", what: "the look at a stored object" };
	if (!(await attempt(look, () => provider.head(key)))) return;
	// with s3:ListBucket, S3 tells a missing object from one that may not be read
	const bucket = { action: "s3:ListBucket", what: "the look for a taken key" };
	await attempt({ ...bucket, code: "missing-keys-hidden" }, () =>
		provider.head(trial.key("free", keySpace)),
	);
}

/** What single rules ask for. */
async function tryRules(trial: StorageTrial, { attempt }: Attempts): Promise<void> {
	const { provider, rules } = trial;
	const tags = rules.find((rule) => rule.tags)?.tags;
	if (tags && provider.capabilities.objectOptions?.tags) {
		await attempt({ action: "s3:PutObjectTagging", what: "a rule with tags" }, () =>
			accepted(putObject(trial, { key: trial.key("tags"), tags })),
		);
	}
	const acl = rules.find((rule) => rule.acl)?.acl;
	if (acl) {
		const spec = { key: trial.key("acl"), size: 4, acl };
		await attempt({ action: "s3:PutObjectAcl", what: "a rule with an acl" }, async () =>
			trial.begun(await provider.createMultipart(spec, { createOnly: false })),
		);
	}
	const deletes = rules.some((rule) => rule.authorizeDelete ?? (rule.key && rule.onComplete));
	if (!deletes) return;
	const what = "authorizeDelete, or reject() in onComplete,";
	await attempt({ action: "s3:DeleteObject", what }, () => provider.delete(trial.key("deleted")));
}

/** Tries every action that uploads need, and those that the rules ask for, in each key space. */
export async function checkPermissions(trial: StorageTrial): Promise<readonly Finding[]> {
	const attempts = beginAttempts(trial);
	for (const keySpace of trial.keySpaces) await tryUploads(trial, keySpace, attempts);
	await tryRules(trial, attempts);
	return attempts.findings();
}
