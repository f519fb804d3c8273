import type { CompleteReply, ListReply, SignedRequest, SignReply } from "@skyput/protocol";
import {
	expectProblem,
	expectReply,
	expectThat,
	SkippedError,
	skipWithout,
} from "./expect-answer.js";
import { type Bytes, smallFile, type Wire, type WireCase } from "./wire.js";

/** Names of headers that pages cannot set (https://fetch.spec.whatwg.org/#forbidden-request-header). */
const forbidden =
	/^(accept-charset|accept-encoding|connection|content-length|cookie|date|dnt|expect|host|keep-alive|origin|referer|te|trailer|transfer-encoding|upgrade|via|proxy-.*|sec-.*)$/i;

const sameLength: Bytes = new TextEncoder().encode("SKYPUT CONFORM");
const longer: Bytes = new TextEncoder().encode("skyput conform and more");

const isStored = ({ status }: { readonly status: number }): boolean =>
	status >= 200 && status < 300;

/** Stores the small file, which complete has still to confirm. */
async function store(wire: Wire): Promise<{ token: string; key: string; request: SignedRequest }> {
	const plan = await wire.createSingle();
	const answer = await wire.put(plan.request, smallFile);
	expectThat(isStored(answer), `the storage answered ${answer.status} to the signed PUT`);
	return plan;
}

const complete = async ({ call }: Wire, token: string): Promise<CompleteReply> =>
	expectReply<CompleteReply>(await call("complete", { token }), 200, "CompleteReply");

