import { type Checksum, type CreateRequest, type UploadPlan, wantsMultipart } from "#protocol";
import { UploadError } from "../errors.js";
import { until } from "../http/wait.js";
import type { Session } from "./session.js";

/** Milliseconds for an aborted create to be answered and undone. */
const longestFarewell = 10_000;

/** Asks the endpoint for a plan and checks that this client can carry it out. */
export async function askForPlan(
	session: Session,
	digest: Checksum | undefined,
): Promise<UploadPlan> {
	const { settings, source, key, size } = session;
	const contentType = settings.contentType ?? source.type;
	const plan = await createUpload(session, {
		v: 1,
		key,
		size,
		...(contentType ? { contentType } : {}),
		multipart: wantsMultipart(size, settings.multipartThreshold),
		kinds: ["single", "multipart"],
		...(settings.metadata === undefined ? {} : { metadata: settings.metadata }),
		...(digest ? { checksums: [digest] } : {}),
	});
	session.token = plan.token;
	checkPlan(plan, size);
	if (plan.kind === "single") session.memory.singleChecksums = plan.checksums;
	return plan;
}

/**
 * A create that is cut off may leave an upload on the server that nobody knows. So when the caller
 * aborts, the running attempt goes on, and what it begins is forgotten on the server at once.
 */
async function createUpload({ api, signal }: Session, request: CreateRequest): Promise<UploadPlan> {
	const lifeline = new AbortController();
	const creating = api.create(request, lifeline.signal, signal);
	try {
		return await until(creating, signal);
	} catch (error) {
		if (signal.aborted) {
			const patience = AbortSignal.timeout(longestFarewell);
			patience.addEventListener("abort", () => lifeline.abort(patience.reason), { once: true });
			// best effort: the caller has its answer already
			void creating.then(({ token }) => api.abort({ token }, patience)).catch(() => {});
		}
		throw error;
	}
}

/** @throws UploadError `unsupported`. */
function checkPlan(plan: UploadPlan, size: number): void {
	const refuse = (why: string): never => {
		throw new UploadError("unsupported", `The endpoint's plan ${why}: update both sides.`);
	};
	if (plan.v !== 1) refuse("has another version");
	if (plan.kind === "single") return;
	// not a kind of ours: the types end where the wire begins
	if (plan.kind !== "multipart") refuse("is of an unknown kind");
	const { partSize, partCount } = plan;
	if (plan.size !== size || partSize < 1 || partCount !== Math.max(1, Math.ceil(size / partSize))) {
		refuse("does not fit the file's size");
	}
}
