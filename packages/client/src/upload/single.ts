import type { Checksum, CompleteReply, SinglePlan } from "#protocol";
import { UploadError } from "../errors.js";
import { sendBytes } from "../http/send.js";
import { askForPlan } from "./plan.js";
import type { Session } from "./session.js";
import { startValidity, type Validity } from "./validity.js";

/**
 * Stores the whole file by one request.
 *
 * @param digest of the file, as offered when the plan was made
 */
export async function sendSingle(
	session: Session,
	first: SinglePlan,
	digest: Checksum | undefined,
): Promise<CompleteReply> {
	const { platform, settings, source, size, signal, gate, meter } = session;
	const slot = meter.slot(size);
	let plan = first;
	let validity: Validity = startValidity(plan.request.expiresIn);
	/** Plans under which an attempt may have stored the object although its answer was lost. */
	const lost = new Set<SinglePlan>();
	const verify = settings.checksum ? first.verify : undefined;
	const known = digest?.algorithm === verify?.algorithm ? digest?.value : undefined;

	await gate.pass(signal);
	const sent = await sendBytes({
		platform,
		settings,
		body: source.slice(0, size),
		signal,
		async request(refused) {
			if (refused || !validity.usable()) {
				const next = await askForPlan(session, digest);
				if (next.kind !== "single") {
					throw new UploadError(
						"unsupported",
						"The endpoint changed its plan: begin the upload again.",
					);
				}
				plan = next;
				validity = startValidity(plan.request.expiresIn);
			}
			return plan.request;
		},
		onSent: slot.sent,
		onLost: () => lost.add(plan),
		hasher: verify && !known ? platform.hashers[verify.algorithm] : undefined,
	});

	if (sent.outcome === "exists") return await completeAny(session, lost, digest);
	slot.stored();
	if (sent.outcome === "ask") return await complete(session, plan, digest);

	const seen = plan.verify && sent.headers.get(plan.verify.header);
	if (plan.verify && seen) {
		const own = known ?? sent.digest;
		if (own !== undefined && !namesDigest(seen, plan.verify.algorithm, own)) {
			throw new UploadError(
				"checksum-mismatch",
				"The stored bytes differ from the file: send it again.",
			);
		}
	}
	// a header that the storage or its CORS rule withholds leaves the look to the server
	if (plan.confirm || (plan.verify && !seen)) return await complete(session, plan, digest);
	const etag = sent.headers.get("etag");
	const checksum = usable(digest, plan);
	return {
		key: plan.key,
		size,
		...(etag ? { etag } : {}),
		...(checksum ? { checksum } : {}),
	};
}

async function complete(
	{ api, signal, gate, enter }: Session,
	plan: SinglePlan,
	digest: Checksum | undefined,
): Promise<CompleteReply> {
	await gate.pass(signal);
	enter("completing");
	const checksum = usable(digest, plan);
	return await api.complete({ token: plan.token, ...(checksum ? { checksum } : {}) }, signal);
}

const usable = (digest: Checksum | undefined, plan: SinglePlan): Checksum | undefined =>
	digest && plan.checksums.includes(digest.algorithm) ? digest : undefined;

/** The key is taken: by one of our own lost attempts, whose stamp the server finds, or by somebody else. */
async function completeAny(
	session: Session,
	plans: Iterable<SinglePlan>,
	digest: Checksum | undefined,
): Promise<CompleteReply> {
	for (const plan of plans) {
		try {
			return await complete(session, plan, digest);
		} catch (error) {
			const code = error instanceof UploadError ? error.code : undefined;
			if (code !== "already-exists" && code !== "upload-not-found") throw error;
		}
	}
	throw new UploadError("already-exists", "The key is taken: choose another key.");
}

/** A header holds the digest alone, or in a list such as `crc32c=…,md5=…`. */
function namesDigest(header: string, algorithm: string, value: string): boolean {
	const items = header.split(",").map((item) => item.trim());
	return items.includes(value) || items.includes(`${algorithm}=${value}`);
}
