import { type PresignProvider, UploadError } from "@skyput/server/provider";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
	type MemoryStorage,
	type ProviderContext,
	providerCases,
	replay,
	startMemoryStorage,
} from "../../src/index.js";

// Providers that are right in all but one thing: for each, a case must fail.

let storage: MemoryStorage;
let token: MemoryStorage;
beforeAll(async () => {
	storage = await startMemoryStorage();
	token = await startMemoryStorage({ style: "token" });
});
afterAll(() => Promise.all([storage.close(), token.close()]));

/** One sin: what is other than in a right provider, and the case that finds it. */
interface Mutant {
	readonly sin: string;
	readonly foundBy: string;
	/** @default "signature" */
	readonly style?: "signature" | "token";
	mutate(right: PresignProvider): Partial<PresignProvider>;
}

const lastByte = (text: string): string => text.replace(/.$/, (c) => (c === "0" ? "1" : "0"));

const mutants: readonly Mutant[] = [
	{
		sin: "drops create-only from a single upload",
		foundBy: "create-only refuses the second upload and keeps the first",
		mutate: ({ signUpload }) => ({
			signUpload: (spec, options) => signUpload(spec, { ...options, createOnly: false }),
		}),
	},
	{
		sin: "leaves create-only to a header that it does not sign",
		foundBy: "create-only keeps the object from a client that drops the headers",
		mutate: ({ signUpload }) => ({
			async signUpload(spec, options) {
				const signed = await signUpload(spec, { ...options, createOnly: false });
				return { ...signed, headers: { ...signed.headers, "if-none-match": "*" } };
			},
		}),
	},
	{
		sin: "drops create-only at the commit",
		foundBy: "completing create-only stores a new object, and refuses to overwrite one",
		mutate: ({ completeMultipart }) => ({
			completeMultipart: (ref, parts, options) =>
				completeMultipart(ref, parts, { ...options, createOnly: false }),
		}),
	},
	{
		sin: "refuses every create-only commit",
		foundBy: "completing create-only stores a new object, and refuses to overwrite one",
		mutate: ({ completeMultipart }) => ({
			completeMultipart: async (ref, parts, options) => {
				if (options.createOnly) throw new UploadError("already-exists", "There is an object.");
				return completeMultipart(ref, parts, options);
			},
		}),
	},
	{
		sin: "drops create-only at the commit of a storage without it",
		foundBy: "create-only in parts is unsupported where the commit overwrites",
		style: "token",
		mutate: ({ createMultipart, completeMultipart }) => ({
			createMultipart: (spec, options) => createMultipart(spec, { ...options, createOnly: false }),
			completeMultipart: (ref, parts, options) =>
				completeMultipart(ref, parts, { ...options, createOnly: false }),
		}),
	},
	{
		sin: "drops a digest that the storage does not verify",
		foundBy: "a signed crc32c is unsupported where the storage is not known to verify it",
		mutate: ({ capabilities, signUpload }) => ({
			signUpload: (spec, { checksum, ...options }) =>
				checksum && capabilities.checksums.single.includes(checksum.algorithm)
					? signUpload(spec, { ...options, checksum })
					: signUpload(spec, options),
		}),
	},
	{
		sin: "drops every digest of a single upload",
		foundBy: "a body with another sha256 than signed is refused, with and without its header",
		mutate: ({ signUpload }) => ({
			signUpload: (spec, { checksum: _, ...options }) => signUpload(spec, options),
		}),
	},
	{
		sin: "sends a digest in a header that it does not sign",
		foundBy: "a body with another md5 than signed is refused, with and without its header",
		mutate: ({ signUpload }) => ({
			async signUpload(spec, { checksum, ...options }) {
				const signed = await signUpload(spec, options);
				const digest = checksum ? { "content-md5": checksum.value } : {};
				return { ...signed, headers: { ...signed.headers, ...digest } };
			},
		}),
	},
	{
		sin: "names no header for the digest of a part",
		foundBy: "a part with the right md5 is stored, and with another is refused",
		mutate: ({ signParts }) => ({
			async signParts(...call) {
				const { partChecksum: _, ...window } = await signParts(...call);
				return window;
			},
		}),
	},
	{
		sin: "names a header that the storage does not verify",
		foundBy: "a part with the right md5 is stored, and with another is refused",
		mutate: ({ signParts }) => ({
			async signParts(...call) {
				const { partChecksum, ...window } = await signParts(...call);
				return { ...window, partChecksum: partChecksum && { ...partChecksum, header: "x-md5" } };
			},
		}),
	},
	{
		sin: "drops the digest of the whole object",
		foundBy: "completing with another crc32 of the whole object is refused",
		mutate: ({ completeMultipart }) => ({
			completeMultipart: (ref, parts, { checksum: _, ...options }) =>
				completeMultipart(ref, parts, options),
		}),
	},
	{
		sin: "begins an upload with a digest that the storage does not verify",
		foundBy:
			"a crc64nvme of the whole object is unsupported where the storage is not known to verify it",
		mutate: ({ createMultipart }) => ({
			createMultipart: (spec, { createOnly }) => createMultipart(spec, { createOnly }),
		}),
	},
	{
		sin: "claims a digest that head does not report",
		foundBy: "the sha256 of an object is reported",
		mutate: ({ head }) => ({
			async head(key) {
				const info = await head(key);
				return info && { ...info, checksums: [] };
			},
		}),
	},
	{
		sin: "reports a composite of the digests of parts",
		foundBy: "every digest that head returns is that of the object",
		mutate: ({ head }) => ({
			async head(key) {
				const info = await head(key);
				return info && { ...info, checksums: [{ algorithm: "crc32", value: "AAAAAA==" }] };
			},
		}),
	},
	{
		sin: "states a longer validity than was asked for",
		foundBy: "an upload URL is refused after it has expired",
		mutate: ({ signUpload }) => ({
			signUpload: async (...call) => ({ ...(await signUpload(...call)), expiresIn: 3600 }),
		}),
	},
	{
		sin: "states an expiry that is not that of the URL",
		foundBy: "a signed upload stores exactly the bytes, the type and the upload id",
		mutate: ({ signUpload }) => ({
			signUpload: async (...call) => ({
				...(await signUpload(...call)),
				expiresAt: new Date(Date.now() + 1e8).toISOString(),
			}),
		}),
	},
	{
		sin: "signs for longer than it says",
		foundBy: "an upload URL is refused after it has expired",
		mutate: ({ signUpload }) => ({
			async signUpload(spec, options) {
				const { expiresIn } = options;
				const signed = await signUpload(spec, { ...options, expiresIn: 600 });
				const expiresAt = new Date(Date.now() + expiresIn * 1000).toISOString();
				return { ...signed, expiresIn, expiresAt };
			},
		}),
	},
	{
		sin: "signs downloads that have expired already",
		foundBy: "a URL is good for as long as it says, and is refused after it has expired",
		mutate: ({ signDownload }) => ({
			async signDownload(key, options) {
				const { expiresIn } = options;
				const signed = await signDownload(key, { ...options, expiresIn: -1 });
				const expiresAt = new Date(Date.now() + expiresIn * 1000).toISOString();
				return { ...signed, expiresIn, expiresAt };
			},
		}),
	},
	{
		sin: "asks for a header that browsers forbid",
		foundBy: "a signed upload stores exactly the bytes, the type and the upload id",
		mutate: ({ signUpload }) => ({
			async signUpload(spec, options) {
				const signed = await signUpload(spec, options);
				return { ...signed, headers: { ...signed.headers, "content-length": String(spec.size) } };
			},
		}),
	},
	{
		sin: "names a receipt that the storage does not send",
		foundBy: "a signed upload stores exactly the bytes, the type and the upload id",
		mutate: ({ signUpload }) => ({
			signUpload: async (...call) => ({
				...(await signUpload(...call)),
				receiptHeader: "x-receipt",
			}),
		}),
	},
	{
		sin: "gives a status a meaning that no client knows",
		foundBy: "a signed upload stores exactly the bytes, the type and the upload id",
		mutate: ({ signUpload }) => ({
			signUpload: async (...call) => ({
				...(await signUpload(...call)),
				outcomes: { AlreadyExists: "exists" },
			}),
		}),
	},
	{
		sin: "signs no length",
		foundBy: "a body longer than signed is refused",
		mutate: ({ signUpload }) => ({
			signUpload: (spec, options) => signUpload({ ...spec, size: null }, options),
		}),
	},
	{
		sin: "signs no content type",
		foundBy: "another content type than the signed one is refused",
		mutate: ({ signUpload }) => ({
			async signUpload({ contentType, ...spec }, options) {
				const signed = await signUpload(spec, options);
				const type = contentType === undefined ? {} : { "content-type": contentType };
				return { ...signed, headers: { ...signed.headers, ...type } };
			},
		}),
	},
	{
		sin: "drops the metadata of a single upload",
		foundBy: "metadata, cache control and disposition come back with the object",
		mutate: ({ signUpload }) => ({
			signUpload: ({ metadata: _, ...spec }, options) => signUpload(spec, options),
		}),
	},
	{
		sin: "renames metadata that the storage cannot keep",
		foundBy: "metadata names that the storage cannot keep are unsupported",
		style: "token",
		mutate: ({ signUpload }) => ({
			signUpload: ({ metadata = {}, ...spec }, options) => {
				const entries = Object.entries(metadata).map(([name, v]) => [name.replaceAll("-", "_"), v]);
				return signUpload({ ...spec, metadata: Object.fromEntries(entries) }, options);
			},
		}),
	},
	{
		sin: "drops the upload id",
		foundBy: "a signed upload stores exactly the bytes, the type and the upload id",
		mutate: ({ signUpload }) => ({
			signUpload: ({ uploadId: _, ...spec }, options) => signUpload(spec, options),
		}),
	},
	...(["cacheControl", "contentDisposition", "metadata", "contentType", "uploadId"] as const).map(
		(member): Mutant => ({
			sin: `drops ${member} of an upload in parts`,
			foundBy: "parts become one object with everything that was to be stored, and not before",
			mutate: ({ createMultipart }) => ({
				createMultipart: (spec, options) =>
					createMultipart({ ...spec, [member]: undefined }, options),
			}),
		}),
	),
	{
		sin: "mixes two uploads of one key",
		foundBy: "two uploads of one key do not mix",
		mutate: ({ createMultipart }) => {
			const refs = new Map<string, ReturnType<typeof createMultipart>>();
			return {
				createMultipart(spec, options) {
					const ref = refs.get(spec.key) ?? createMultipart(spec, options);
					refs.set(spec.key, ref);
					return ref;
				},
			};
		},
	},
	{
		sin: "cuts the list of parts at a thousand and says that it is whole",
		foundBy: "more than a thousand parts are listed, page by page",
		mutate: ({ listParts }) => ({
			listParts: async (...call) => ({ parts: (await listParts(...call)).parts }),
		}),
	},
	{
		sin: "lists from the beginning, whatever was asked for",
		foundBy: "stored parts are listed with their sizes, after a given part number",
		mutate: ({ listParts }) => ({ listParts: (ref) => listParts(ref, {}) }),
	},
	{
		sin: "lists parts without their sizes",
		foundBy: "stored parts are listed with their sizes, after a given part number",
		mutate: ({ listParts }) => ({
			async listParts(...call) {
				const page = await listParts(...call);
				return { ...page, parts: page.parts.map((part) => ({ ...part, size: 0 })) };
			},
		}),
	},
	{
		sin: "lists other receipts than the storage sent",
		foundBy: "a receipt is listed as the response to its part had it",
		mutate: ({ listParts }) => ({
			async listParts(...call) {
				const page = await listParts(...call);
				const unquoted = page.parts.map(({ receipt = "", ...part }) => ({
					...part,
					receipt: receipt.replaceAll('"', ""),
				}));
				return { ...page, parts: unquoted };
			},
		}),
	},
	{
		sin: "commits another total than was declared",
		foundBy: "completing with another total than that of the parts is refused",
		mutate: ({ completeMultipart, listParts }) => ({
			async completeMultipart(ref, parts, options) {
				const stored = (await listParts(ref, {})).parts;
				const size = stored.reduce((sum, part) => sum + part.size, 0);
				return completeMultipart(ref, parts, { ...options, spec: { ...options.spec, size } });
			},
		}),
	},
	{
		sin: "commits whatever is stored, whatever was named",
		foundBy: "completing with a receipt that no part has is refused",
		mutate: ({ completeMultipart, listParts }) => ({
			async completeMultipart(ref, _parts, options) {
				const { parts } = await listParts(ref, {});
				const own = parts.map(({ partNumber, receipt = "" }) => ({ partNumber, receipt }));
				return completeMultipart(ref, own, options);
			},
		}),
	},
	{
		sin: "leaves out parts that are missing",
		foundBy: "completing with a part that was never sent is refused",
		mutate: ({ completeMultipart, listParts }) => ({
			async completeMultipart(ref, parts, options) {
				const stored = (await listParts(ref, {})).parts.map((part) => part.partNumber);
				const there = parts.filter(({ partNumber }) => stored.includes(partNumber));
				return completeMultipart(ref, there, options);
			},
		}),
	},
	{
		sin: "returns another size than is stored",
		foundBy: "parts become one object with everything that was to be stored, and not before",
		mutate: ({ completeMultipart }) => ({
			completeMultipart: async (...call) => ({ ...(await completeMultipart(...call)), size: 1 }),
		}),
	},
	{
		sin: "returns the staging key of an object",
		foundBy: "completing twice does not make the object look lost",
		mutate: ({ completeMultipart }) => ({
			completeMultipart: async (...call) => ({
				...(await completeMultipart(...call)),
				key: "other",
			}),
		}),
	},
	{
		sin: "calls a repeated commit a missing part",
		foundBy: "completing twice does not make the object look lost",
		mutate: ({ completeMultipart }) => ({
			completeMultipart: (...call) =>
				completeMultipart(...call).catch((error: unknown) => {
					if (!(error instanceof UploadError) || error.code !== "upload-not-found") throw error;
					throw new UploadError("invalid-parts", "The parts are missing.");
				}),
		}),
	},
	{
		sin: "signs a window that begins with part 1, whatever was asked for",
		foundBy: "a window begins and ends with the parts that were asked for",
		mutate: ({ signParts }) => ({
			signParts: async (ref, range, options) => ({
				...(await signParts(ref, { ...range, first: 1 }, options)),
				first: range.first,
			}),
		}),
	},
	{
		sin: "counts more parts than it signed",
		foundBy: "a window of no parts is empty, and one of the largest size is full",
		mutate: ({ signParts }) => ({
			async signParts(...call) {
				const window = await signParts(...call);
				return { ...window, values: window.values.slice(0, 10) };
			},
		}),
	},
	{
		sin: "cannot sign a window of no parts",
		foundBy: "a window of no parts is empty, and one of the largest size is full",
		mutate: ({ signParts }) => ({
			async signParts(ref, range, options) {
				if (range.count === 0) throw new RangeError("count must be at least 1");
				return signParts(ref, range, options);
			},
		}),
	},
	{
		sin: "ignores the size of the last part",
		foundBy: "a window begins and ends with the parts that were asked for",
		mutate: ({ signParts }) => ({
			signParts: (ref, { lastSize: _, ...range }, options) => signParts(ref, range, options),
		}),
	},
	{
		sin: "signs parts by URLs that reach the whole object",
		foundBy: "the URL of a part cannot write the object, before or after the commit",
		style: "token",
		mutate: ({ capabilities }) => ({ capabilities: { ...capabilities, partUrl: "part" } }),
	},
	{
		sin: "claims that unequal parts are refused",
		foundBy: "parts of unequal sizes are refused",
		mutate: ({ capabilities: { multipart, ...others } }) => ({
			capabilities: { ...others, multipart: multipart && { ...multipart, equalParts: true } },
		}),
	},
	{
		sin: "claims that a URL binds the length",
		foundBy: "a body shorter than signed is refused",
		style: "token",
		mutate: ({ capabilities }) => ({
			capabilities: { ...capabilities, enforce: { ...capabilities.enforce, singleSize: "exact" } },
		}),
	},
	{
		sin: "does not end an aborted upload",
		foundBy: "an aborted upload takes no more parts and cannot be completed",
		mutate: () => ({ abortMultipart: async () => {} }),
	},
	{
		sin: "deletes the object of an upload that is aborted late",
		foundBy: "aborting is idempotent and never deletes a committed object",
		mutate: (right) => ({
			abortMultipart: async (ref) => {
				await right.abortMultipart(ref);
				await right.delete(ref.key);
			},
		}),
	},
	{
		sin: "fails to abort an upload that is gone",
		foundBy: "aborting is idempotent and never deletes a committed object",
		mutate: ({ abortMultipart, listParts }) => ({
			async abortMultipart(ref) {
				await listParts(ref, {});
				await abortMultipart(ref);
			},
		}),
	},
	{
		sin: "throws when there is nothing to head",
		foundBy: "head of a key without an object resolves to null",
		mutate: ({ head }) => ({
			async head(key) {
				const info = await head(key);
				if (info) return info;
				throw new UploadError("not-found", "There is no such object.");
			},
		}),
	},
	{
		sin: "deletes whatever has the key",
		foundBy: "deleting with the etag of another object is a conflict and keeps the object",
		mutate: (right) => ({ delete: (key) => right.delete(key) }),
	},
	{
		sin: "fails to delete what is gone",
		foundBy: "deleting is idempotent",
		mutate: (right) => ({
			async delete(key, options) {
				if (!(await right.head(key))) throw new UploadError("storage-error", "Nothing there.");
				await right.delete(key, options);
			},
		}),
	},
	{
		sin: "drops the disposition of a download",
		foundBy: "a download carries the disposition and type that were asked for",
		mutate: ({ signDownload }) => ({
			signDownload: (key, { contentDisposition: _, ...options }) => signDownload(key, options),
		}),
	},
	{
		sin: "copies over an object that has the key",
		foundBy: "a create-only copy refuses to overwrite and keeps the object",
		mutate: ({ copy }) => ({
			copy: (source, target, options) => copy(source, target, { ...options, createOnly: false }),
		}),
	},
	{
		sin: "copies a source that was replaced",
		foundBy: "a source that was replaced or deleted is not copied",
		mutate: ({ copy, head }) => ({
			async copy(source, target, options) {
				return copy((await head(source.key)) ?? source, target, options);
			},
		}),
	},
	{
		sin: "stores what the source has instead of the spec",
		foundBy: "a copy with a spec stores what the spec says",
		mutate: ({ copy }) => ({
			copy: (source, target, { createOnly }) => copy(source, target, { createOnly }),
		}),
	},
	{
		sin: "shows a signed URL in an error",
		foundBy: "completing with a receipt that no part has is refused",
		mutate: ({ completeMultipart, signParts }) => ({
			completeMultipart: (ref, parts, options) =>
				completeMultipart(ref, parts, options).catch(async (error: UploadError) => {
					const range = { first: 1, count: 1, partSize: 1 };
					const { urls, values } = await signParts(ref, range, { expiresIn: 60 });
					throw new UploadError(error.code, `PUT ${urls[0]}${values[0]} failed.`);
				}),
		}),
	},
	{
		sin: "throws the errors of its storage",
		foundBy: "completing with a part that was never sent is refused",
		mutate: ({ completeMultipart }) => ({
			completeMultipart: (...call) =>
				completeMultipart(...call).catch(() => {
					throw new Error("InvalidPart");
				}),
		}),
	},
	{
		sin: "signs with a key that the storage does not know",
		foundBy: "keys with spaces, punctuation and letters of other scripts are stored unchanged",
		mutate: ({ signUpload }) => ({
			async signUpload(...call) {
				const signed = await signUpload(...call);
				return { ...signed, url: lastByte(signed.url) };
			},
		}),
	},
	{
		sin: "states limits that do not fit together",
		foundBy: "the capabilities are numbers and lists that fit together",
		mutate: ({ capabilities: { multipart, ...others } }) => ({
			capabilities: { ...others, multipart: multipart && { ...multipart, minPartSize: 2e9 } },
		}),
	},
];

const contextOf = (provider: PresignProvider): ProviderContext => ({
	provider,
	send: replay,
	key: (name) => `mutants/${crypto.randomUUID()}/${name}`,
});

const caseNamed = (wanted: string) => {
	const found = providerCases.find(({ name }) => name === wanted);
	if (!found) throw new Error(`No case is named "${wanted}".`);
	return found;
};

test("there are enough of them, each with a sin of its own", () => {
	expect(mutants.length).toBeGreaterThanOrEqual(60);
	expect(new Set(mutants.map(({ sin }) => sin)).size).toBe(mutants.length);
});

describe("a provider is found out that", () => {
	test.each(mutants)("$sin", async ({ foundBy, style = "signature", mutate }) => {
		const right = style === "signature" ? storage.provider : token.provider;
		const { expected, applies, run } = caseNamed(foundBy);
		const mutant = { ...right, ...mutate(right) };
		expect(applies(mutant.capabilities)).toBe(true);
		expect(await run(contextOf(mutant))).not.toEqual(expected);
	});
});
