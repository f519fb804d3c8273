import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Checksum } from "#protocol";
import type { ObjectSpec, PresignProvider } from "../../../src/provider.js";
import { s3Provider } from "../../../src/providers/s3/provider.js";
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

const hostile = fc.constantFrom(
	"a b",
	"!'()*~",
	"+",
	"%",
	"%2F",
	"&=?#",
	"ü",
	"日本",
	"🎞️",
	"{partNumber}",
	"{value}",
	"$&",
	":@,;",
	'"<>|^`[]',
	"..",
	".",
	"",
);
const key = fc
	.array(fc.oneof(hostile, fc.string({ unit: "grapheme", maxLength: 8 })), {
		minLength: 1,
		maxLength: 6,
	})
	.map((pieces) => pieces.join("/").toWellFormed())
	// the SDK refuses an empty key; the key policy does too
	.filter((text) => text !== "" && text !== "/");

const visible = fc.string({
	unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
	minLength: 1,
	maxLength: 20,
});
const headerText = fc
	.array(visible, { minLength: 1, maxLength: 3 })
	.map((words) => words.join("  "));
const token = fc.string({
	unit: fc.constantFrom(..."ABCxyz019+/="),
	minLength: 1,
	maxLength: 900,
});

const credentials = fc
	.record({
		accessKeyId: fc.stringMatching(/^A[A-Z0-9]{15,19}$/),
		secretAccessKey: fc.stringMatching(/^[A-Za-z0-9+/]{40}$/),
		sessionToken: fc.option(token, { nil: undefined }),
	})
	.map(({ sessionToken, ...rest }) => (sessionToken ? { ...rest, sessionToken } : rest));

const awsRegion = fc.constantFrom(
	"us-east-1",
	"eu-west-1",
	"ap-southeast-7",
	"il-central-1",
	"cn-north-1",
	"cn-northwest-1",
	"us-gov-west-1",
);
const bucket = fc.constantFrom(
	"my-bucket",
	"my.dotted.bucket",
	"MyBucket",
	"a1b",
	"under_score",
	"x".repeat(63),
);

/** Options that both sides take as they are. */
const place = fc.oneof(
	fc.record({ region: awsRegion }),
	fc.record({ region: awsRegion, useDualstackEndpoint: fc.constant(true) }),
	fc.record({ region: awsRegion, forcePathStyle: fc.constant(true) }),
	fc.record({
		region: fc.constantFrom("auto", "us-east-1", "eu-central-003"),
		endpoint: fc.constantFrom(
			"https://s3.example.com",
			"https://S3.Example.com:443/",
			"http://s3.example.com:80",
			"https://storage.example.org:8443",
			"http://127.0.0.1:9000",
			"http://[::1]:7480",
			"https://s3.eu-west-1.amazonaws.com",
		),
	}),
	fc.record({
		region: fc.constant("us-east-1"),
		endpoint: fc.constantFrom("http://localhost:7480", "https://example.com/storage/v1/s3/"),
		forcePathStyle: fc.constant(true),
	}),
);
const common = {
	bucket,
	place,
	credentials,
	key,
	date: fc.date({
		min: new Date("2013-05-24T00:00:00Z"),
		max: new Date("2099-12-31T23:59:59Z"),
		noInvalidDate: true,
	}),
	// session credentials of unknown end are held to an hour
	expiresIn: fc.integer({ min: 1, max: 3_600 }),
};

const checksum: fc.Arbitrary<Checksum> = fc.constantFrom(
	{ algorithm: "crc32", value: "y/Q5Jg==" },
	{ algorithm: "crc32c", value: "4waSgw==" },
	{ algorithm: "crc64nvme", value: "rosUhgp5mIg=" },
	{ algorithm: "sha256", value: "FeKw07JLwWw8OxlQFaNmF2dQ1lqQQPS3ij+2YKkjbAc=" },
	{ algorithm: "md5", value: "JfnnlDI7RTiF9RgfGLoGIw==" },
);

interface Common {
	readonly bucket: string;
	readonly place: object;
	readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

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
	const wishes = fc.record({
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
		fc.asyncProperty(wishes, async (wish) => {
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
}, 60_000);

test("Every URL that a part window stands for is signed as the AWS SDK signs it", async () => {
	const wishes = fc.record({
		...common,
		uploadId: fc.oneof(visible, fc.stringMatching(/^[A-Za-z0-9._~/+=-]{1,100}$/)),
		first: fc.integer({ min: 1, max: 9_998 }),
		partSize: fc.integer({ min: 5 * 2 ** 20, max: 5 * 2 ** 30 }),
		lastSize: fc.option(fc.integer({ min: 1, max: 5 * 2 ** 20 }), { nil: undefined }),
	});
	await fc.assert(
		fc.asyncProperty(wishes, async (wish) => {
			vi.setSystemTime(wish.date);
			const { first, partSize, lastSize } = wish;
			const window = await provider(wish).signParts(
				{ key: wish.key, id: wish.uploadId },
				defined({ first, count: 3, partSize, lastSize }),
				{ expiresIn: wish.expiresIn },
			);
			expect(window.values).toHaveLength(3);
			for (const [index, value] of window.values.entries()) {
				const url = window.url
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
}, 60_000);

test("A download is signed as the AWS SDK signs it", async () => {
	const wishes = fc.record({
		...common,
		contentDisposition: fc.option(fc.string({ unit: "grapheme" }), { nil: undefined }),
		contentType: fc.option(visible, { nil: undefined }),
		version: fc.option(visible, { nil: undefined }),
	});
	await fc.assert(
		fc.asyncProperty(wishes, async (wish) => {
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
}, 60_000);

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
