import type { ChecksumAlgorithm } from "#protocol";
import type {
	CapabilityCorrections,
	ProbeOptions,
	ProviderCapabilities,
} from "../../capabilities.js";
import { UploadError } from "../../errors.js";
import type { PresignProvider } from "../../provider.js";
import { correctCapabilities } from "../corrections.js";
import { probeCors } from "./probe-cors.js";
import { type Keys, probeCopies, probeDeletes, probeUnsigned } from "./probe-objects.js";
import { askQuestions, type QuestionBench } from "./probe-questions.js";
import { digestOf, fullPart, type Prober, proberOf } from "./probe-requests.js";

/** What a probe needs of its provider. */
export interface ProbeSubject {
	readonly bucket: string;
	readonly capabilities: ProviderCapabilities;
	/** Makes the same provider with other capabilities. */
	make(capabilities: CapabilityCorrections): PresignProvider;
	readonly sign: QuestionBench["sign"];
}

/** Those that are tried: AWS treats the other CRCs like this one, and other services none of them. */
const digests: readonly ChecksumAlgorithm[] = ["crc32", "sha256", "md5"];

/** Everything at once: the probe finds out what of it the storage does. */
const everything: CapabilityCorrections = {
	createOnly: { single: "enforced", multipart: "at-complete" },
	enforce: { totalSize: "at-complete" },
	checksums: { single: digests, part: ["md5"], object: ["crc32"], reported: ["crc32"] },
	copy: { createOnly: true, pinned: true },
	conditionalDelete: true,
};

/** Tries a bucket with small objects below a prefix, and deletes them again. */
export async function probeBucket(
	{ bucket, capabilities, make, sign }: ProbeSubject,
	prefix: string,
	{ print = console.log, questions = true, origin }: ProbeOptions = {},
): Promise<CapabilityCorrections> {
	const provider = make(everything);
	let prober = proberOf(provider);
	const used: string[] = [];
	const key = (name: string): string => {
		used.push(`${prefix}${crypto.randomUUID()}-${name}`);
		return used.at(-1) ?? "";
	};
	try {
		const plain = key("plain");
		const required = (await prober.put(plain, "first")) !== "ok";
		if (required) {
			prober = proberOf(provider, { digests: true });
			await prober.put(plain, "first");
		}
		if ((await prober.read(plain)) !== "first") {
			const message = `The storage refused an ordinary upload below ${prefix}: check the bucket, the region and the permissions.`;
			throw new UploadError("storage-error", message);
		}
		const states = required || capabilities.checksums.required === true;
		const trials: readonly CapabilityCorrections[] = [
			await probeWrites(prober, key),
			await probeParts(prober, key),
			await probeCopies(provider, prober, key),
			await probeDeletes(provider, prober, key),
			{ unsignedHeaders: await probeUnsigned(prober, key, bucket) },
			states ? { checksums: { required } } : {},
		];
		const found = trials.reduce<ProviderCapabilities>(
			(corrected, trial) => correctCapabilities(corrected, trial),
			capabilities,
		);
		const { single, object } = found.checksums;
		const corrections = differences(capabilities, {
			...found,
			checksums: {
				...found.checksums,
				single: withUntried(capabilities.checksums.single, single),
				object: withUntried(capabilities.checksums.object, object),
			},
		});
		print(`clock: ${prober.skew ?? "?"} s ahead of the storage's (at most 900 are tolerated)`);
		print(`cors: ${await probeCors(provider, key("cors"), origin)}`);
		print(`capabilities: ${JSON.stringify(corrections, null, "\t")}`);
		const page = origin ?? "https://example.com";
		if (questions) await askQuestions({ provider, prober, key, origin: page, sign }, print);
		return corrections;
	} finally {
		for (const name of used) await provider.delete(name).catch(() => undefined);
	}
}

/** Adds the CRCs that were stated and not tried, where the one that was tried is verified. */
function withUntried(
	stated: readonly ChecksumAlgorithm[],
	found: readonly ChecksumAlgorithm[],
): readonly ChecksumAlgorithm[] {
	const isVerified = (name: ChecksumAlgorithm): boolean =>
		found.includes(digests.includes(name) ? name : "crc32");
	return [...new Set([...stated.filter(isVerified), ...found])];
}

