import type { CapabilityCorrections } from "../../capabilities.js";
import { hasCode } from "../../errors.js";
import type { PresignProvider } from "../../provider.js";
import { encodePath } from "../sigv4.js";
import { answerOf, type Prober } from "./probe-requests.js";

/** A new key for each name. */
export type Keys = (name: string) => string;

/** An etag of no object. */
const otherEtag = `"${"0".repeat(32)}"`;

/** Nothing to correct where the credentials may not do what is tried. */
function unlessDenied(error: unknown): CapabilityCorrections {
	if (hasCode(error, "forbidden")) return {};
	throw error;
}

/** Tries copies onto an object that exists, and of one that has changed. */
export async function probeCopies(
	provider: PresignProvider,
	prober: Prober,
	key: Keys,
): Promise<CapabilityCorrections> {
	const [from, to] = [key("from"), key("to")];
	await prober.put(from, "source");
	await prober.put(to, "target");
	const source = await prober.found(from);
	const other = { ...source, etag: otherEtag, version: undefined };
	try {
		const free = await answerOf(provider.copy(source, key("copy"), { createOnly: true }));
		await answerOf(provider.copy(source, to, { createOnly: true }));
		const kept = free === "ok" && (await prober.read(to)) === "target";
		const unpinned = await answerOf(provider.copy(other, key("other"), { createOnly: false }));
		const pinned = unpinned === "refused" && (await pinsParts(provider, prober, key));
		return { copy: { createOnly: kept, pinned } };
	} catch (error) {
		return unlessDenied(error);
	}
}

/** Whether an object in parts can be copied by its own etag. Swift compares another one. */
async function pinsParts(provider: PresignProvider, prober: Prober, key: Keys): Promise<boolean> {
	const from = key("from-parts");
	if ((await prober.upload(from, [Buffer.from("source")])) === "refused") return true;
	const source = await prober.found(from);
	return (await answerOf(provider.copy(source, key("of-parts"), { createOnly: false }))) === "ok";
}

/** Tries to delete an object that has changed. A role without s3:DeleteObject is a usual one. */
export async function probeDeletes(
	provider: PresignProvider,
	prober: Prober,
	key: Keys,
): Promise<CapabilityCorrections> {
	const kept = key("kept");
	await prober.put(kept, "kept");
	try {
		await answerOf(provider.delete(kept, { ifMatch: otherEtag }));
		return { conditionalDelete: (await prober.read(kept)) !== null };
	} catch (error) {
		return unlessDenied(error);
	}
}

/** Sends headers that the URL does not sign, one of them with an object that exists. */
export async function probeUnsigned(
	prober: Prober,
	key: Keys,
	bucket: string,
): Promise<"refused" | "accepted"> {
	const secret = key("secret");
	await prober.put(secret, "secret");
	const source = `/${bucket}/${encodePath(secret)}`;
	const attacks = [
		{ "x-amz-copy-source": source },
		{ "x-amz-acl": "private" },
		{ "x-amz-meta-a": "b" },
	];
	for (const unsigned of attacks) {
		if ((await prober.put(key("unsigned"), "body", { unsigned })) === "ok") return "accepted";
	}
	return "refused";
}