/** Files that are sent as a whole. */
export const singleCases: readonly WireCase[] = [
	{
		name: "single-plan",
		sentence: "The plan of a small file is a signed PUT that a page can send.",
		request: "POST {base} with kinds: [single]",
		expects:
			"201 SinglePlan: an http(s) URL, no header that browsers forbid, expiresAt = now + expiresIn",
		async run(wire) {
			const { request } = await wire.createSingle();
			const { url, headers, expiresAt, expiresIn } = request;
			expectThat(/^https?:$/.test(URL.parse(url)?.protocol ?? ""), "the URL is not http(s)");
			const names = Object.keys(headers).filter((name) => forbidden.test(name));
			expectThat(names.length === 0, `the headers ${names} cannot be set by a page`);
			const until = (Date.parse(expiresAt) - Date.now()) / 1000;
			const seen = `expiresAt is ${Math.round(until)} s ahead, and expiresIn ${expiresIn}`;
			expectThat(Math.abs(until - expiresIn) < 300, seen);
		},
	},
	{
		name: "unknown-members",
		sentence: "Members that the server does not know are ignored.",
		request: "POST {base} with an unknown member, an unknown kind and an unknown algorithm",
		expects: "201 SinglePlan",
		async run(wire) {
			const extra = {
				later: { a: [1] },
				kinds: ["single", "later"],
				algorithms: ["crc32", "later"],
			};
			await wire.createSingle(extra);
		},
	},
	{
		name: "single-stored",
		sentence:
			"The signed PUT stores the file, with the receipt that the plan names, and complete confirms it.",
		request: "the signed PUT, then POST {base}/complete",
		expects: "2xx with the receipt header; 200 CompleteReply with key and size",
		async run(wire) {
			const { request, token, key } = await wire.createSingle();
			const answer = await wire.put(request, smallFile);
			expectThat(isStored(answer), `the storage answered ${answer.status} to the signed PUT`);
			const { receiptHeader } = request;
			const hasReceipt = receiptHeader === null || answer.headers.has(receiptHeader);
			expectThat(hasReceipt, `the answer has no ${receiptHeader}`);
			const reply = await complete(wire, token);
			expectThat(reply.key === key, `key ${reply.key}, not ${key}`);
			expectThat(reply.size === smallFile.length, `size ${reply.size}, not ${smallFile.length}`);
		},
	},
	{
		name: "single-complete-repeated",
		sentence: "Complete is safe to repeat, and gives the same reply.",
		request: "POST {base}/complete twice",
		expects: "200 with the same body",
		async run(wire) {
			const { token } = await store(wire);
			const first = JSON.stringify(await complete(wire, token));
			const second = JSON.stringify(await complete(wire, token));
			expectThat(first === second, "the second answer differs");
		},
	},
	{
		name: "single-nothing-stored",
		sentence: "Complete never confirms what is not stored.",
		request: "POST {base}/complete without a PUT",
		expects: "404 upload-not-found",
		async run(wire) {
			const { token } = await wire.createSingle();
			expectProblem(await wire.call("complete", { token }), ["upload-not-found"]);
		},
	},
	{
		name: "single-size",
		sentence: "A body of another size than was declared is not confirmed.",
		request: "the signed PUT with more bytes, then complete",
		expects: "refused by the storage, or 400 invalid-size",
		async run(wire) {
			const { request, token } = await wire.createSingle();
			if (!isStored(await wire.put(request, longer))) return;
			expectProblem(await wire.call("complete", { token }), ["invalid-size"]);
		},
	},
	{
		name: "single-digest",
		sentence: "If the plan names an algorithm, other bytes are not confirmed.",
		request: "the signed PUT with other bytes of the same size, then complete",
		expects:
			"refused by the storage, or 422 checksum-mismatch; verified is false without an algorithm",
		async run(wire) {
			const { request, token, algorithm } = await wire.createSingle();
			const answer = await wire.put(request, sameLength);
			if (!isStored(answer)) return;
			const ended = await wire.call("complete", { token });
			if (algorithm !== undefined) return void expectProblem(ended, ["checksum-mismatch"]);
			const { verified } = expectReply<CompleteReply>(ended, 200, "CompleteReply");
			expectThat(!verified, "verified is true for other bytes");
		},
	},
	{
		name: "single-create-only",
		sentence: "If the rule does not allow overwriting, a URL stores one object, once.",
		request: "two plans for one key, both PUTs, and both completes",
		expects: "the second is refused by create, by the storage, or by complete: 409 already-exists",
		async run(wire) {
			const key = wire.key();
			const first = await wire.createSingle({ key });
			const second = await wire.createSingle({ key });
			// a server-made key is another one
			if (wire.subject.overwrite || first.key !== second.key) return;
			expectThat(isStored(await wire.put(first.request, smallFile)), "the first PUT was refused");
			await complete(wire, first.token);
			const again = await wire.put(second.request, smallFile);
			expectThat(!isStored(again), `the second PUT replaced the object (${again.status})`);
			expectProblem(await wire.call("complete", { token: second.token }), ["already-exists"]);
		},
	},
	{
		name: "single-list",
		sentence: "A file that is sent as a whole has no parts to list, and list exists.",
		request: "POST {base}/list with the token of a single plan",
		expects: "200 ListReply without parts",
		async run(wire) {
			const { token } = await wire.createSingle();
			const reply = expectReply<ListReply>(await wire.call("list", { token }), 200, "ListReply");
			expectThat(reply.parts.length === 0, `${reply.parts.length} parts`);
		},
	},
	{
		name: "changed-token",
		sentence: "A token that was changed is not opened.",
		request: "POST {base}/complete with one character of the token's middle changed",
		expects: "410 token-expired, or 400 invalid-request",
		async run(wire) {
			const { token } = await store(wire);
			const at = Math.floor(token.length / 3);
			const changed = token.slice(0, at) + (token[at] === "A" ? "B" : "A") + token.slice(at + 1);
			const answer = await wire.call("complete", { token: changed });
			expectProblem(answer, ["token-expired", "invalid-request"]);
		},
	},
	{
		name: "foreign-token",
		sentence: "A token works only for the caller that it was made for.",
		request: "POST {base}/list, /complete and /abort with the headers of --other-header",
		expects: "403 forbidden, or 401 unauthenticated",
		async run(wire) {
			const { headers, otherHeaders } = wire.subject;
			if (otherHeaders === undefined) throw new SkippedError("needs --other-header");
			const { token } = await store(wire);
			const names = Object.keys(headers).filter((name) => !(name in otherHeaders));
			expectThat(names.length === 0, `--other-header lacks ${names}, which --header has`);
			for (const operation of ["list", "complete", "abort"] as const) {
				const answer = await wire.call(operation, { token }, otherHeaders);
				expectProblem(answer, ["forbidden", "unauthenticated"]);
			}
		},
	},
	{
		name: "abort-keeps-objects",
		sentence: "Abort never deletes what was completed.",
		request: "POST {base}/abort after complete, then complete again",
		expects: "204, then 200",
		async run(wire) {
			const { token } = await store(wire);
			await complete(wire, token);
			expectReply(await wire.call("abort", { token }), 204, null);
			await complete(wire, token);
		},
	},
	{
		name: "plain-url",
		sentence: "GET signs the URL of a file for curl, or says that it does not.",
		request: "GET {base}?key=K&contentType=T&size=N, then the PUT",
		expects: "200 SignReply whose URL stores the file; or 501 unsupported",
		async run(wire) {
			const { contentType } = wire.subject;
			const message = { key: wire.key(), contentType, size: smallFile.length };
			const answer = await wire.call("sign", message);
			skipWithout(answer, "sign");
			const { uploadURL, method, headers } = expectReply<SignReply>(answer, 200, "SignReply");
			const put = await wire.put({ url: uploadURL, method, headers }, smallFile);
			expectThat(isStored(put), `the storage answered ${put.status} to the PUT`);
		},
	},
];
