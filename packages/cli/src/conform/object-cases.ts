import type { DownloadReply, RulesReply, StatusReply } from "@skyput/protocol";
import { exchange } from "./exchange.js";
import { expectReply, expectThat, SkippedError, skipWithout } from "./expect-answer.js";
import { smallFile, type Wire, type WireCase } from "./wire.js";

/** Stores and completes the small file. @returns its key */
async function store(wire: Wire): Promise<string> {
	const { key, request, token } = await wire.createSingle();
	await wire.put(request, smallFile);
	expectReply(await wire.call("complete", { token }), 200, "CompleteReply");
	return key;
}

/** Skips where the rule does not let this caller. */
function skipForbidden(status: number, what: string): void {
	if (status === 401 || status === 403) throw new SkippedError(`this caller may not ${what}`);
}

/** Operations on stored objects, which a server may leave out. */
export const objectCases: readonly WireCase[] = [
	{
		name: "rules",
		sentence: "The rules of a key state its limits.",
		request: "GET {base}/rules?key=K",
		expects: "200 RulesReply",
		async run(wire) {
			const answer = await wire.call("rules", { key: wire.key() });
			skipWithout(answer, "rules");
			const { minSize = 0, maxSize = Number.POSITIVE_INFINITY } = expectReply<RulesReply>(
				answer,
				200,
				"RulesReply",
			);
			expectThat(minSize <= maxSize, `minSize ${minSize} above maxSize ${maxSize}`);
		},
	},
	{
		name: "status-by-token",
		sentence: "An upload's status follows what is stored.",
		request: "POST {base}/status with the token, before and after the upload",
		expects: "200 StatusReply: uploading, then any other state",
		async run(wire) {
			const { token, request } = await wire.createSingle();
			const before = await wire.call("status", { token });
			skipWithout(before, "status");
			const { state } = expectReply<StatusReply>(before, 200, "StatusReply");
			expectThat(state === "uploading", `state ${state} of an upload that has not begun`);
			await wire.put(request, smallFile);
			await wire.call("complete", { token });
			const after = await wire.call("status", { token });
			const reply = expectReply<StatusReply>(after, 200, "StatusReply");
			expectThat(reply.state !== "uploading", `state ${reply.state} of a stored object`);
		},
	},
	{
		name: "download",
		sentence: "A signed download has the bytes that were uploaded.",
		request: "GET {base}/download?key=K, then its URL",
		expects: "200 DownloadReply; the bytes",
		async run(wire) {
			const key = await store(wire);
			const answer = await wire.call("download", { key });
			skipWithout(answer, "download");
			skipForbidden(answer.status, "download");
			const { url, headers } = expectReply<DownloadReply>(answer, 200, "DownloadReply");
			const { text } = await exchange(url, { headers });
			expectThat(text === new TextDecoder().decode(smallFile), "other bytes than were uploaded");
		},
	},
	{
		name: "delete",
		sentence: "Delete removes an object, and also succeeds if there is none.",
		request: "POST {base}/delete twice",
		expects: "204 twice",
		async run(wire) {
			const key = await store(wire);
			const answer = await wire.call("delete", { key });
			skipWithout(answer, "delete");
			skipForbidden(answer.status, "delete");
			expectReply(answer, 204, null);
			expectReply(await wire.call("delete", { key }), 204, null);
		},
	},
];
