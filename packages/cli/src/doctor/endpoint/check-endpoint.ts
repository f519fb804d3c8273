import { NoAnswerError } from "../../exchange.js";
import { type Finding, finding, type Section } from "../finding.js";
import type { EndpointSubject } from "./call.js";
import { checkHandlerCors } from "./check-handler-cors.js";
import { checkBodies, checkCaching, checkMount, checkOperations } from "./check-mount.js";
import { checkTokenSecret, checkUpload, mixedContent } from "./check-upload.js";

/** Tries an upload handler as pages and programs would. */
export async function checkEndpoint(subject: EndpointSubject): Promise<Section> {
	const findings: Finding[] = [];
	const skipped: string[] = [];
	let left: readonly string[] = [];
	const contacts = [new URL(subject.url).origin];
	try {
		const mount = await checkMount(subject);
		findings.push(...mixedContent(subject.origins, subject.url));
		// a gateway may refuse the call, and the preflight too
		if (mount) findings.push(mount);
		if (mount?.code === "endpoint-unreachable") return { findings, skipped, left };
		if (!mount || mount.code === "endpoint-refused") {
			findings.push(...(await checkHandlerCors(subject)));
		}
		if (mount) return { findings, skipped, left };
		subject.signal?.throwIfAborted();
		const operations = await checkOperations(subject);
		findings.push(...operations, ...(await checkBodies(subject)), ...(await checkCaching(subject)));
		const secret = await checkTokenSecret(subject);
		findings.push(...secret);
		const { key } = subject;
		if (key === undefined) skipped.push("an upload by the endpoint: give a key with --key");
		else if (secret.length === 0 && operations.length === 0) {
			subject.signal?.throwIfAborted();
			const upload = await checkUpload(subject, key);
			findings.push(...upload.findings);
			left = upload.left;
			contacts.push(...upload.contacts);
		}
	} catch (error) {
		if (!(error instanceof NoAnswerError)) throw error;
		findings.push(finding("endpoint-unreachable", error.message));
	}
	return { findings, skipped, left, contacts };
}
