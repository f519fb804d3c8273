import { type CompiledRule, UploadError } from "@skyput/server";
import type { MultipartRef, PresignProvider } from "@skyput/server/provider";
import type { S3ProviderOptions } from "@skyput/server/s3";
import { prefixOf, targetOf } from "../../policy/keys.js";
import { escapeKeys } from "../../policy/values.js";
import type { RecommendationInput } from "../recommend.js";
import { partUrlsOf } from "./check-bucket-cors.js";

/** What the checks of a storage share. */
export interface ObjectTrial {
	/** Of the pages that upload. */
	readonly origins: readonly string[];
	readonly provider: PresignProvider;
	/** Of the table; empty where none was given. */
	readonly rules: readonly CompiledRule[];
	/** Where objects are stored, with `*` for any characters: a role may allow no other keys. */
	readonly keySpaces: readonly string[];
	/** A new key in one of these, at first the first; its object is deleted at the end. */
	key(name: string, keySpace?: string): string;
	/** Remembers an upload in parts, which is aborted at the end. */
	begun(ref: MultipartRef): MultipartRef;
	/** Deletes what was stored. @returns the prefixes below which something is left, where that is not allowed */
	clean(): Promise<readonly string[]>;
}

/** What the checks of a bucket of S3 share. */
export interface StorageTrial extends ObjectTrial, RecommendationInput {
	readonly options: S3ProviderOptions;
}

/** Where the rules store, each once: what waits to be processed is in quarantine. */
export function keySpacesOf(rules: readonly CompiledRule[]): readonly string[] {
	// a rule of a single key has no place for another object
	const open = [...new Set(rules.map(targetOf))].filter((keys) => keys.includes("*"));
	return open.length === 0 ? ["*"] : open;
}

/** The folder of all objects that are stored here. */
export const probeFolder = ".skyput/probe/";

/** Begins a trial. @param about - What is tried; the result has its members */
export function beginTrial<About extends Omit<ObjectTrial, "key" | "begun" | "clean">>(
	about: About,
): About & ObjectTrial {
	const { provider, keySpaces } = about;
	const keys: string[] = [];
	const uploads: MultipartRef[] = [];
	return {
		...about,
		key(name, keySpace = keySpaces[0] ?? "*") {
			const own = `${probeFolder}${crypto.randomUUID()}-${name}`;
			const key = keySpace.replace("*", own).replaceAll("*", "x");
			keys.push(key);
			return key;
		},
		begun(ref) {
			uploads.push(ref);
			return ref;
		},
		async clean() {
			for (const ref of uploads) await provider.abortMultipart(ref).catch(() => undefined);
			const left = new Set<string>();
			for (const key of keys) {
				const isLeft = await provider.delete(key).then(
					() => false,
					() => mayExist(provider, key),
				);
				if (isLeft) left.add(`${key.split(probeFolder)[0]}${probeFolder}`);
			}
			return [...left];
		},
	};
}

const mayExist = (provider: PresignProvider, key: string): Promise<boolean> =>
	provider.head(key).then(
		(info) => info !== null,
		// who may not look cannot tell
		(error: unknown) => error instanceof UploadError && error.code === "forbidden",
	);

/** A URL of each name by which pages reach the storage; the first is that of whole files, where it takes them. */
export async function pageUrls({ provider }: ObjectTrial, key: string): Promise<readonly string[]> {
	const { single, multipart } = provider.capabilities;
	const urls: string[] = [];
	if (single.maxSize > 0) {
		const options = { expiresIn: 300, createOnly: false };
		urls.push((await provider.signUpload({ key, size: 0 }, options)).url);
	}
	if (multipart !== false) {
		// signed without a call; there need be no such upload
		const ref = { key, id: "none/none" };
		const range = { first: 1, count: 1, partSize: multipart.minPartSize };
		urls.push(...partUrlsOf(await provider.signParts(ref, range, { expiresIn: 300 })));
	}
	return urls.filter((url, at) => urls.findIndex((other) => isSameOrigin(url, other)) === at);
}

const isSameOrigin = (one: string, other: string): boolean =>
	new URL(one).origin === new URL(other).origin;

/** The statement that allows an action on these keys, to be added to a role policy. */
export function statementFor(action: string, bucket: string, keySpaces: readonly string[]): string {
	const arn = `arn:aws:s3:::${bucket}`;
	const prefixes = [...new Set(keySpaces.map((keys) => `${escapeKeys(prefixOf(keys))}*`))];
	const where =
		// the one action on the bucket, not on its objects
		action === "s3:ListBucket"
			? { Resource: arn, Condition: { StringLike: { "s3:prefix": prefixes } } }
			: { Resource: keySpaces.map((keys) => `${arn}/${escapeKeys(keys)}`) };
	return JSON.stringify({ Effect: "Allow", Action: action, ...where });
}
