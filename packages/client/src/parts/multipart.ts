import type { Checksum, CompleteReply, MultipartPlan, PartWindow } from "#protocol";
import { hasCode } from "../errors.js";
import { sendBytes } from "../http/send.js";
import { digestBody } from "../upload/checksum.js";
import { complete } from "../upload/complete.js";
import { createLane } from "../upload/lane.js";
import type { Session } from "../upload/session.js";
import { combineParts } from "./crc32-combine.js";
import { cut, type Part } from "./part.js";
import { createPartUrls, type PartUrls, requestOf } from "./part-urls.js";
import { runPool } from "./pool.js";
import { beyondRepair, takeParts } from "./taken-parts.js";

/** Stores the file in parts and has the server join them. */
export async function sendMultipart(session: Session, plan: MultipartPlan): Promise<CompleteReply> {
	const { settings, source, enter } = session;
	const ended = new AbortController();
	const signal = AbortSignal.any([session.signal, ended.signal]);
	const urls = createPartUrls(session, plan, signal);
	const stream = "take" in source ? source : undefined;
	const parts = "slice" in source ? cut(session, source, plan) : [];
	const digesting = settings.checksum && plan.checksums.includes("crc32");
	const send = (some: Iterable<Part> | AsyncIterable<Part>): Promise<void> =>
		runPool(some, settings.concurrency, signal, (part, either) =>
			sendPart(session, urls, part, digesting, either),
		);
	try {
		await send(stream ? takeParts(session, stream, plan, parts, signal) : parts);
		try {
			return await commit(session, plan, parts);
		} catch (mismatch) {
			if (stream || !hasCode(mismatch, "checksum-mismatch")) throw mismatch;
			// broken on the way or at rest: once more the parts that the server names, or all
			const broken = parts.filter(({ partNumber }) =>
				mismatch.errors?.some((error) => error.partNumber === partNumber),
			);
			enter("uploading");
			try {
				await send(broken.length > 0 ? broken : parts);
				return await commit(session, plan, parts);
			} catch (error) {
				// committed already, as the server found it: what is wrong is still the checksum
				throw hasCode(error, "upload-not-found") ? mismatch : error;
			}
		}
	} catch (error) {
		const unrepaired = stream && hasCode(error, "checksum-mismatch", "upload-not-found");
		throw unrepaired ? beyondRepair(error) : error;
	} finally {
		// windows that are still being fetched ahead have no more use
		ended.abort();
	}
}

async function sendPart(
	session: Session,
	urls: PartUrls,
	part: Part,
	digesting: boolean,
	signal: AbortSignal,
): Promise<void> {
	const { platform, settings, memory, gate } = session;
	const lane = createLane(memory.lanes, gate, signal);
	await lane.enter();
	const { partNumber, slot } = part;
	const body = part.body();
	/** Read beforehand, where the storage wants the digest in a header. */
	let known: Checksum | undefined;
	let window: PartWindow | undefined;

	const { headers, digest } = await sendBytes(
		session,
		body,
		signal,
		async (refused) => {
			window = await urls.windowFor(part, signal, refused ? window : undefined);
			const request = requestOf(window, partNumber);
			if (!window.partChecksum || !settings.checksum) return request;
			const { algorithm, header } = window.partChecksum;
			if (known?.algorithm !== algorithm) {
				known = await digestBody(body, algorithm, platform, signal);
			}
			return known
				? { ...request, headers: { ...request.headers, [header]: known.value } }
				: request;
		},
		slot.sent,
		digesting ? platform.hashers.crc32 : undefined,
	).finally(lane.leave);
	slot.stored();
	part.release?.();
	// `exists` or `ask`: whether the part is there is for the server to find when it lists the parts
	const header = window?.receiptHeader;
	part.receipt = (header && headers?.get(header)) || undefined;
	part.digest = digest;
}

const commit = (
	session: Session,
	{ size }: MultipartPlan,
	parts: readonly Part[],
): Promise<CompleteReply> =>
	complete(session, {
		token: session.token,
		size: size === null ? parts.reduce((sum, part) => sum + part.size, 0) : undefined,
		parts: parts.map(({ partNumber, receipt, digest }) => ({
			partNumber,
			receipt,
			checksum: digest ? { algorithm: "crc32", value: digest } : undefined,
		})),
		checksum: combineParts(parts),
	});
