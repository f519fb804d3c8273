import {
	type CreateRequest,
	type DigestPlan,
	type PlanKind,
	type SinglePlan,
	wantsMultipart,
} from "#protocol";
import { UploadError } from "../errors.js";
import type { PresignProvider } from "../provider.js";
import { quarantineSpec } from "../quarantine.js";
import { newUploadId, type SealedUpload } from "../token.js";
import { authorizeUpload } from "../uploads/authorize-upload.js";
import { createOnly, mayBeMultipart, needsParts } from "../uploads/check-provider.js";
import type { CompiledRule } from "../uploads/compile-rule.js";
import { normalizeKey } from "../uploads/key.js";
import { checkMetadata, checkNames } from "../uploads/metadata.js";
import { tooLarge } from "../uploads/size.js";
import { chooseSingleChecksum } from "./choose-checksum.js";
import { beginCounted } from "./count-upload.js";
import {
	checksumField,
	defined,
	type Fields,
	invalidField,
	isAlgorithm,
	listField,
	requiredText,
	sizeField,
	textField,
} from "./fields.js";
import type { CreateContext } from "./multipart-plan.js";
import { ruleSpec } from "./object-spec.js";
import { type Operation, requireSealer } from "./operation.js";
import { refuseTakenKey } from "./taken-key.js";

function parseKinds(fields: Fields): readonly PlanKind[] {
	const kinds = listField(fields, "kinds", 16) ?? ["single", "multipart"];
	const known = kinds.filter(
		(kind) => kind === "single" || kind === "multipart" || kind === "digest",
	);
	if (!known.some((kind) => kind !== "digest"))
		throw invalidField("kinds", 'Must name "single", "multipart" or both.');
	return known;
}

/** Chooses the kind of plan: the client requests one, rule and storage decide. */
function chooseKind(
	request: CreateRequest,
	rule: CompiledRule,
	provider: PresignProvider,
): "single" | "multipart" {
	const { single, multipart } = provider.capabilities;
	const { size } = request;
	if (multipart === false) {
		if (size === null) {
			throw new UploadError("unsupported", "This storage needs the size of the file in advance.");
		}
		if (size > single.maxSize) throw tooLarge(size, single.maxSize);
		return "single";
	}
	if (size === null) return "multipart";
	if (size > multipart.maxObjectSize) throw tooLarge(size, multipart.maxObjectSize);
	if (size > single.maxSize || single.maxSize === 0) return "multipart";
	if (needsParts(rule, provider)) {
		if (size > 0) return "multipart";
		throw new UploadError(
			"unsupported",
			"An empty file cannot be stored with the ACL of this key.",
		);
	}
	const { kinds, multipart: wanted = wantsMultipart(size) } = request;
	const possible = size > 0 && mayBeMultipart(rule) && kinds.includes("multipart");
	return possible && (wanted || !kinds.includes("single")) ? "multipart" : "single";
}

async function singlePlan(
	{ provider, sealer, rule, spec, upload, completes }: CreateContext,
	request: CreateRequest,
): Promise<SinglePlan | DigestPlan> {
	const { checksums, enforce } = provider.capabilities;
	const { stage, algorithm, checksum } = chooseSingleChecksum(checksums, request);
	if (stage === "digest") return { v: 1, kind: "digest", algorithm };
	const signed = await provider.signUpload(spec, {
		expiresIn: rule.expiresIn,
		createOnly: createOnly(rule, provider, "single"),
		checksum,
	});
	const unbound = enforce.singleSize === "none" || enforce.contentType === "none";
	return {
		v: 1,
		kind: "single",
		key: upload.key,
		uploadId: spec.uploadId,
		token: sealer.seal({
			...upload,
			...defined({ algorithm, stage, digest: checksum?.value }),
		}),
		request: signed,
		confirm: rule.quarantine ? "verdict" : completes || unbound || stage === "reported",
		...defined({ algorithm }),
	};
}

/** `POST {base}`: authorizes an upload and returns a plan with its first signed requests. */
export const create: Operation<"create"> = {
	parse(fields) {
		if (fields["v"] !== 1) throw invalidField("v", "Must be 1, the version of this contract.");
		const { multipart, size, metadata } = fields;
		if (size === undefined) {
			const detail = "Is required: bytes, or null while unknown.";
			throw new UploadError("invalid-size", `size: ${detail}`, {
				errors: [{ field: "size", detail }],
				values: { name: "size" },
			});
		}
		if (multipart !== undefined && typeof multipart !== "boolean") {
			throw invalidField("multipart", "Must be true or false.");
		}
		const checksums = listField(fields, "checksums", 16)
			?.map((value) => checksumField(value, "checksums"))
			.filter((value) => value !== undefined);
		const algorithms = listField(fields, "algorithms", 16)?.filter(isAlgorithm);
		return {
			v: 1,
			key: normalizeKey(requiredText(fields, "key")),
			size: size === null ? null : sizeField(size),
			kinds: parseKinds(fields),
			...defined({
				contentType: textField(fields, "contentType"),
				multipart,
				metadata,
				algorithms,
				checksums,
			}),
		};
	},

	async run(context, request, call) {
		const { uploads } = context;
		const { principal } = call;
		const sealer = requireSealer(context);
		const { size } = request;
		const authorized = await authorizeUpload(uploads, {
			principal,
			action: "create",
			requestedKey: request.key,
			size,
			contentType: request.contentType,
		});
		const { rule, params, key, contentType } = authorized;
		const requestedKey = request.key;
		const provider = await context.providers.choose(rule, { ...call, requestedKey, params });
		const metadata = await checkMetadata(request.metadata, rule.metadata);
		checkNames(metadata, provider.capabilities);
		const kind = chooseKind(request, rule, provider);
		if (!request.kinds.includes(kind)) {
			throw new UploadError(
				"unsupported",
				`This file needs a ${kind} plan, which the client does not support.`,
				{ values: { kind } },
			);
		}
		await refuseTakenKey({ provider, rule, kind, key, size });
		const input = { principal, requestedKey, size };
		const options = await ruleSpec(authorized, input, metadata);
		const uploadId = newUploadId();
		const upload: SealedUpload = {
			uploadId,
			key,
			...(rule.quarantine ? { quarantined: true } : {}),
			...(requestedKey === key ? {} : { requestedKey }),
			size,
			contentType,
			pattern: rule.pattern.source,
			provider: provider.id,
			bucket: provider.bucket,
			owner: sealer.ownerOf(principal),
			begun: Math.floor(Date.now() / 1000),
			...(metadata ? { metadata } : {}),
		};
		const spec = { key, size, contentType, uploadId, ...options };
		const { expiresIn } = rule;
		const created: CreateContext = {
			provider,
			sealer,
			completes: (context.quota ?? context.signProof ?? rule.onComplete) !== undefined,
			rule,
			spec: rule.quarantine ? quarantineSpec(spec, { upload, principal, expiresIn }) : spec,
			upload,
		};
		const { multipart, single } = provider.capabilities;
		const most = multipart === false ? single.maxSize : multipart.maxObjectSize;
		const counted = { ...created.upload, principal, bytes: size ?? rule.maxSize ?? most };
		return beginCounted(context, counted, async () => {
			if (kind === "single") return singlePlan(created, request);
			const { multipartPlan } = await import("./control-operations.js");
			return multipartPlan(created, request);
		});
	},

	status: ({ kind }) => (kind === "digest" ? 200 : 201),
};
