import { isErrorCode } from "@skyput/protocol";
import { foreignFinding, membersOf } from "../doctor/endpoint/call.js";
import { CommandError } from "../errors.js";
import { type Answer, NoAnswerError } from "../exchange.js";
import { type ConformSubject, openWire, smallFile } from "./wire.js";

/** Whether an answer has a member that only upload handlers send: a code of the contract, or a plan's kind. */
function isOfContract(answer: Answer): boolean {
	const { code, kind } = membersOf(answer);
	return isErrorCode(code) || kind === "single" || kind === "multipart";
}

/**
 * Makes sure that an upload handler, however wrong, is mounted at the URL; else every case would fail.
 *
 * @throws CommandError `endpoint-not-found`, with what was answered.
 */
export async function expectServer(subject: ConformSubject): Promise<void> {
	const { call, key } = openWire(subject);
	const { url, contentType } = subject;
	const request = { v: 1, key: key(), size: smallFile.length, contentType, kinds: ["single"] };
	try {
		// refused when it is parsed, so that nothing happens
		const refused = await call("create", { v: 0 });
		// a server whose errors are all wrong still makes plans
		if (isOfContract(refused) || isOfContract(await call("create", request))) return;
		const { message, fix } = foreignFinding(refused, "POST", url);
		throw notFound(url, `${message} ${fix}`);
	} catch (error) {
		if (!(error instanceof NoAnswerError)) throw error;
		throw notFound(url, `${error.message} Start the server, or correct the URL.`);
	}
}

const notFound = (url: string, why: string): CommandError =>
	new CommandError("endpoint-not-found", `there is no upload handler at ${url}: ${why}`);
