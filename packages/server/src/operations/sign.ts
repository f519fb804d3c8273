import type { Checksum } from "#protocol";
import { UploadError } from "../errors.js";
import type { PresignProvider } from "../provider.js";
import { authorizeUpload } from "../uploads/authorize-upload.js";
import { createOnly, needsParts } from "../uploads/check-provider.js";
import type { CompiledRule } from "../uploads/compile-rule.js";
import { normalizeKey } from "../uploads/key.js";
import { checkMetadata } from "../uploads/metadata.js";
import {
	checksumField,
	defined,
	type Fields,
	invalidField,
	sizeField,
	textField,
} from "./fields.js";
import { ruleSpec } from "./object-spec.js";
import type { Operation, OperationContext } from "./operation.js";

const usePost = (why: string): UploadError =>
	new UploadError(
		"unsupported",
		`A plain URL cannot serve this key: ${why}. Use POST, as @skyput/client does.`,
	);

/** A plain URL is never completed, so it cannot serve a rule that relies on completion. */
function checkPlain(
	{ quota }: OperationContext,
	rule: CompiledRule,
	provider: PresignProvider,
): void {
	if (quota) throw usePost("the server counts stored objects for a quota");
	if (rule.onComplete) throw usePost("its rule runs onComplete after the upload");
	if (rule.quarantine) throw usePost("its files are processed before they get their keys");
	const { enforce, single } = provider.capabilities;
	if (needsParts(rule, provider))
		throw usePost("the bucket's policy denies its ACL to signed URLs");
	if (single.maxSize === 0) throw usePost("the storage has no URL that stores a whole file");
	if ((rule.maxSize ?? rule.minSize) !== undefined && enforce.singleSize === "none") {
		throw usePost("the storage cannot bind its size limit into a URL");
	}
	if (rule.contentTypes && enforce.contentType === "none") {
		throw usePost("the storage cannot bind its content types into a URL");
	}
}

/** The output of the rule's schema for no metadata: a query carries none. */
async function defaultMetadata(rule: CompiledRule): ReturnType<typeof checkMetadata> {
	return checkMetadata(undefined, rule.metadata).catch((error: unknown) => {
		throw error instanceof UploadError ? usePost("its rule requires metadata") : error;
	});
}

/** A digest as `alg:value`. @throws UploadError `invalid-request` for any other text. */
function checksumIn(fields: Fields): Checksum | undefined {
	const text = textField(fields, "checksum");
	if (text === undefined) return undefined;
	const [, algorithm, value = ""] = /^(\w+):(.*)$/s.exec(text) ?? [];
	// a plus sign that was not encoded is a space in a query, and base64 has none
	const checksum = algorithm && { algorithm, value: value.replaceAll(" ", "+") };
	const known = checksum ? checksumField(checksum, "checksum") : undefined;
	if (known) return known;
	throw invalidField("checksum", "Must be ALGORITHM:BASE64, such as md5:1B2M2Y8AsgTpgAmY7PhCfg==.");
}

/** `GET {base}?key=`: one URL for one PUT, for curl and Postman. */
export const sign: Operation<"sign"> = {
	parse(fields) {
		const key = textField(fields, "key");
		if (key === undefined) {
			throw new UploadError(
				"invalid-request",
				"key is required: call this URL with ?key=... If you sent a POST, something has made a GET of it: a redirect, a proxy, a service worker, or a React Router route with a component (default export).",
				{
					errors: [{ field: "key", detail: "Is required." }],
				},
			);
		}
		const size = textField(fields, "size");
		return {
			key: normalizeKey(key),
			...defined({
				contentType: textField(fields, "contentType"),
				checksum: checksumIn(fields),
			}),
			...(size === undefined
				? {}
				: { size: sizeField(/^\d{1,16}$/.test(size) ? Number(size) : size) }),
		};
	},

	async run(context, request, call) {
		const { uploads, providers } = context;
		const { principal } = call;
		const { size = null } = request;
		const authorized = await authorizeUpload(uploads, {
			principal,
			action: "create",
			requestedKey: request.key,
			size,
			contentType: request.contentType,
		});
		const { rule, params, key, contentType } = authorized;
		const requestedKey = request.key;
		const provider = await providers.choose(rule, { ...call, requestedKey, params });
		checkPlain(context, rule, provider);
		const metadata = await defaultMetadata(rule);
		if ((rule.maxSize ?? rule.minSize) !== undefined && size === null) {
			throw new UploadError(
				"invalid-size",
				"Uploads to this key are limited in size; add the file's size: &size=BYTES.",
				{ errors: [{ field: "size", detail: "Is required here." }] },
			);
		}
		if ((size ?? 0) > provider.capabilities.single.maxSize) {
			throw new UploadError(
				"too-large",
				"The file is too large for one request. Use POST, as @skyput/client does.",
				{ values: { size: size ?? 0, limit: provider.capabilities.single.maxSize } },
			);
		}
		const { single, required } = provider.capabilities.checksums;
		if (required && !request.checksum) {
			throw invalidField(
				"checksum",
				`Is required here, because the bucket refuses a body without a digest: add &checksum=${single[0]}:BASE64, percent-encoded.`,
				{ accepted: single.join(", ") },
			);
		}
		const signsType = request.contentType !== undefined || rule.contentTypes !== undefined;
		const input = { principal, requestedKey, size };
		const options = await ruleSpec(authorized, input, metadata);
		const signed = await provider.signUpload(
			{ key, size, ...(signsType ? { contentType } : {}), ...options },
			{
				expiresIn: rule.expiresIn,
				createOnly: createOnly(rule, provider, "single"),
				checksum: request.checksum,
			},
		);
		const { url, method, headers, expiresAt } = signed;
		return { uploadURL: url, key, method, headers, expiresAt };
	},

	status: () => 200,
};