async function probeWrites(prober: Prober, key: Keys): Promise<CapabilityCorrections> {
	const taken = key("taken");
	await prober.put(taken, "first", { createOnly: true });
	await prober.put(taken, "other", { createOnly: true });
	const kept = (await prober.read(taken)) === "first";
	const partsTaken = await prober.upload(taken, [Buffer.from("other")], { createOnly: true });
	const partsFree = await prober.upload(key("free"), [Buffer.from("other")], { createOnly: true });
	const partsKept = (await prober.read(taken)) === "first" && partsTaken === "refused";
	const single: ChecksumAlgorithm[] = [];
	for (const algorithm of digests) {
		const checksum = digestOf(algorithm, Buffer.from("right"));
		if (!checksum) continue;
		const right = await prober.put(key(algorithm), "right", { checksum });
		const wrong = await prober.put(key(algorithm), "wrong", { checksum });
		if (right === "ok" && wrong === "refused") single.push(algorithm);
	}
	const longer = await prober.put(key("longer"), "body", { instead: "body and more" });
	const unsigned = { "content-type": "text/html" };
	const typed = await prober.put(key("typed"), "body", { unsigned });
	const wrongTotal = await prober.upload(key("total"), [Buffer.from("body")], { declared: 5 });
	return {
		createOnly: {
			single: kept ? "enforced" : "none",
			multipart: kept && partsKept && partsFree === "ok" ? "at-complete" : "none",
		},
		enforce: {
			singleSize: longer === "refused" ? "exact" : "none",
			contentType: typed === "refused" ? "signed" : "none",
			totalSize: wrongTotal === "refused" ? "at-complete" : "none",
		},
		checksums: { single },
	};
}

async function probeParts(prober: Prober, key: Keys): Promise<CapabilityCorrections> {
	const right = Buffer.from("right");
	const wrong = Buffer.from("wrong");
	const md5 = (of: Buffer) => ({ partChecksum: { algorithm: "md5", of } }) as const;
	const rightPart = await prober.upload(key("part"), [right], md5(right));
	const wrongPart = await prober.upload(key("part"), [wrong], md5(right));
	const checksum = digestOf("crc32", right);
	// parts that carry no digest, in an upload that is to have one as a whole
	const rightWhole = await prober.upload(key("whole"), [right], { ...(checksum && { checksum }) });
	const wrongWhole = await prober.upload(key("whole"), [wrong], { ...(checksum && { checksum }) });
	const whole = rightWhole === "ok" && wrongWhole === "refused";
	const sizes = [fullPart, fullPart + 1, 3].map((size) => Buffer.alloc(size, "x"));
	const unequal = await prober.upload(key("unequal"), sizes);
	const listed = await prober.upload(key("listed"), [right], { listed: true });
	const reached = key("reached");
	const isReached =
		(await prober.upload(reached, [right], { late: wrong })) === "ok" &&
		(await prober.read(reached)) !== "right";
	return {
		...(isReached ? { partUrl: "object" } : {}),
		multipart: { equalParts: unequal === "refused", listParts: listed === "ok" },
		checksums: {
			part: rightPart === "ok" && wrongPart === "refused" ? ["md5"] : [],
			object: whole ? ["crc32"] : [],
		},
	};
}

/** The entries of `found` that differ. */
function differences(
	stated: ProviderCapabilities,
	found: ProviderCapabilities,
): CapabilityCorrections {
	const known = stated as unknown as Readonly<Record<string, unknown>>;
	const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
	const sections = Object.entries(found).flatMap(([section, entries]): [string, unknown][] => {
		if (typeof entries !== "object" || entries === null) {
			return isSame(known[section], entries) ? [] : [[section, entries]];
		}
		const old = (known[section] ?? {}) as Readonly<Record<string, unknown>>;
		const differing = Object.entries(entries).filter(([name, value]) => !isSame(old[name], value));
		return differing.length === 0 ? [] : [[section, Object.fromEntries(differing)]];
	});
	return Object.fromEntries(sections) as CapabilityCorrections;
}
