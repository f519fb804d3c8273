import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Checksum } from "#protocol";
import type { ObjectSpec } from "../../../src/object-spec.js";
import type { PresignProvider } from "../../../src/provider.js";
import { s3Provider } from "../../../src/providers/s3/provider.js";
import { type Common, checksum, common, headerText, visible } from "./arbitraries.js";
import {
	GetObjectCommand,
	oracleUrl,
	PutObjectCommand,
	type PutObjectCommandInput,
	UploadPartCommand,
} from "./oracle.js";

/** The signer is pure but for the clock, which is held still. */
beforeEach(() => {
	vi.useFakeTimers({ toFake: ["Date"] });
});
afterEach(() => {
	vi.useRealTimers();
});

function provider({ bucket: name, place: where, credentials: keys }: Common): PresignProvider {
	// "aws" beside an endpoint: every wish is allowed, so that every header is compared
	return s3Provider({ bucket: name, credentials: keys, compatibility: "aws", ...where });
}

/** Address and every parameter, without their order on the line, and the path byte by byte. */
function taken(url: string): unknown {
	const [address, query = ""] = url.split("?", 2);
	return { address, parameters: query.split("&").sort() };
}

const runs = { numRuns: 400 };

test("A single PUT is signed as the AWS SDK signs it, whatever the key, headers, host and date", async () => {
	const signOptions = fc.record({
		...common,
		size: fc.option(fc.nat({ max: 5 * 2 ** 30 })),
		createOnly: fc.boolean(),
		contentType: fc.option(fc.constantFrom("image/png", "text/plain; charset=utf-8"), {
			nil: undefined,
		}),
		cacheControl: fc.option(headerText, { nil: undefined }),
		contentDisposition: fc.option(headerText, { nil: undefined }),
		uploadId: fc.option(fc.uuid(), { nil: undefined }),
		metadata: fc.option(
			fc.dictionary(fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,12}$/), headerText, { maxKeys: 4 }),
			{ nil: undefined },
		),
		checksum: fc.option(checksum, { nil: undefined }),
	});
	await fc.assert(
		fc.asyncProperty(signOptions, async (wish) => {
			vi.setSystemTime(wish.date);
			const { createOnly, size } = wish;
			const spec = defined({
				key: wish.key,
				size,
				contentType: wish.contentType,
				cacheControl: wish.cacheControl,
				contentDisposition: wish.contentDisposition,
				uploadId: wish.uploadId,
				metadata: wish.metadata,
			});
			const ours = await provider(wish).signUpload(
				spec as ObjectSpec,
				defined({ expiresIn: wish.expiresIn, createOnly, checksum: wish.checksum }),
			);
			const input: PutObjectCommandInput = {
				Bucket: wish.bucket,
				Key: wish.key,
				ContentLength: size ?? undefined,
				ContentType: wish.contentType,
				CacheControl: wish.cacheControl ?? (createOnly ? "no-cache" : undefined),
				ContentDisposition: wish.contentDisposition,
				IfNoneMatch: createOnly ? "*" : undefined,
				Metadata: {
					...wish.metadata,
					...(wish.uploadId ? { "skyput-upload": wish.uploadId } : {}),
				},
				...sdkChecksum(wish.checksum),
			};
			const theirs = await oracleUrl(
				{ ...wish.place, credentials: wish.credentials },
				new PutObjectCommand(input),
				wish.date,
				wish.expiresIn,
			);
			expect(taken(ours.url)).toEqual(taken(theirs));
			// what the URL demands is what the client is told to send
			const signed = new URL(ours.url).searchParams.get("X-Amz-SignedHeaders")?.split(";");
			const sent = [
				...Object.keys(ours.headers),
				"host",
				...(size === null ? [] : ["content-length"]),
			];
			expect(sent.sort()).toEqual(signed);
		}),
		runs,
	);
});

test("Every URL of a part window is signed as the AWS SDK signs it", async () => {
	const signOptions = fc.record({
		...common,
		uploadId: fc.oneof(visible, fc.stringMatching(/^[A-Za-z0-9._~/+=-]{1,100}$/)),
		first: fc.integer({ min: 1, max: 9_998 }),
		partSize: fc.integer({ min: 5 * 2 ** 20, max: 5 * 2 ** 30 }),
		lastSize: fc.option(fc.integer({ min: 1, max: 5 * 2 ** 20 }), { nil: undefined }),
	});
	await fc.assert(
		fc.asyncProperty(signOptions, async (wish) => {
			vi.setSystemTime(wish.date);
			const { first, partSize, lastSize } = wish;
			const window = await provider(wish).signParts(
				{ key: wish.key, id: wish.uploadId },
				defined({ first, count: 3, partSize, lastSize }),
				{ expiresIn: wish.expiresIn },
			);
			expect(window.values).toHaveLength(3);
			for (const [index, value] of window.values.entries()) {
				const url = String(window.urls[0])
					.split("{partNumber}")
					.join(String(first + index))
					.split("{value}")
					.join(value);
				const theirs = await oracleUrl(
					{ ...wish.place, credentials: wish.credentials },
					new UploadPartCommand({
						Bucket: wish.bucket,
						Key: wish.key,
						UploadId: wish.uploadId,
						PartNumber: first + index,
						ContentLength: index === 2 ? (lastSize ?? partSize) : partSize,
					}),
					wish.date,
					wish.expiresIn,
				);
				expect(taken(url)).toEqual(taken(theirs));
			}
		}),
		{ numRuns: 150 },
	);
});

test("A download is signed as the AWS SDK signs it", async () => {
	const signOptions = fc.record({
		...common,
		contentDisposition: fc.option(fc.string({ unit: "grapheme" }), { nil: undefined }),
		contentType: fc.option(visible, { nil: undefined }),
		version: fc.option(visible, { nil: undefined }),
	});
	await fc.assert(
		fc.asyncProperty(signOptions, async (wish) => {
			vi.setSystemTime(wish.date);
			const { contentDisposition, contentType, version, expiresIn } = wish;
			const ours = await provider(wish).signDownload(
				wish.key,
				defined({ expiresIn, contentDisposition, contentType, version }),
			);
			const theirs = await oracleUrl(
				{ ...wish.place, credentials: wish.credentials },
				new GetObjectCommand({
					Bucket: wish.bucket,
					Key: wish.key,
					VersionId: version,
					ResponseContentDisposition: contentDisposition,
					ResponseContentType: contentType,
				}),
				wish.date,
				expiresIn,
			);
			expect(taken(ours.url)).toEqual(taken(theirs));
		}),
		{ numRuns: 200 },
	);
});

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/** Leaves out what is undefined, as the contract's exact optional members want it. */
function defined<T extends object>(members: T): Defined<T> {
	return Object.fromEntries(
		Object.entries(members).filter(([, value]) => value !== undefined),
	) as Defined<T>;
}

function sdkChecksum(wanted: Checksum | undefined): Partial<PutObjectCommandInput> {
	if (wanted === undefined) return {};
	const { algorithm, value } = wanted;
	switch (algorithm) {
		case "md5":
			return { ContentMD5: value };
		case "crc32":
			return { ChecksumAlgorithm: "CRC32", ChecksumCRC32: value };
		case "crc32c":
			return { ChecksumAlgorithm: "CRC32C", ChecksumCRC32C: value };
		case "crc64nvme":
			return { ChecksumAlgorithm: "CRC64NVME", ChecksumCRC64NVME: value };
		case "sha256":
			return { ChecksumAlgorithm: "SHA256", ChecksumSHA256: value };
	}
}
