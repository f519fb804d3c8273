import { partUrl } from "@skyput/protocol";
import { UploadError } from "@skyput/server";
import type { CommitSpec, ObjectInfo, PresignProvider } from "@skyput/server/provider";
import { md5Of } from "../../digests.js";
import type { Answer } from "../../exchange.js";
import { clockFindings, type Finding } from "../finding.js";
import { exposureFinding } from "../preflight.js";
import { otherTrialBody, sendAsPage, trialBody } from "../send-as-page.js";
import { checkBucketCors } from "../storage/check-bucket-cors.js";
import type { ObjectTrial } from "../storage/storage-trial.js";
import { type CloudSetup, cloudFinding, refusedFinding } from "./cloud-setup.js";

const expiresIn = 300;

/** What a trial of uploads came to. */
export interface CloudUploadResult {
	readonly findings: readonly Finding[];
	/** The key of an object that was stored; undefined for none. */
	readonly stored?: string;
}

const specOf = (key: string): CommitSpec => ({
	key,
	size: trialBody.length,
	contentType: "text/plain",
	uploadId: crypto.randomUUID(),
});

const isStored = ({ status }: Answer): boolean => status >= 200 && status < 300;

/** The headers that pages send with files and parts, whichever digest they have. */
async function headersOfPages(
	{ provider }: ObjectTrial,
	spec: CommitSpec,
): Promise<readonly string[]> {
	const { single, part } = provider.capabilities.checksums;
	const names = new Set(part.includes("md5") ? ["content-md5"] : []);
	for (const algorithm of single) {
		const checksum = { algorithm, value: "AAAAAA==" };
		const signed = await provider.signUpload(spec, { expiresIn, createOnly: true, checksum });
		for (const name of Object.keys(signed.headers)) names.add(name.toLowerCase());
	}
	return [...names];
}

/** Stores one object by one PUT: other bytes, the right ones, and the same again. @throws UploadError, NoAnswerError */
export async function tryWhole(trial: ObjectTrial, setup: CloudSetup): Promise<CloudUploadResult> {
	const { provider, origins } = trial;
	const spec = specOf(trial.key("whole"));
	const signed = await provider.signUpload(spec, {
		expiresIn,
		createOnly: true,
		checksum: md5Of(trialBody),
	});
	const fix = setup.corsFix(origins, provider.capabilities.cors);
	const headers = await headersOfPages(trial, spec);
	const pages = { url: signed.url, method: "PUT", headers, origins, fix } as const;
	const findings = [...(await checkBucketCors(pages))];
	const send = (bytes: string): Promise<Answer> => sendAsPage(origins, signed, bytes);
	const found = (code: "checksum-not-verified" | "create-only-not-enforced", seen: string) =>
		findings.push(cloudFinding(setup, code, seen));

	const wrong = await send(otherTrialBody);
	if (isStored(wrong)) {
		found("checksum-not-verified", "A PUT with other bytes than its MD5 says was stored.");
		return { findings };
	}
	const first = await send(trialBody);
	if (!isStored(first)) {
		return { findings: [...findings, refusedFinding(setup, first, "An ordinary upload")] };
	}
	findings.push(
		...clockFindings("This machine's", first.skew),
		...exposureFinding(origins, first, fix),
	);
	if (isStored(await send(trialBody))) {
		found("create-only-not-enforced", "The same URL stored an object twice, with a precondition.");
	}
	return { findings, stored: spec.key };
}

/** Stores an object in parts: other bytes, the right ones, and the same key again. @throws UploadError, NoAnswerError */
export async function tryParts(trial: ObjectTrial, setup: CloudSetup): Promise<CloudUploadResult> {
	const { provider, origins } = trial;
	const { capabilities } = provider;
	const createOnly = capabilities.createOnly.multipart !== "none";
	const key = trial.key("parts");
	const spec = specOf(key);
	const digest = capabilities.checksums.part.includes("md5") ? "md5" : undefined;
	const ref = trial.begun(await provider.createMultipart(spec, { createOnly }));
	/** Sends the one part. @param bytes - Their digest is sent with the body */
	const sendPart = async (bytes: string) => {
		const range = { first: 1, count: 1, partSize: trialBody.length };
		const window = await provider.signParts(ref, range, { expiresIn, partChecksum: digest });
		const { partChecksum } = window;
		const sum = partChecksum ? { [partChecksum.header]: md5Of(bytes).value } : {};
		const url = partUrl(window, 1);
		const request = { ...window, url, headers: { ...window.headers, ...sum } };
		return { url, answer: await sendAsPage(origins, request, trialBody) };
	};
	if (digest && isStored((await sendPart(otherTrialBody)).answer)) {
		const seen = "A part with other bytes than its MD5 says was stored.";
		return { findings: [cloudFinding(setup, "checksum-not-verified", seen)] };
	}
	const { url, answer } = await sendPart(trialBody);
	const fix = setup.corsFix(origins, capabilities.cors);
	const headers = digest ? ["content-md5"] : [];
	const findings = [
		// where files go in one PUT, its pages were tried
		...(capabilities.single.maxSize > 0
			? []
			: await checkBucketCors({ url, method: "PUT", headers, origins, fix })),
		...clockFindings("This machine's", answer.skew),
	];
	if (!isStored(answer)) {
		return { findings: [...findings, refusedFinding(setup, answer, "A part of an upload")] };
	}
	const { parts: listed } = await provider.listParts(ref, {});
	const parts = listed.map(({ partNumber, receipt = "" }) => ({ partNumber, receipt }));
	await provider.completeMultipart(ref, parts, { spec, createOnly });
	// onto itself, because the server looks before an upload in parts, which hides what the storage does
	const source = capabilities.copy.createOnly ? await provider.head(key) : null;
	if (source && (await overwrites(provider, source))) {
		const seen = "A copy replaced an object, with a precondition.";
		findings.push(cloudFinding(setup, "create-only-not-enforced", seen));
	}
	return { findings, stored: key };
}

const overwrites = (provider: PresignProvider, source: ObjectInfo): Promise<boolean> =>
	provider.copy(source, source.key, { createOnly: true }).then(
		() => true,
		(error: unknown) => {
			if (error instanceof UploadError && error.code === "already-exists") return false;
			throw error;
		},
	);
