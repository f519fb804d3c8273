import { type OperationName, operations } from "@skyput/protocol";
import { NoAnswerError } from "../../exchange.js";
import { exchange } from "../exchange.js";
import { type Finding, finding } from "../finding.js";
import { type EndpointSubject, foreignFinding, pathOf, post, problemOf } from "./call.js";

/** Refused when it is parsed, so that nothing happens; not empty, so that a lost body shows. */
const wrongBody = { v: 0 };

/** The route of an operation, for messages. */
const routeOf = (operation: OperationName): string =>
	`${operations[operation].method} …${pathOf(operation)}`;

/** Whether the base path leads to an upload handler. @returns what is wrong; undefined for nothing */
export async function checkMount(subject: EndpointSubject): Promise<Finding | undefined> {
	const answer = await post(subject, "create", wrongBody).catch((error: unknown) => {
		if (error instanceof NoAnswerError) return error;
		throw error;
	});
	if (answer instanceof NoAnswerError) return finding("endpoint-unreachable", answer.message);
	const problem = problemOf(answer);
	if (!problem) return foreignFinding(answer, routeOf("create"), subject.url);
	if (/body (was read before|is empty)/.test(problem.detail)) {
		return finding("body-consumed", `The handler answers: ${problem.detail}`);
	}
	if (problem.code === "internal") {
		const seen = `A call with a wrong body got ${answer.status} internal (request ${problem.requestId}).`;
		return finding("handler-error", seen);
	}
	return undefined;
}

/** Whether the route of every operation leads there, with bodies that are refused when they are parsed. */
export async function checkOperations(subject: EndpointSubject): Promise<readonly Finding[]> {
	const missing: string[] = [];
	for (const operation of Object.keys(operations) as OperationName[]) {
		const answer =
			operations[operation].method === "POST"
				? await post(subject, operation, wrongBody)
				: await exchange(subject.url + pathOf(operation), { headers: subject.headers });
		if (!problemOf(answer)) missing.push(`${routeOf(operation)} (${answer.status})`);
	}
	if (missing.length === 0) return [];
	const seen = `These do not reach the handler: ${missing.join(", ")}.`;
	const { pathname } = new URL(subject.url);
	const fix = `Route ANY ${pathname} and ANY ${pathname === "/" ? "" : pathname}/{proxy+} (or ${pathname}/*) to the handler.`;
	return [finding("operation-not-mounted", seen, fix)];
}

/** Bytes of the bodies that are tried after the largest was refused. */
const smallerBodies = [32_000, 16_000, 8_000, 4_000, 1_000];

/** Whether something in front refuses a body that the contract allows. */
export async function checkBodies(subject: EndpointSubject): Promise<readonly Finding[]> {
	const passes = async (size: number): Promise<string | undefined> => {
		try {
			const answer = await post(subject, "create", { ...wrongBody, padding: "x".repeat(size) });
			return problemOf(answer) ? undefined : `status ${answer.status}`;
		} catch (error) {
			if (error instanceof NoAnswerError) return "no answer";
			throw error;
		}
	};
	const refused = await passes(60_000);
	if (refused === undefined) return [];
	for (const size of smallerBodies) {
		if ((await passes(size)) !== undefined) continue;
		const seen = `A body of 60,000 bytes got ${refused}, one of ${size} reaches the handler.`;
		return [finding("body-limit", seen)];
	}
	return [finding("body-limit", `A body of 1,000 bytes got ${refused}.`)];
}

/** Whether caches in front are told to keep nothing. */
export async function checkCaching(subject: EndpointSubject): Promise<readonly Finding[]> {
	const { headers } = await post(subject, "create", wrongBody);
	const control = headers.get("cache-control") ?? "";
	if (/no-store/i.test(control)) return [];
	return [finding("answers-cached", `An answer has Cache-Control: ${control || "(none)"}.`)];
}
