import type {
	ObjectInfo,
	ObjectSpec,
	ProviderCapabilities,
	SignUploadOptions,
} from "@skyput/server/provider";
import { digest, verdict } from "./material.js";
import { sendAll } from "./parted-upload.js";
import type { ProviderContext, ReplayRequest, ReplayResponse } from "./provider-case.js";

/** How {@link signedPut} signs, beside what is stored. */
export type PutOptions = Partial<Omit<ObjectSpec, "key"> & SignUploadOptions>;

/** A signed PUT of `body`. */
export async function signedPut(
	{ provider }: ProviderContext,
	key: string,
	body: Uint8Array,
	{ expiresIn = 300, createOnly = false, checksum, ...spec }: PutOptions = {},
): Promise<ReplayRequest> {
	const required = provider.capabilities.checksums.required === true;
	const [algorithm = "md5"] = provider.capabilities.checksums.single;
	const signed = checksum ?? (required ? digest(algorithm, body) : undefined);
	const request = await provider.signUpload(
		{ key, size: body.length, ...spec },
		{ expiresIn, createOnly, ...(signed ? { checksum: signed } : {}) },
	);
	return { method: request.method, url: request.url, headers: request.headers, body };
}

/** Stores an object, in whatever way the storage has. */
export async function place(
	context: ProviderContext,
	key: string,
	body: Uint8Array,
	spec: Omit<PutOptions, "size"> = {},
): Promise<ObjectInfo> {
	if (bySingle(context.provider.capabilities)) {
		const answer = await context.send(await signedPut(context, key, body, spec));
		if (verdict(answer) !== "ok") throw new Error(`An object got status ${answer.status}`);
		const info = await context.provider.head(key);
		if (info) return info;
		throw new Error("An object was answered with success, and is not there");
	}
	const upload = { key, ...spec };
	const ref = await context.provider.createMultipart(
		{ ...upload, size: body.length },
		{ createOnly: false },
	);
	const file = {
		bytes: body,
		partSize: body.length,
		lastSize: body.length,
		// an empty file has no parts
		count: Math.min(body.length, 1),
		part: () => body,
	};
	const parts = await sendAll(context, ref, file);
	const options = { spec: { ...upload, size: body.length }, createOnly: false };
	return context.provider.completeMultipart(ref, parts, options);
}

/** Downloads an object by a signed GET. */
export async function readBack(context: ProviderContext, key: string): Promise<ReplayResponse> {
	const { method, url, headers } = await context.provider.signDownload(key, { expiresIn: 300 });
	return await context.send({ method, url, headers });
}

/** Which of the given bytes are stored: the name of the first that are equal, `nothing` or `other bytes`. */
export async function whatIsStored(
	context: ProviderContext,
	key: string,
	known: Readonly<Record<string, Uint8Array>>,
): Promise<string> {
	const { status, body } = await readBack(context, key);
	if (status === 404) return "nothing";
	const [name = "other bytes"] =
		Object.entries(known).find(([, bytes]) => Buffer.compare(bytes, body) === 0) ?? [];
	return name;
}

/** Whether small files are stored by one PUT. */
export const bySingle = ({ single }: ProviderCapabilities): boolean => single.maxSize >= 8192;
