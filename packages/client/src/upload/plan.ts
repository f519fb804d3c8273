import { type Checksum, type PlanKind, type UploadPlan, wantsMultipart } from "#protocol";
import { incompatibleReply } from "../errors.js";
import { until } from "../http/wait.js";
import { abortTimeoutMs, type UploadContext } from "./context.js";

/**
 * Requests a plan from the endpoint and checks that this client can carry it out.
 *
 * @param digest of the file, if known
 * @param kinds the kinds of plan that the caller can carry out
 * @throws UploadError `unsupported` for any other plan
 */
export async function requestPlan<Kind extends PlanKind>(
	upload: UploadContext,
	digest: Checksum | undefined,
	...kinds: Kind[]
): Promise<UploadPlan & { readonly kind: Kind }> {
	const { settings, source, key, client } = upload;
	const { size } = source;
	const plan = await create(upload, {
		v: 1,
		key,
		size,
		contentType: settings.contentType || source.type || undefined,
		multipart: "take" in source || wantsMultipart(size, settings.multipartThreshold),
		kinds,
		metadata: settings.metadata,
		checksums: digest && [digest],
	});
	if (plan.v !== 1 || !isOfKind(plan, kinds) || !fits(plan, size)) throw incompatibleReply();
	if (plan.kind === "single") client.singleChecksums = plan.checksums;
	return plan;
}

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

const isOfKind = <Kind extends PlanKind>(
	plan: UploadPlan,
	kinds: readonly Kind[],
): plan is UploadPlan & { readonly kind: Kind } => kinds.some((kind) => kind === plan.kind);

const fits = (plan: UploadPlan, size: number | null): boolean =>
	plan.kind === "single" ||
	(plan.size === size &&
		plan.partSize >= 1 &&
		plan.partCount === (size === null ? size : Math.max(1, Math.ceil(size / plan.partSize))));
