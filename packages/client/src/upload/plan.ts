import {
	type Checksum,
	type ChecksumAlgorithm,
	type PlanKind,
	type UploadPlan,
	wantsMultipart,
} from "#protocol";
import { incompatibleReply } from "../errors.js";
import { until } from "../http/wait.js";
import type { UploadBody } from "../platform.js";
import { digestBody } from "./checksum.js";
import { abortTimeoutMs, type UploadContext } from "./context.js";

/** A plan, with the digest of the file where its URL is bound to it or the server compares it. */
export type WithDigest<Plan> = Plan & { readonly digest?: Checksum | undefined };

type CarriedOut = Exclude<PlanKind, "digest">;

export interface PlanOptions<Kind extends CarriedOut> {
	/** The kinds of plan that the caller can carry out. */
	readonly kinds: readonly Kind[];
	/** What a digest is computed of, where the server asks for one. */
	readonly file?: UploadBody | undefined;
	/** Of the file, where it is known. */
	readonly digest?: Checksum | undefined;
	/** What may verify the upload. @default all that the runtime computes; none with `checksum: false` */
	readonly algorithms?: readonly ChecksumAlgorithm[] | undefined;
}

/** The digest of a file that the server wants, as far as plans for keys with the same first segment tell. */
export async function expectedDigest(
	{ client, key, platform, settings, signal }: UploadContext,
	file: UploadBody,
): Promise<Checksum | undefined> {
	const { algorithms } = client;
	const segment = firstSegment(key);
	// most storages verify it, and every runtime computes it
	const algorithm = algorithms.has(segment) ? algorithms.get(segment) : "crc32";
	if (!algorithm || !settings.checksum) return undefined;
	return await digestBody(file, algorithm, platform, signal);
}

/**
 * Requests a plan from the endpoint and checks that this client can carry it out.
 *
 * @throws UploadError `unsupported` for any other plan
 */
export async function requestPlan<Kind extends CarriedOut>(
	upload: UploadContext,
	{ kinds, file, digest, algorithms }: PlanOptions<Kind>,
): Promise<WithDigest<UploadPlan & { readonly kind: Kind }>> {
	const { settings, source, key, client, platform, signal, slot } = upload;
	const { size } = source;
	const known = Object.keys(platform.hashers) as ChecksumAlgorithm[];
	const post = (digest: Checksum | undefined, ...extraKinds: PlanKind[]): Promise<UploadPlan> =>
		create(upload, {
			v: 1,
			key,
			size,
			contentType: settings.contentType || source.type || undefined,
			multipart: "take" in source || wantsMultipart(size, settings.multipartThreshold),
			kinds: [...kinds, ...extraKinds],
			metadata: settings.metadata,
			algorithms: algorithms ?? (settings.checksum ? known : undefined),
			checksums: digest && [digest],
		});
	let found = digest;
	let plan = await (file ? post(found, "digest") : post(found));
	if (plan.kind === "digest" && file) {
		// a file that was meant for parts has no slot yet
		await slot.acquire();
		found = await digestBody(file, plan.algorithm, platform, signal);
		plan = await post(found);
	}
	if (plan.v !== 1 || !isOfKind(plan, kinds)) throw incompatibleReply();
	if (plan.kind === "single") client.algorithms.set(firstSegment(key), plan.algorithm);
	return { ...plan, digest: plan.algorithm === found?.algorithm ? found : undefined };
}

const firstSegment = (key: string): string => key.replace(/\/.*/s, "");

/**
 * An interrupted create call may leave an unknown upload on the server. So when the caller aborts, the running
 * attempt continues, and the upload that it begins is aborted on the server at once.
 */
async function create(
	{ api, signal, client }: UploadContext,
	request: Parameters<UploadContext["api"]["create"]>[0],
): Promise<UploadPlan> {
	const late = new AbortController();
	const release = await client.createCalls.acquire(signal);
	const creating = api.create(request, signal, late.signal).finally(release);
	try {
		return await until(creating, signal);
	} catch (error) {
		if (signal.aborted) {
			const deadline = AbortSignal.timeout(abortTimeoutMs);
			deadline.addEventListener("abort", () => late.abort());
			// best effort: the caller has the rejection already
			creating.then(() => api.abort(deadline)).catch(() => {});
		}
		throw error;
	}
}

const isOfKind = <Kind extends CarriedOut>(
	plan: UploadPlan,
	kinds: readonly Kind[],
): plan is UploadPlan & { readonly kind: Kind } => kinds.some((kind) => kind === plan.kind);
