import {
	type MultipartPlan,
	type PartWindow,
	partUrl,
	type SignedRequest,
	type SinglePlan,
} from "@skyput/protocol";
import { algorithms, digestsOf } from "../../digests.js";
import { type Answer, describeAnswer, NoAnswerError } from "../../exchange.js";
import { corsFixOf } from "../clouds/cors-fix.js";
import { clockFindings, type Finding, finding } from "../finding.js";
import { exposureFinding } from "../preflight.js";
import { otherTrialBody, sendAsPage, trialBody } from "../send-as-page.js";
import { checkBucketCors, partUrlsOf } from "../storage/check-bucket-cors.js";
import { type EndpointSubject, membersOf, post, problemOf } from "./call.js";
import { call, EndedError, refusal } from "./refused-call.js";

/** Reads a plan as far as it is used; undefined for anything else. `skyput conform` compares all of it. */
function readPlan(
	members: Readonly<Record<string, unknown>>,
): SinglePlan | MultipartPlan | undefined {
	const { kind, token, key } = members;
	if (typeof token !== "string" || typeof key !== "string") return undefined;
	const { urls, values, url, headers } = Object(members["request"] ?? members["window"]);
	if (typeof headers !== "object" || headers === null) return undefined;
	const isSingle = kind === "single" && typeof url === "string" && URL.canParse(url);
	const isMultipart = kind === "multipart" && Array.isArray(urls) && Array.isArray(values);
	return isSingle || isMultipart ? (members as unknown as SinglePlan | MultipartPlan) : undefined;
}

async function create(
	subject: EndpointSubject,
	key: string,
	kinds: readonly ("single" | "multipart")[],
): Promise<SinglePlan | MultipartPlan> {
	const answer = await call(subject, "create", {
		v: 1,
		key,
		size: trialBody.length,
		contentType: subject.contentType ?? "text/plain",
		kinds,
		multipart: kinds[0] === "multipart",
		algorithms,
		checksums: digestsOf(trialBody),
	});
	const plan = readPlan(membersOf(answer));
	if (plan) return plan;
	throw new EndedError(finding("plan-invalid", "create answered something other than a plan."));
}

/** Pages over https cannot send to http, except to this machine. */
export function mixedContent(origins: readonly string[], url: string): readonly Finding[] {
	const { protocol, hostname, origin } = new URL(url);
	const isLocal = /^(localhost|127\.0\.0\.1|\[::1\])$/.test(hostname);
	const pages = origins.filter((page) => page.startsWith("https:"));
	if (protocol !== "http:" || isLocal || pages.length === 0) return [];
	return [finding("mixed-content", `A page of ${pages[0]} would have to call ${origin}.`)];
}

/** Compares the time at which the server signed with the storage's. */
function serverClock({ expiresAt, expiresIn }: SignedRequest, stored: Answer): readonly Finding[] {
	const signedAt = Date.parse(expiresAt) - expiresIn * 1000;
	const skew = (signedAt - Date.parse(stored.headers.get("date") ?? "")) / 1000;
	return clockFindings("The server's", skew);
}

async function trySingle(
	subject: EndpointSubject,
	{ request, token, algorithm }: SinglePlan,
): Promise<readonly Finding[]> {
	const { origins } = subject;
	const findings: Finding[] = [...mixedContent(origins, request.url)];
	const names = Object.keys(request.headers).map((name) => name.toLowerCase());
	const fix = corsFixOf(request.url, origins, names);
	const pages = { url: request.url, origins, method: "PUT", headers: names, fix } as const;
	findings.push(...(await checkBucketCors(pages)));
	if (algorithm) {
		const wrong = await sendAsPage(origins, request, otherTrialBody);
		if (wrong.status < 300) {
			const seen = `The plan has a ${algorithm}, and the storage took other bytes (${wrong.status}).`;
			return [...findings, finding("checksum-not-verified", seen)];
		}
	}
	const stored = await sendAsPage(origins, request, trialBody);
	if (stored.status > 299) {
		const seen = `A PUT to a fresh URL of the handler got ${describeAnswer(stored)}.`;
		return [...findings, ...serverClock(request, stored), finding("upload-denied", seen)];
	}
	findings.push(...serverClock(request, stored), ...exposureFinding(origins, stored, fix));
	if (names.includes("if-none-match")) {
		const again = await sendAsPage(origins, request, trialBody);
		if (again.status < 300) {
			const seen = `The same URL stored an object twice (${again.status}), with If-None-Match.`;
			findings.push(finding("create-only-not-enforced", seen));
		}
	}
	await call(subject, "complete", { token });
	return findings;
}

