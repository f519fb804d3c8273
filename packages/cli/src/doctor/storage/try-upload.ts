import type { ObjectSpec, SignUploadOptions } from "@skyput/server/provider";
import { md5Of } from "../../digests.js";
import { type Answer, describeAnswer, NoAnswerError, readRefusal } from "../../exchange.js";
import { clockFindings, type Finding, finding } from "../finding.js";
import { exposureFinding } from "../preflight.js";
import { sendAsPage, trialBody } from "../send-as-page.js";
import { type StorageTrial, statementFor } from "./storage-trial.js";

const expiresIn = 300;

/** Signs and sends one small upload, as a page of the first origin would. */
export async function putObject(
	{ provider, origins }: StorageTrial,
	spec: Pick<ObjectSpec, "key"> & Partial<ObjectSpec>,
	options: Partial<SignUploadOptions> = {},
): Promise<Answer> {
	const whole = { size: trialBody.length, contentType: "text/plain", ...spec };
	const digest = provider.capabilities.checksums.required ? { checksum: md5Of(trialBody) } : {};
	const all = { expiresIn, createOnly: false, ...digest, ...options };
	return sendAsPage(origins, await provider.signUpload(whole, all), trialBody);
}

const isStored = ({ status, headers }: Answer): boolean =>
	status === 200 && headers.has("etag") && !headers.get("content-type")?.includes("html");

/** Why an ordinary upload is refused, found out by uploads that carry more. */
async function explainRefusal(trial: StorageTrial, answer: Answer): Promise<Finding> {
	const { bucket = "" } = trial.options;
	const seen = `An ordinary upload got ${describeAnswer(answer)}`;
	const refusal = readRefusal(answer);
	if (!refusal) {
		const what = answer.headers.get("content-type") ?? "no content type";
		return finding("storage-foreign", `${seen} with ${what}, and no error of S3.`);
	}
	const { code } = refusal;
	if (code === "SignatureDoesNotMatch") {
		return finding("signature-rewritten", `${seen}, although the server's own calls are accepted.`);
	}
	if (/^Request(TimeTooSkewed|Expired)$/.test(code)) return finding("clock-skewed", `${seen}.`);
	if (code !== "AccessDenied") {
		const digest = { checksum: md5Of(trialBody) };
		const withDigest = await tried(putObject(trial, { key: trial.key("digest") }, digest));
		if (withDigest && isStored(withDigest)) {
			const fix = "s3Provider({ …, capabilities: { checksums: { required: true } } })";
			return finding("digest-required", `${seen}; with Content-MD5 it was stored.`, fix);
		}
		return finding("upload-denied", `${seen}.`);
	}
	const sealed = { key: trial.key("encrypted"), encryption: "aes256" } as const;
	const encrypted = await tried(putObject(trial, sealed));
	if (encrypted && isStored(encrypted)) {
		const fix = 'In each rule: encryption: "aes256"';
		return finding("encryption-required", `${seen}; with SSE-S3 it was stored.`, fix);
	}
	const role = statementFor("s3:PutObject", bucket, trial.keySpaces);
	return finding(
		"permission-missing",
		`${seen}: s3:PutObject is missing from the role, or a bucket policy denies it.`,
		role,
	);
}

/** Undefined where the provider or the network fails: then it explains nothing. */
const tried = (upload: Promise<Answer>): Promise<Answer | undefined> =>
	upload.catch(() => undefined);

/** The result of {@link tryUpload}. */
export interface UploadTrial {
	readonly findings: readonly Finding[];
	/** Whether the object was stored, so that further checks make sense. */
	readonly stored: boolean;
}

/** Stores one object in each key space by a signed URL. */
export async function tryUpload(trial: StorageTrial): Promise<UploadTrial> {
	const findings: Finding[] = [];
	for (const keySpace of trial.keySpaces) {
		try {
			const answer = await putObject(trial, { key: trial.key("first", keySpace) });
			if (isStored(answer)) {
				findings.push(
					...exposureFinding(trial.origins, answer),
					...clockFindings("This machine's", answer.skew),
				);
				continue;
			}
			return { findings: [...findings, await explainRefusal(trial, answer)], stored: false };
		} catch (error) {
			if (!(error instanceof NoAnswerError)) throw error;
			return { findings: [finding("storage-unreachable", error.message)], stored: false };
		}
	}
	return { findings: unique(findings), stored: true };
}

/** The findings of several key spaces, each once. */
const unique = (findings: readonly Finding[]): readonly Finding[] =>
	findings.filter(({ code }, at) => findings.findIndex((other) => other.code === code) === at);
