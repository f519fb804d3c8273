import { randomBytes } from "node:crypto";
import type { StoredPart } from "#protocol";
import type { ListedUpload } from "../../maintenance.js";
import type { MultipartRef } from "../../multipart-upload.js";

/** Where the blocks of all uploads are sent. */
export const stagePrefix = ".skyput/";

/** The id of a new upload. It begins with the second in hex: the storage tells no age of blocks that are not joined. */
export function newUploadId(): string {
	return `${Math.floor(Date.now() / 1_000).toString(16)}-${randomBytes(12).toString("hex")}`;
}

/** The upload whose blocks are sent to a blob; undefined for any other blob. */
export function uploadAt(key: string): ListedUpload | undefined {
	const id = key.slice(stagePrefix.length);
	const [, seconds] = /^([0-9a-f]{8})-[0-9a-f]{24}$/.exec(id) ?? [];
	return seconds ? { key, id, begun: Number.parseInt(seconds, 16) * 1_000 } : undefined;
}

/**
 * Where the blocks of an upload are sent. A SAS reaches a whole blob, with any request and header, so it is
 * never made for the blob of the key: only the server writes that, from the blocks that it has checked.
 */
export function stageOf({ id }: MultipartRef): string {
	return stagePrefix + id;
}

/** Digits of a number in the name of a block. All names of a blob must have one length. */
const digits = 6;

/** Base64 of a block's number, without a character that a URL encodes. */
export function blockNumber(number: number): string {
	return Buffer.from(String(number).padStart(digits, "0")).toString("base64");
}

/** The body of Put Block List: these blocks, in this order. */
export function blockListBody(names: readonly string[]): string {
	const entries = names.map((name) => `<Latest>${name}</Latest>`).join("");
	return `<?xml version="1.0" encoding="utf-8"?><BlockList>${entries}</BlockList>`;
}

/**
 * Reads the answer of Get Block List. Of a block that was sent again after a commit, the uncommitted one
 * counts, as in a `<Latest>` entry. Names of another shape are ignored: the URL's holder chose them.
 */
export function readBlockList(xml: string): StoredPart[] {
	const sizes = new Map<number, number>();
	// committed ones come first
	for (const [, name = "", size] of xml.matchAll(/<Name>([^<]+)<\/Name>\s*<Size>(\d+)</g)) {
		const number = Number(Buffer.from(name, "base64").toString());
		if (blockNumber(number) === name) sizes.set(number, Number(size));
	}
	return [...sizes]
		.map(([partNumber, size]) => ({ partNumber, size }))
		.sort((a, b) => a.partNumber - b.partNumber);
}

/** Whether the answer of Get Block List shows these blocks joined in this order, and none sent since. */
export function isJoined(xml: string, names: readonly string[]): boolean {
	const [committed = "", uncommitted = ""] = xml.split("<UncommittedBlocks");
	const joined = [...committed.matchAll(/<Name>([^<]+)</g)].map(([, name]) => name);
	return joined.join() === names.join() && !uncommitted.includes("<Name>");
}