/** Sends the preflights of pages to names of the storage that parts go to. */
async function checkNames(
	{ origins }: EndpointSubject,
	{ headers, partChecksum }: PartWindow,
	urls: readonly string[],
): Promise<readonly Finding[]> {
	const names = [...Object.keys(headers), ...(partChecksum ? [partChecksum.header] : [])];
	const lower = names.map((name) => name.toLowerCase());
	for (const url of urls) {
		const fix = corsFixOf(url, origins, lower);
		const found = await checkBucketCors({ url, origins, method: "PUT", headers: lower, fix });
		if (found.length > 0) return found;
	}
	return [];
}

async function tryParts(
	subject: EndpointSubject,
	{ window, token }: MultipartPlan,
): Promise<readonly Finding[]> {
	const [, ...otherNames] = partUrlsOf(window);
	const refused = await checkNames(subject, window, otherNames);
	if (refused.length > 0) return refused;
	const request = { ...window, url: partUrl(window, 1) };
	const sent = await sendAsPage(subject.origins, request, trialBody);
	if (sent.status > 299) {
		const seen = `A part to a fresh URL of the handler got ${describeAnswer(sent)}.`;
		return [finding("upload-denied", seen)];
	}
	await call(subject, "parts", { token, first: 1, count: 1 });
	const listed = membersOf(await call(subject, "list", { token }))["parts"];
	await call(subject, "abort", { token });
	if (Array.isArray(listed) && listed.length === 1) return [];
	return [finding("operation-failed", "list does not have the part that was stored.")];
}

/** What an upload by the handler came to. */
export interface UploadResult {
	readonly findings: readonly Finding[];
	readonly left: readonly string[];
	/** The origins of the storage that pages send to. */
	readonly contacts: readonly string[];
}

const newKey = (key: string): string => key.replaceAll("{random}", crypto.randomUUID());

/** Uploads a small object in parts, which is aborted, and one as a whole, which is deleted. */
export async function checkUpload(subject: EndpointSubject, key: string): Promise<UploadResult> {
	const findings: Finding[] = [];
	const stored: string[] = [];
	const urls: string[] = [];
	const contacts = (): string[] => [...new Set(urls.map((url) => new URL(url).origin))];
	try {
		const parts = await create(subject, newKey(key), ["multipart", "single"]);
		if (parts.kind === "multipart") {
			urls.push(...partUrlsOf(parts.window));
			findings.push(...(await tryParts(subject, parts)));
		}
		if (findings.length > 0) return { findings, left: [], contacts: contacts() };
		const single = await create(subject, newKey(key), ["single", "multipart"]);
		if (single.kind === "single") {
			stored.push(single.key);
			urls.unshift(single.request.url);
			findings.push(...(await trySingle(subject, single)));
		} else {
			const first = partUrlsOf(single.window).slice(0, 1);
			findings.push(...(await checkNames(subject, single.window, first)));
			await call(subject, "abort", { token: single.token });
		}
	} catch (error) {
		if (error instanceof EndedError) findings.push(error.finding);
		else if (error instanceof NoAnswerError) {
			findings.push(finding("storage-unreachable", error.message));
		} else throw error;
	}
	const left: string[] = [];
	for (const name of stored) {
		const { status } = await post(subject, "delete", { key: name });
		if (status !== 204) left.push(name);
	}
	return { findings, left, contacts: contacts() };
}

/** Whether the handler can begin uploads at all, with a key that is most likely refused. */
export async function checkTokenSecret(subject: EndpointSubject): Promise<readonly Finding[]> {
	const request = { v: 1, key: `skyput-doctor/${crypto.randomUUID()}`, size: 1, kinds: ["single"] };
	const answer = await post(subject, "create", request);
	const problem = problemOf(answer);
	return problem?.code === "unsupported" && /token secret/.test(problem.detail)
		? [refusal("create", answer)]
		: [];
}
