import { type Finding, finding } from "../finding.js";
import { preflight, refusedBy } from "../preflight.js";
import { type EndpointSubject, post, problemOf } from "./call.js";

const corsOption = (origins: readonly string[], headers: readonly string[]): string =>
	`cors: { origins: ${JSON.stringify(origins)}, headers: ${JSON.stringify(headers)} }`;

/** By what the browser misses. */
const codeOf = {
	status: "preflight-refused",
	origin: "handler-cors-origin",
	// of POST and GET, browsers do not look for the method
	method: "preflight-refused",
	headers: "handler-cors-headers",
	/** No CORS header at all. */
	silence: "handler-cors-missing",
} as const;

/** Sends the preflights of each origin to the handler, and one call, as a page would. */
export async function checkHandlerCors(subject: EndpointSubject): Promise<readonly Finding[]> {
	const findings: Finding[] = [];
	for (const origin of subject.origins) {
		const found = await checkOrigin(subject, origin);
		if (found) findings.push(found);
	}
	return findings;
}

async function checkOrigin(subject: EndpointSubject, origin: string): Promise<Finding | undefined> {
	const { url, origins } = subject;
	const names = Object.keys(subject.headers).map((name) => name.toLowerCase());
	const headers = [...new Set(["content-type", ...names])];
	const fix = corsOption(origins, [...new Set(["authorization", ...headers])]);
	// gateways route OPTIONS by path too
	for (const path of ["", "/list"]) {
		const asked = { origin, method: "POST", headers };
		const answer = await preflight(url + path, asked);
		const refusal = refusedBy(answer, asked);
		if (refusal === undefined) continue;
		const seen = `A page of ${origin} may not POST …${path}: ${refusal.why}`;
		const { headers: sent } = answer;
		const allowed = sent.get("access-control-allow-origin");
		if (allowed?.includes(",")) return twice(allowed);
		const silent =
			refusal.about === "origin" && allowed === null && !sent.has("access-control-allow-methods");
		return finding(silent ? codeOf.silence : codeOf[refusal.about], seen, fix);
	}
	const gets = { origin, method: "GET", headers: names };
	const refusal = refusedBy(await preflight(url, gets), gets);
	if (refusal) {
		const seen = `A page of ${origin} may not GET: ${refusal.why}`;
		return finding(codeOf[refusal.about], seen, fix);
	}
	const answer = await post({ ...subject, origins: [origin] }, "create", { v: 0 });
	// a gateway's own refusal is another finding
	if (!problemOf(answer)) return undefined;
	const allowed = answer.headers.get("access-control-allow-origin");
	if (allowed?.includes(",")) return twice(allowed);
	if (allowed === origin || allowed === "*") return undefined;
	const seen = `The preflight of ${origin} is answered, and the call itself has Access-Control-Allow-Origin: ${allowed ?? "(none)"}.`;
	return finding(allowed === null ? "handler-cors-missing" : "handler-cors-origin", seen, fix);
}

const twice = (allowed: string): Finding =>
	finding("handler-cors-twice", `The answer has Access-Control-Allow-Origin: ${allowed}.`);
