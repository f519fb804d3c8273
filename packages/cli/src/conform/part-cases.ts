import { createHash } from "node:crypto";
import {
	type CompleteReply,
	type ListReply,
	type MultipartPlan,
	type PartsReply,
	partUrl,
	sizeOfPart,
} from "@skyput/protocol";
import { expectProblem, expectReply, expectThat } from "./expect-answer.js";
import type { Bytes, Wire, WireCase } from "./wire.js";

/** Bytes of a file that has two parts in most plans: 16 MiB are the default of a part. */
const twoParts = 16 * 2 ** 20 + 5;

const bytesOf = (size: number, text = "p"): Bytes => new Uint8Array(size).fill(text.charCodeAt(0));

/** Bytes of a part. */
function sizeOf({ size, partSize }: MultipartPlan, partNumber: number): number {
	return sizeOfPart(partNumber, size ?? Number.POSITIVE_INFINITY, partSize);
}

/** Stores the parts of a plan. @returns their receipts */
async function storeParts(wire: Wire, plan: MultipartPlan, count: number): Promise<string[]> {
	const receipts: string[] = [];
	for (let partNumber = 1; partNumber <= count; partNumber++) {
		const answer = await wire.putPart(plan.window, partNumber, bytesOf(sizeOf(plan, partNumber)));
		const seen = `the storage answered ${answer.status} to part ${partNumber}`;
		expectThat(answer.status >= 200 && answer.status < 300, seen);
		receipts.push(answer.headers.get(plan.window.receiptHeader ?? "etag") ?? "");
	}
	return receipts;
}

const list = async ({ call }: Wire, token: string): Promise<ListReply> =>
	expectReply<ListReply>(await call("list", { token }), 200, "ListReply");

/** The digest of all receipts, as clients send it. */
const digestOf = (receipts: readonly string[]): string =>
	createHash("sha256")
		.update(receipts.map((receipt, index) => `${index + 1}:${receipt}\n`).join(""))
		.digest("base64");

/** What is left of an upload by a case is aborted. */
async function withUpload(
	wire: Wire,
	size: number | null,
	use: (plan: MultipartPlan) => Promise<void>,
): Promise<void> {
	const plan = await wire.createMultipart(size);
	try {
		await use(plan);
	} finally {
		await wire.call("abort", { token: plan.token }).catch(() => undefined);
	}
}

