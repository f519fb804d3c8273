import {
	type CreateRequest,
	defaultPartSize,
	type MultipartPlan,
	multipartThreshold,
	planParts,
	planUnknownLength,
} from "#protocol";
import { UploadError } from "../errors.js";
import type { ObjectSpec } from "../object-spec.js";
import type { PresignProvider } from "../provider.js";
import type { SealedUpload, TokenSealer } from "../token.js";
import { createOnly } from "../uploads/check-provider.js";
import type { CompiledRule } from "../uploads/compile-rule.js";
import { tooLarge } from "../uploads/size.js";
import { chooseMultipartChecksum } from "./choose-checksum.js";
import { defined } from "./fields.js";
import { multipartRef } from "./open-upload.js";
import { signWindow } from "./part-window.js";

/** Parts signed with the plan: enough for the first seconds, small enough for any reply. */
const firstWindow = 32;

/** What both kinds of plan are created from. */
export interface CreateContext {
	readonly provider: PresignProvider;
	readonly sealer: TokenSealer;
	readonly rule: CompiledRule;
	readonly spec: ObjectSpec & { readonly uploadId: string };
	readonly upload: SealedUpload;
	/** Whether `complete` does more than look: it runs `onComplete`, counts the object or signs a proof. */
	readonly completes: boolean;
}

type MultipartCapabilities = Exclude<PresignProvider["capabilities"]["multipart"], false>;

/** Equal parts for the size, within rule and storage. */
function choosePartSize(
	size: number | null,
	rule: CompiledRule,
	limits: MultipartCapabilities,
): { readonly partSize: number; readonly partCount: number | null } {
	if (size === null) {
		const maxSize = rule.maxSize ?? limits.maxObjectSize;
		return { partSize: planUnknownLength(maxSize, limits), partCount: null };
	}
	const parts = planParts(size, limits, rule.partSize ?? defaultPartSize);
	if (!parts) throw tooLarge(size, limits.maxObjectSize);
	return parts;
}

/** Seals the token and signs the first parts. Aborts the upload on failure: the client has no token for it. */
async function issue(
	{ provider, rule, sealer }: CreateContext,
	upload: SealedUpload,
): Promise<Pick<MultipartPlan, "token" | "window">> {
	try {
		const token = sealer.seal(upload);
		const window = await signWindow({ provider, rule, upload }, { first: 1, count: firstWindow });
		return { token, window };
	} catch (error) {
		await provider.abortMultipart(multipartRef(upload)).catch(() => undefined);
		throw error;
	}
}

/** Begins a multipart upload and signs its first parts. @throws UploadError `unsupported`, `too-large`. */
export async function multipartPlan(
	create: CreateContext,
	{ algorithms }: Pick<CreateRequest, "algorithms">,
): Promise<MultipartPlan> {
	const { provider, rule, spec } = create;
	const { multipart: limits, createOnly: can, checksums } = provider.capabilities;
	if (limits === false) {
		throw new UploadError("unsupported", "This storage has no multipart uploads.");
	}
	const isUnique = rule.key ?? rule.quarantine;
	if (rule.overwrite !== true && !isUnique && can.multipart === "none") {
		throw new UploadError(
			"unsupported",
			"This storage cannot refuse to overwrite in multipart uploads; send a file of known size, at most 100 MB.",
			{ values: { limit: multipartThreshold } },
		);
	}
	const { size, uploadId } = spec;
	const { partSize, partCount } = choosePartSize(size, rule, limits);
	const chosen = chooseMultipartChecksum(checksums, algorithms);
	const checksum = chosen.stage === "object" ? chosen.algorithm : undefined;
	const { id } = await provider.createMultipart(spec, {
		createOnly: createOnly(rule, provider, "multipart"),
		checksum,
	});
	const upload = { ...create.upload, multipartId: id, partSize, ...chosen };
	return {
		v: 1,
		kind: "multipart",
		key: upload.key,
		uploadId,
		size,
		partSize,
		partCount,
		...(await issue(create, upload)),
		...defined({ algorithm: chosen.algorithm }),
	};
}
