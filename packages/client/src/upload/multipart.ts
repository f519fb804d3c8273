import {
	type ChecksumAlgorithm,
	type CompleteReply,
	type MultipartPlan,
	type PartWindow,
	type SentPart,
	sizeOfPart,
} from "#protocol";
import { UploadError } from "../errors.js";
import { sendBytes } from "../http/send.js";
import { combineParts, digestBody } from "./checksum.js";
import { createPartUrls, type PartUrls, requestOf } from "./part-urls.js";
import { runPool } from "./pool.js";
import type { ProgressSlot } from "./progress.js";
import type { Session } from "./session.js";

/** One part of the file, and what the storage said when it had it. */
interface Part {
	readonly number: number;
	readonly start: number;
	readonly size: number;
	readonly slot: ProgressSlot;
	receipt?: string | undefined;
	/** CRC-32. */
	digest?: string | undefined;
}

/** Stores the file in parts and has the server join them. */
export async function sendMultipart(session: Session, plan: MultipartPlan): Promise<CompleteReply> {
	const ended = new AbortController();
	const urls = createPartUrls(session, plan, AbortSignal.any([session.signal, ended.signal]));
	try {
		return await sendAndComplete(session, plan, urls);
	} finally {
		// windows that are still being fetched ahead have no more use
		ended.abort();
	}
}

async function sendAndComplete(
	session: Session,
	plan: MultipartPlan,
	urls: PartUrls,
): Promise<CompleteReply> {
	const { settings, signal } = session;
	const parts = cut(session, plan);
	const digesting = settings.checksum && plan.checksums.includes("crc32");
	const send = async (some: readonly Part[]): Promise<void> => {
		await runPool(some, settings.concurrency, signal, (part, either) =>
			sendPart(session, urls, part, digesting, either),
		);
	};
	await send(parts);
	try {
		return await complete(session, plan, parts);
	} catch (error) {
		if (!(error instanceof UploadError) || error.code !== "checksum-mismatch") throw error;
		// broken on the way or at rest: once more the parts that the server names, or all
		const broken = new Set(error.errors?.map(({ partNumber }) => partNumber));
		const named = parts.filter(({ number }) => broken.has(number));
		session.enter("uploading");
		try {
			await send(named.length > 0 ? named : parts);
			return await complete(session, plan, parts);
		} catch (again) {
			// committed already, as the server found it: what is wrong is still the checksum
			throw again instanceof UploadError && again.code === "upload-not-found" ? error : again;
		}
	}
}

function cut({ size, meter }: Session, { partSize, partCount }: MultipartPlan): readonly Part[] {
	return Array.from({ length: partCount ?? 0 }, (_, index) => {
		const bytes = sizeOfPart(index + 1, size, partSize);
		return { number: index + 1, start: index * partSize, size: bytes, slot: meter.slot(bytes) };
	});
}

async function sendPart(
	{ platform, settings, source, gate, meter }: Session,
	urls: PartUrls,
	part: Part,
	digesting: boolean,
	signal: AbortSignal,
): Promise<void> {
	await gate.pass(signal);
	const { number, start, size, slot } = part;
	const body = source.slice(start, start + size);
	const { crc32 } = platform.hashers;
	/** Read beforehand, where the storage wants the digest in a header. */
	const known = new Map<ChecksumAlgorithm, string>();
	let window: PartWindow | undefined;

	const sent = await sendBytes({
		platform,
		settings,
		body,
		signal,
		async request(refused) {
			window = await urls.windowFor(number, signal, refused ? window : undefined);
			const request = requestOf(window, number);
			if (!window.partChecksum || !settings.checksum) return request;
			const { algorithm, header } = window.partChecksum;
			if (!known.has(algorithm)) {
				const digest = await digestBody(body, algorithm, platform, signal);
				if (!digest) return request;
				known.set(algorithm, digest.value);
			}
			return { ...request, headers: { ...request.headers, [header]: known.get(algorithm) ?? "" } };
		},
		onSent: slot.sent,
		hasher: digesting ? crc32 : undefined,
		progress: meter.storedCount,
	});
	slot.stored();
	// `exists` or `ask`: whether the part is there is for the server to find when it lists the parts
	const stored = sent.outcome === "stored" ? sent : undefined;
	const header = window?.receiptHeader;
	part.receipt = (header && stored?.headers.get(header)) || undefined;
	part.digest = stored?.digest;
}

async function complete(
	session: Session,
	plan: MultipartPlan,
	parts: readonly Part[],
): Promise<CompleteReply> {
	const { api, gate, signal, enter } = session;
	await gate.pass(signal);
	enter("completing");
	const digests = parts.flatMap(({ digest, size }) =>
		digest === undefined ? [] : [{ digest, size }],
	);
	const checksum = digests.length === parts.length ? combineParts(digests) : undefined;
	return await api.complete(
		{
			token: session.token ?? plan.token,
			parts: parts.map(toSentPart),
			...(checksum ? { checksum } : {}),
		},
		signal,
	);
}

const toSentPart = ({ number, receipt, digest }: Part): SentPart => ({
	partNumber: number,
	...(receipt === undefined ? {} : { receipt }),
	...(digest === undefined ? {} : { checksum: { algorithm: "crc32", value: digest } }),
});
