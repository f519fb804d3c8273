import {
	type CreateRequest,
	defaultPartSize,
	type MultipartPlan,
	type PartWindow,
	planParts,
	planUnknownLength,
	type SinglePlan,
	type UploadPlan,
	wantsMultipart,
} from "#protocol";
import { UploadError } from "../errors.js";
import type { ObjectSpec, PresignProvider } from "../provider.js";
import { hashPrincipal, newUploadId, type SealedUpload, type TokenSealer } from "../token.js";
import { decide, type Permission } from "../uploads/authorize-upload.js";
import { createOnly, mayBeMultipart } from "../uploads/check-provider.js";
import type { CompiledRule } from "../uploads/compile-rule.js";
import { checkMetadata } from "../uploads/metadata.js";
import type { Principal } from "../uploads/rule.js";
import { formatSize } from "../uploads/size.js";
import { multipartRef, type OperationContext, requireSealer } from "./open-upload.js";
import { signWindow } from "./part-window.js";
import { storedHeaders, storedMetadata } from "./sign.js";

/** Parts signed with the plan; enough for the first seconds, small enough for any answer. */
const firstWindow = 32;

/** All that both kinds of plan are made of. */
interface Begin {
	readonly provider: PresignProvider;
	readonly sealer: TokenSealer;
	readonly permission: Permission;
	readonly request: CreateRequest;
	readonly spec: ObjectSpec & { readonly uploadId: string };
	readonly sealed: SealedUpload;
}

type MultipartAbilities = Exclude<PresignProvider["capabilities"]["multipart"], false>;

const tooLarge = (limit: number): UploadError =>
	new UploadError("too-large", `The file is larger than the storage takes (${formatSize(limit)}).`);

/** Which kind of plan: the client asks, rule and storage decide. */
function chooseKind(
	request: CreateRequest,
	rule: CompiledRule,
	provider: PresignProvider,
): "single" | "multipart" {
	const { single, multipart } = provider.capabilities;
	const { size } = request;
	if (multipart === false) {
		if (size === null)
			throw new UploadError("unsupported", "This storage needs to know the length beforehand.");
		if (size > single.maxSize) throw tooLarge(single.maxSize);
		return "single";
	}
	if (size === null || size > single.maxSize) return "multipart";
	const { kinds, multipart: asked = wantsMultipart(size) } = request;
	const possible = size > 0 && mayBeMultipart(rule) && kinds.includes("multipart");
	return possible && (asked || !kinds.includes("single")) ? "multipart" : "single";
}

/** `POST {base}`: decides, begins and signs. */
export async function create(
	context: OperationContext,
	request: CreateRequest,
	principal: Principal | null,
): Promise<UploadPlan> {
	const { provider, uploads } = context;
	const sealer = requireSealer(context);
	const permission = await decide(uploads, {
		principal,
		action: "create",
		key: request.key,
		size: request.size,
		contentType: request.contentType,
	});
	const { rule, key, requested, contentType } = permission;
	const metadata = await checkMetadata(request.metadata, rule.metadata);
	const kind = chooseKind(request, rule, provider);
	if (!request.kinds.includes(kind)) {
		throw new UploadError(
			"unsupported",
			`This file needs a ${kind} plan, which the client does not know.`,
		);
	}
	const uploadId = newUploadId();
	const { size } = request;
	const begin: Begin = {
		provider,
		sealer,
		permission,
		request,
		spec: {
			key,
			size,
			contentType,
			uploadId,
			...storedHeaders(rule),
			...storedMetadata(metadata),
		},
		sealed: {
			uploadId,
			key,
			...(requested === key ? {} : { requested }),
			size,
			contentType,
			pattern: rule.pattern.source,
			bucket: provider.bucket,
			owner: hashPrincipal(principal),
			...(metadata && rule.onComplete ? { metadata } : {}),
		},
	};
	return kind === "single" ? single(begin) : multipart(begin);
}

async function single({
	provider,
	sealer,
	permission,
	request,
	spec,
	sealed,
}: Begin): Promise<SinglePlan> {
	const { rule, key } = permission;
	const { checksums, enforce } = provider.capabilities;
	const checksum = request.checksums?.find(({ algorithm }) => checksums.single.includes(algorithm));
	const signed = await provider.signUpload(spec, {
		expiresIn: rule.expiresIn,
		createOnly: createOnly(rule, provider, "single"),
		...(checksum ? { checksum } : {}),
	});
	const unbound = enforce.singleSize === "none" || enforce.contentType === "none";
	return {
		v: 1,
		kind: "single",
		key,
		uploadId: spec.uploadId,
		token: sealer.seal(sealed),
		request: signed,
		confirm: rule.onComplete !== undefined || unbound,
		checksums: checksums.single,
	};
}

/** Equal parts for the size, within rule and storage. */
function cut(
	size: number | null,
	rule: CompiledRule,
	limits: MultipartAbilities,
): { readonly partSize: number; readonly partCount: number | null } {
	if (size === null) {
		return {
			partSize: planUnknownLength(rule.maxSize ?? limits.maxObjectSize, limits),
			partCount: null,
		};
	}
	const parts = planParts(size, limits, rule.partSize ?? defaultPartSize);
	if (!parts) throw tooLarge(limits.maxObjectSize);
	return parts;
}

async function multipart(begin: Begin): Promise<MultipartPlan> {
	const { provider, sealer, permission, spec, sealed } = begin;
	const { rule, key } = permission;
	const { capabilities } = provider;
	const limits = capabilities.multipart;
	if (limits === false)
		throw new UploadError("unsupported", "This storage has no multipart uploads.");
	if (rule.overwrite !== true && !rule.key && capabilities.createOnly.multipart === "none") {
		throw new UploadError(
			"unsupported",
			"This storage cannot refuse to overwrite in multipart uploads; send a file of known size, at most 100 MB.",
		);
	}
	const { size } = spec;
	const { partSize, partCount } = cut(size, rule, limits);
	const [checksum] = capabilities.checksums.object;
	const ref = await provider.createMultipart(spec, checksum ? { checksum } : {});
	const upload: SealedUpload = {
		...sealed,
		multipartId: ref.id,
		partSize,
		...(checksum ? { checksum } : {}),
	};
	return {
		v: 1,
		kind: "multipart",
		key,
		uploadId: spec.uploadId,
		token: sealer.seal(upload),
		size,
		partSize,
		partCount,
		window: await signFirstWindow(provider, rule, upload),
		checksums: capabilities.checksums.object,
	};
}

/** Signs the plan's parts, or leaves nothing behind: nobody else knows of the upload yet. */
async function signFirstWindow(
	provider: PresignProvider,
	rule: CompiledRule,
	upload: SealedUpload,
): Promise<PartWindow> {
	try {
		return await signWindow(provider, rule, upload, { first: 1, count: firstWindow });
	} catch (error) {
		await provider.abortMultipart(multipartRef(upload)).catch(() => undefined);
		throw error;
	}
}
