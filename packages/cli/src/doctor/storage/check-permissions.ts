import { UploadError } from "@skyput/server";
import type { MultipartRef } from "@skyput/server/provider";
import { type Answer, describeAnswer, exchange } from "../../exchange.js";
import { type Finding, finding } from "../finding.js";
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
	const url = (window.urls[0] ?? "")
		.replace("{partNumber}", "1")
		.replace("{value}", window.values[0] ?? "");
	await accepted(exchange(url, { method: "PUT", body: "part" }));
}

/** Tries every action that uploads need, and those that the rules ask for, below each prefix. */
export async function checkPermissions(trial: StorageTrial): Promise<readonly Finding[]> {
	const { provider, rules, prefixes } = trial;
	const { bucket = "" } = trial.options;
	const denied = new Map<string, Finding>();
	/** Tries one action. @param what - What needs it, for the message. */
	const attempt = async <Value>(
		action: string,
		what: string,
		run: () => Promise<Value>,
	): Promise<Value | undefined> => {
		try {
			return await run();
		} catch (error) {
			if (!isDenied(error)) return undefined;
			const why = error instanceof UploadError ? "" : `: ${error.message}`;
			const message = `${action} is denied, which ${what} needs${why}. Where the role allows it, look for a bucket policy that denies it.`;
			denied.set(
				action,
				finding("permission-missing", message, statementFor(action, bucket, prefixes)),
			);
			return undefined;
		}
	};
	for (const prefix of prefixes) {
		const key = trial.key("plain", prefix);
		await accepted(putObject(trial, { key })).catch(() => undefined);
		const spec = { key: trial.key("parts", prefix), size: 4 };
		const ref = await attempt("s3:PutObject", "an upload in parts", () =>
			provider.createMultipart(spec, { createOnly: false }),
		);
		if (ref) {
			trial.begun(ref);
			await attempt("s3:PutObject", "a part", () => sendPart(trial, ref));
			await attempt("s3:ListMultipartUploadParts", "every upload in parts", () =>
				provider.listParts(ref, {}),
			);
			await attempt("s3:AbortMultipartUpload", "an aborted upload", () =>
				provider.abortMultipart(ref),
			);
		}
		const found = await attempt("s3:GetObject", "the look at a stored object", () =>
			provider.head(key),
		);
		// a missing object is told from a denied one by s3:ListBucket alone
		if (found) {
			await attempt("s3:ListBucket", "the look for a taken key", () =>
				provider.head(trial.key("free", prefix)),
			);
		}
	}
	await checkRules();
	return [...denied.values()];

	async function checkRules(): Promise<void> {
		const [prefix] = prefixes;
		const tags = rules.find((rule) => rule.tags)?.tags;
		if (tags && provider.capabilities.objectOptions?.tags) {
			await attempt("s3:PutObjectTagging", "a rule with tags", () =>
				accepted(putObject(trial, { key: trial.key("tags", prefix), tags })),
			);
		}
		const acl = rules.find((rule) => rule.acl)?.acl;
		if (acl) {
			await attempt("s3:PutObjectAcl", "a rule with an acl", () =>
				provider
					.createMultipart({ key: trial.key("acl", prefix), size: 4, acl }, { createOnly: false })
					.then(trial.begun),
			);
		}
		const deletes = rules.some((rule) => rule.authorizeDelete ?? (rule.key && rule.onComplete));
		if (deletes) {
			await attempt("s3:DeleteObject", "authorizeDelete, or reject() in onComplete,", () =>
				provider.delete(trial.key("plain", prefix)),
			);
		}
	}
}