/** Files that are sent in parts. */
export const partCases: readonly WireCase[] = [
	{
		name: "multipart-plan",
		sentence: "The plan of a large file has equal parts that make its size, and a first window.",
		request: `POST {base} with kinds: [multipart] and a size of ${twoParts}`,
		expects:
			"201 MultipartPlan: partCount = ceil(size / partSize); the window begins at 1, a value for each part",
		run: (wire) =>
			withUpload(wire, twoParts, async ({ size, partSize, partCount, window }) => {
				expectThat(size === twoParts, `size ${size}, not ${twoParts}`);
				const count = Math.ceil(twoParts / partSize);
				expectThat(partCount === count, `${partCount} parts of ${partSize}, not ${count}`);
				expectThat(window.first === 1, `the window begins at ${window.first}`);
				expectThat(
					window.count >= 1 && window.count === window.values.length,
					`count ${window.count} with ${window.values.length} values`,
				);
				const url = URL.parse(partUrl(window, 1));
				expectThat(/^https?:$/.test(url?.protocol ?? ""), "part 1 has no http(s) URL");
			}),
	},
	{
		name: "parts-stored",
		sentence:
			"A stored part is listed with its size, and complete makes the object once all parts are stored.",
		request: "the PUTs of a window, POST {base}/list and /complete with the receipts",
		expects:
			"200 ListReply with every part; 200 CompleteReply of the whole size; the same once more",
		run: (wire) =>
			withUpload(wire, twoParts, async (plan) => {
				const count = plan.partCount ?? 0;
				const receipts = await storeParts(wire, plan, count);
				const { parts } = await list(wire, plan.token);
				const sizes = parts.map(({ partNumber, size }) => `${partNumber}:${size}`).join();
				const wanted = receipts.map((_, index) => `${index + 1}:${sizeOf(plan, index + 1)}`).join();
				expectThat(sizes === wanted, `listed ${sizes || "nothing"}, stored ${wanted}`);
				const request = { token: plan.token, receipts: digestOf(receipts) };
				const reply = async (): Promise<CompleteReply> =>
					expectReply(await wire.call("complete", request), 200, "CompleteReply");
				const first = await reply();
				expectThat(first.size === twoParts, `size ${first.size}, not ${twoParts}`);
				expectThat(JSON.stringify(await reply()) === JSON.stringify(first), "the repeat differs");
			}),
	},
	{
		name: "later-window",
		sentence: "Parts are signed again, or later, by their numbers.",
		request: "POST {base}/parts with first: 1, count: 1",
		expects: "200 PartsReply with part 1, whose URL stores it",
		run: (wire) =>
			withUpload(wire, 10, async ({ token }) => {
				const answer = await wire.call("parts", { token, first: 1, count: 1 });
				const window = expectReply<PartsReply>(answer, 200, "PartsReply");
				expectThat(
					window.first === 1 && window.count === 1,
					`${window.count} from ${window.first}`,
				);
				const { status } = await wire.putPart(window, 1, bytesOf(10));
				expectThat(status >= 200 && status < 300, `the storage answered ${status} to the part`);
			}),
	},
	{
		name: "one-host",
		sentence: "Parts are signed for one of the plan's host names if the client asks for it.",
		request: "POST {base}/parts with host: 0, and with a host that the plan does not have",
		expects: "200 PartsReply with one URL; 400 invalid-request",
		run: (wire) =>
			withUpload(wire, 10, async ({ token, window: { urls } }) => {
				const range = { token, first: 1, count: 1 };
				const answer = await wire.call("parts", { ...range, host: 0 });
				const window = expectReply<PartsReply>(answer, 200, "PartsReply");
				expectThat(window.urls.length === 1, `${window.urls.length} URLs`);
				const beyond = await wire.call("parts", { ...range, host: urls.length });
				expectProblem(beyond, ["invalid-request"], 400);
			}),
	},
	{
		name: "wrong-windows",
		sentence: "Part numbers that the upload does not have are refused.",
		request:
			"POST {base}/parts with first: 0, with count: 0, and with a first beyond the last part",
		expects: "400 invalid-request",
		run: (wire) =>
			withUpload(wire, 10, async ({ token }) => {
				for (const range of [
					{ first: 0, count: 1 },
					{ first: 1, count: 0 },
					{ first: 7, count: 1 },
				]) {
					expectProblem(await wire.call("parts", { token, ...range }), ["invalid-request"], 400);
				}
			}),
	},
	{
		name: "part-size",
		sentence: "A part of another size than was signed is not committed.",
		request: "the PUT of a part with more bytes, then complete",
		expects: "refused by the storage, or 422 invalid-parts, or 400 invalid-size",
		run: (wire) =>
			withUpload(wire, 10, async ({ token, window }) => {
				const { status } = await wire.putPart(window, 1, bytesOf(20));
				if (status >= 300) return;
				const answer = await wire.call("complete", { token });
				expectProblem(answer, ["invalid-parts", "invalid-size"]);
			}),
	},
	{
		name: "missing-parts",
		sentence: "Complete never makes an object if parts of it are missing.",
		request: "POST {base}/complete after the last of two parts alone, or without any",
		expects: "422 invalid-parts, or 404 upload-not-found",
		run: (wire) =>
			withUpload(wire, twoParts, async (plan) => {
				const last = plan.partCount ?? 1;
				if (last > 1) await wire.putPart(plan.window, last, bytesOf(sizeOf(plan, last)));
				const answer = await wire.call("complete", { token: plan.token });
				expectProblem(answer, ["invalid-parts", "upload-not-found"]);
			}),
	},
	{
		name: "wrong-receipts",
		sentence: "Parts that differ from those that the client sent are not committed.",
		request: "POST {base}/complete with the digest of other receipts",
		expects: "422 invalid-parts; with the right digest 200",
		run: (wire) =>
			withUpload(wire, 10, async (plan) => {
				const receipts = await storeParts(wire, plan, 1);
				const { token } = plan;
				const wrong = { token, receipts: digestOf(['"0123456789abcdef0123456789abcdef"']) };
				expectProblem(await wire.call("complete", wrong), ["invalid-parts"]);
				const right = await wire.call("complete", { token, receipts: digestOf(receipts) });
				expectReply(right, 200, "CompleteReply");
			}),
	},
	{
		name: "unknown-length",
		sentence: "A file of unknown length is sent in parts, the last of which is signed by its size.",
		request: "POST {base} with size: null, /parts with lastSize, /complete with size",
		expects: "201 MultipartPlan with size and partCount null; 200 PartsReply and CompleteReply",
		run: (wire) =>
			withUpload(wire, null, async ({ token, size, partCount }) => {
				expectThat(size === null && partCount === null, `size ${size}, partCount ${partCount}`);
				const last = await wire.call("parts", { token, first: 1, count: 1, lastSize: 7 });
				const window = expectReply<PartsReply>(last, 200, "PartsReply");
				const { status } = await wire.putPart(window, 1, bytesOf(7));
				expectThat(status >= 200 && status < 300, `the storage answered ${status} to the part`);
				const answer = await wire.call("complete", { token, size: 7 });
				const reply = expectReply<CompleteReply>(answer, 200, "CompleteReply");
				expectThat(reply.size === 7, `size ${reply.size}, not 7`);
			}),
	},
	{
		name: "abort",
		sentence: "Abort discards the parts, and is safe to repeat.",
		request: "POST {base}/abort twice, then /list and /complete",
		expects: "204 twice; then 404 upload-not-found, or no parts, and never success",
		run: (wire) =>
			withUpload(wire, 10, async (plan) => {
				await storeParts(wire, plan, 1);
				const { token } = plan;
				expectReply(await wire.call("abort", { token }), 204, null);
				expectReply(await wire.call("abort", { token }), 204, null);
				const listed = await wire.call("list", { token });
				if (listed.status !== 200) expectProblem(listed, ["upload-not-found"]);
				else expectThat((await list(wire, token)).parts.length === 0, "parts are left");
				const codes = ["upload-not-found", "invalid-parts"];
				expectProblem(await wire.call("complete", { token }), codes);
			}),
	},
];
