import { type Checksum, type PlanKind, type UploadPlan, wantsMultipart } from "#protocol";
import { misfit } from "../errors.js";
import { until } from "../http/wait.js";
import { abortTimeoutMs, type UploadContext } from "./context.js";

/**
 * Asks the endpoint for a plan and checks that this client can carry it out.
 *
 * @param digest of the file, if known
 * @param kinds the kinds of plan that will do
 * @throws UploadError `unsupported` for any other plan
 */
export async function askForPlan<Kind extends PlanKind>(
	upload: UploadContext,
	digest: Checksum | undefined,
	...kinds: Kind[]
): Promise<UploadPlan & { readonly kind: Kind }> {
	const { settings, source, key, client } = upload;
	const { size } = source;
	const plan = await createUpload(upload, {
		v: 1,
		key,
		size,
		contentType: settings.contentType || source.type || undefined,
		multipart: "take" in source || wantsMultipart(size, settings.multipartThreshold),
		kinds,
		metadata: settings.metadata,
		checksums: digest && [digest],
	});
	upload.token = plan.token;
	if (plan.v !== 1 || !isOfKind(plan, kinds) || !fits(plan, size)) {
		throw misfit("plan");
	}
	if (plan.kind === "single") client.singleChecksums = plan.checksums;
	return plan;
}

/**
 * A create that is cut off may leave an upload on the server that nobody knows. So when the caller
 * aborts, the running attempt goes on, and what it begins is forgotten on the server at once.
 */
async function createUpload(
	{ api, signal, client }: UploadContext,
	request: Parameters<UploadContext["api"]["create"]>[0],
): Promise<UploadPlan> {
	const lifeline = new AbortController();
	const leave = await client.createCalls.acquire(signal);
	const creating = api.create(request, signal, lifeline.signal).finally(leave);
	try {
		return await until(creating, signal);
	} catch (error) {
		if (signal.aborted) {
			const patience = AbortSignal.timeout(abortTimeoutMs);
			patience.addEventListener("abort", () => lifeline.abort());
			// best effort: the caller has its answer already
			creating.then(({ token }) => api.abort({ token }, patience)).catch(() => {});
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
