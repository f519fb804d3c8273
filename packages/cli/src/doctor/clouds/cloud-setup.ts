import { UploadError } from "@skyput/server";
import { type Answer, describeAnswer, readRefusal } from "../../exchange.js";
import { type CheckResult, type Finding, type FindingCode, finding } from "../finding.js";
import type { CorsNeeds } from "./cors-fix.js";

/** What is peculiar to Google Cloud Storage or Azure: its codes, and the commands that change a set-up. */
export interface CloudSetup {
	/** For the heading, such as `Bucket my-bucket of Google Cloud Storage`. */
	readonly title: string;
	/** The findings behind the storage's own codes of refusals, some with a command of their own. */
	readonly refusals: Readonly<Record<string, readonly [code: FindingCode, fix?: string]>>;
	/** The command, or the line of code, that fixes a finding. */
	readonly fixes: Readonly<Partial<Record<FindingCode, string>>>;
	/** The command that lets pages of these origins upload. */
	corsFix(origins: readonly string[], needs: CorsNeeds): string;
	/** Where the rules could not be read, `skipped` tells how to look at them. */
	checkLifecycle(): Promise<CheckResult>;
}

/** A finding, with the command of its cloud. */
export const cloudFinding = (
	{ fixes }: CloudSetup,
	code: FindingCode,
	message: string,
	fix?: string,
): Finding => finding(code, message, fix ?? fixes[code]);

/** Names and codes of an error and those behind it, with the words of their messages. */
const wordsOf = (error: unknown): string[] =>
	error instanceof Error
		? [...error.message.split(/\W+/), String(Object(error).code ?? ""), ...wordsOf(error.cause)]
		: [];

/** What keeps the server's own call from working; undefined for an error that is not about the set-up. */
export function callFinding(setup: CloudSetup, error: unknown): Finding | undefined {
	if (!(error instanceof UploadError)) return undefined;
	const { reason, code } = error;
	const words = wordsOf(error.cause);
	const known = words.find((word) => Object.hasOwn(setup.refusals, word)) ?? "";
	if (/clock is \d+ minutes/.test(reason)) return cloudFinding(setup, "clock-skewed", reason);
	const [found, fix] = setup.refusals[known] ?? [];
	if (found) return cloudFinding(setup, found, reason, fix);
	if (reason.startsWith("credentials.")) return cloudFinding(setup, "credentials-missing", reason);
	if (code === "forbidden") return cloudFinding(setup, "permission-missing", reason);
	if (code !== "storage-unavailable") return undefined;
	const why = words.find((word) => /^E[A-Z_]+$/.test(word)) ?? "no connection";
	return finding("storage-unreachable", `${reason} (${why})`);
}

/** Why the storage refuses a signed request that every client would send. @param what - The request, for the message */
export function refusedFinding(setup: CloudSetup, answer: Answer, what: string): Finding {
	const refusal = readRefusal(answer);
	const seen = `${what} got ${describeAnswer(answer)}`;
	if (!refusal) {
		const type = answer.headers.get("content-type") ?? "no content type";
		return finding("storage-foreign", `${seen} with ${type}, and no error of the storage.`);
	}
	const [code = "upload-denied", fix] = setup.refusals[refusal.code] ?? [];
	return code === "credentials-refused"
		? finding("signature-rewritten", `${seen}, although the server's own calls are accepted.`)
		: cloudFinding(setup, code, `${seen}.`, fix);
}
