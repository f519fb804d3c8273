import type { SignReply, SignRequest } from "#protocol";
import { UploadError } from "../errors.js";
import type { ObjectSpec, PresignProvider } from "../provider.js";
import { decide } from "../uploads/authorize-upload.js";
import { createOnly } from "../uploads/check-provider.js";
import type { CompiledRule } from "../uploads/compile-rule.js";
import { checkMetadata, type Metadata, toStoredMetadata } from "../uploads/metadata.js";
import type { Principal } from "../uploads/rule.js";
import type { OperationContext } from "./open-upload.js";

const usePost = (why: string): UploadError =>
	new UploadError(
		"unsupported",
		`A plain URL cannot serve this key: ${why}. Use POST, as @skyput/client does.`,
	);

/** What a rule's schema makes of no metadata. */
async function plainMetadata(rule: CompiledRule): ReturnType<typeof checkMetadata> {
	return checkMetadata(undefined, rule.metadata).catch((error: unknown) => {
		throw error instanceof UploadError ? usePost("its rule requires metadata") : error;
	});
}

/** A plain URL is never completed, so a rule that counts on completion cannot have one. */
function checkPlain(rule: CompiledRule, provider: PresignProvider): void {
	if (rule.onComplete) throw usePost("its rule runs onComplete after the upload");
	const { enforce } = provider.capabilities;
	if (rule.maxSize !== undefined && enforce.singleSize === "none") {
		throw usePost("the storage cannot bind its size limit into a URL");
	}
	if (rule.contentTypes && enforce.contentType === "none") {
		throw usePost("the storage cannot bind its content types into a URL");
	}
}

/** `GET {base}?key=`: one URL for one PUT, for curl and its like. */
export async function sign(
	context: OperationContext,
	request: SignRequest,
	principal: Principal | null,
): Promise<SignReply> {
	const { provider } = context;
	const { rule, key, contentType } = await decide(context.uploads, {
		principal,
		action: "create",
		key: request.key,
		size: request.size ?? null,
		contentType: request.contentType,
	});
	checkPlain(rule, provider);
	const metadata = await plainMetadata(rule);
	if (rule.maxSize !== undefined && request.size === undefined) {
		throw new UploadError(
			"invalid-size",
			"Uploads to this key are limited; say how large the file is: &size=BYTES.",
			{
				errors: [{ field: "size", detail: "Is required here." }],
			},
		);
	}
	if ((request.size ?? 0) > provider.capabilities.single.maxSize) {
		throw new UploadError(
			"too-large",
			"The file is too large for one request. Use POST, as @skyput/client does.",
		);
	}
	const signsType = request.contentType !== undefined || rule.contentTypes !== undefined;
	const spec: ObjectSpec = {
		key,
		size: request.size ?? null,
		...(signsType ? { contentType } : {}),
		...storedHeaders(rule),
		...storedMetadata(metadata),
	};
	const signed = await provider.signUpload(spec, {
		expiresIn: rule.expiresIn,
		createOnly: createOnly(rule, provider, "single"),
	});
	return {
		uploadURL: signed.url,
		key,
		method: signed.method,
		headers: signed.headers,
		expiresAt: signed.expiresAt,
	};
}

/** The headers that a rule gives to every object. */
export function storedHeaders(
	rule: CompiledRule,
): Pick<ObjectSpec, "cacheControl" | "contentDisposition"> {
	const { cacheControl, contentDisposition } = rule;
	return {
		...(cacheControl === undefined ? {} : { cacheControl }),
		...(contentDisposition === undefined ? {} : { contentDisposition }),
	};
}

/** The metadata to store with an object. */
export function storedMetadata(metadata: Metadata | undefined): Pick<ObjectSpec, "metadata"> {
	return metadata ? { metadata: toStoredMetadata(metadata) } : {};
}
