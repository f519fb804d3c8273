import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { ObjectSpec } from "../../../src/object-spec.js";
import type { PresignProvider } from "../../../src/provider.js";
import type { S3ProviderOptions } from "../../../src/providers/s3/options.js";
import { s3Provider } from "../../../src/providers/s3/provider.js";

const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret", sessionToken: "a/+=" };
const make = (options: Partial<S3ProviderOptions>): PresignProvider =>
	s3Provider({ bucket: "my-bucket", region: "eu-west-1", credentials, ...options });

const signOptions = { expiresIn: 300, createOnly: true };
const spec: ObjectSpec = {
	key: "a b/ü!'()*~+%.txt",
	size: 5,
	contentType: "text/plain; charset=utf-8",
	metadata: { title: "two  blanks" },
	contentDisposition: 'attachment; filename="x.txt"',
	uploadId: "stamp",
};
const checksum = { algorithm: "crc32", value: "y/Q5Jg==" } as const;

beforeEach(() => {
	vi.useFakeTimers({ toFake: ["Date"], now: new Date("2026-03-01T12:00:00.750Z") });
});
afterEach(() => {
	vi.useRealTimers();
});

/** Address and parameters, whose order on the line differs between the signers. */
function taken(url: string): unknown {
	const [address, query = ""] = url.split("?", 2);
	return { address, parameters: query.split("&").sort() };
}

test("Both signers return the same request", async () => {
	const own = make({ forcePathStyle: true });
	const sdk = make({ forcePathStyle: true, signer: "aws-sdk" });
	const keys = fc
		.array(fc.oneof(fc.constantFrom("..", ".", "", "a b", "%2F", "{value}"), fc.string()), {
			minLength: 1,
			maxLength: 4,
		})
		.map((pieces) => pieces.join("/").toWellFormed())
		.filter((key) => key !== "" && key !== "/");
	await fc.assert(
		fc.asyncProperty(keys, fc.boolean(), async (key, createOnly) => {
			const options = { expiresIn: 300, createOnly, checksum };
			const [ours, theirs] = await Promise.all([
				own.signUpload({ ...spec, key }, options),
				sdk.signUpload({ ...spec, key }, options),
			]);
			expect(taken(theirs.url)).toEqual(taken(ours.url));
			expect({ ...theirs, url: "" }).toEqual({ ...ours, url: "" });
		}),
		{ numRuns: 60 },
	);
});

test("A window of the SDK's presigner is a template with a signature per part, like our own", async () => {
	const ref = { key: spec.key, id: "u/+=id" };
	const range = { first: 9, count: 3, partSize: 5_242_880, lastSize: 7 };
	const [ours, theirs] = await Promise.all([
		make({}).signParts(ref, range, signOptions),
		make({ signer: "aws-sdk" }).signParts(ref, range, signOptions),
	]);
	expect(theirs.values).toEqual(ours.values);
	expect(theirs.urls.map(taken)).toEqual(ours.urls.map(taken));
	expect({ ...theirs, urls: [] }).toEqual({ ...ours, urls: [] });
});

test("All parts of a window carry one date, although the clock moves while they are signed", async () => {
	const moving = {
		...credentials,
		// the signer looks at the credentials again for every part
		get accessKeyId(): string {
			vi.setSystemTime(Date.now() + 1_000);
			return credentials.accessKeyId;
		},
	};
	const provider = make({ signer: "aws-sdk", credentials: moving });
	const range = { first: 1, count: 5, partSize: 9 };
	const window = await provider.signParts({ key: "k", id: "id" }, range, signOptions);
	const date = Date.parse(window.expiresAt) - window.expiresIn * 1_000;
	expect(date).toBeLessThan(Date.now() - 4_000);
	const stated = new Date(date).toISOString().replace(/[-:]|\.\d{3}/g, "");
	expect(window.urls[0]).toContain(`X-Amz-Date=${stated}&`);
});

test("A download by the SDK's presigner is the same as our own", async () => {
	const options = { expiresIn: 60, version: "v.1", contentDisposition: 'attachment; filename="ü"' };
	const ours = await make({}).signDownload("a b", options);
	const theirs = await make({ signer: "aws-sdk" }).signDownload("a b", options);
	expect(taken(theirs.url)).toEqual(taken(ours.url));
});

test("What one upload signs does not leak into the next", async () => {
	const provider = make({ signer: "aws-sdk" });
	const plain = { key: "plain", size: null };
	const free = { expiresIn: 300, createOnly: false };
	const before = await provider.signUpload(plain, free);
	await provider.signUpload(spec, { ...signOptions, checksum });
	const after = await provider.signUpload(plain, free);
	expect(after).toEqual(before);
	expect(new URL(after.url).searchParams.get("X-Amz-SignedHeaders")).toBe("host");
});

test.each<[string, Partial<S3ProviderOptions>, string]>([
	[
		"Transfer Acceleration",
		{ useAccelerateEndpoint: true },
		"my-bucket.s3-accelerate.amazonaws.com",
	],
	["FIPS", { useFipsEndpoint: true }, "my-bucket.s3-fips.eu-west-1.amazonaws.com"],
	[
		"an access point",
		{ bucket: "arn:aws:s3:us-west-2:123456789012:accesspoint/myap" },
		"myap-123456789012.s3-accesspoint.us-west-2.amazonaws.com",
	],
	[
		"a partition with names of its own",
		{ region: "eusc-de-east-1" },
		"my-bucket.s3.eusc-de-east-1.amazonaws.eu",
	],
])("The SDK signs by itself for %s", async (_, options, host) => {
	const provider = make(options);
	const ref = { key: "k", id: "id" };
	const single = await provider.signUpload(spec, signOptions);
	const window = await provider.signParts(ref, { first: 1, count: 2, partSize: 9 }, signOptions);
	for (const url of [single.url, ...window.urls]) expect(url).toContain(`https://${host}/`);
	expect(new URL(single.url).searchParams.get("X-Amz-SignedHeaders")).toBe(
		"cache-control;content-disposition;content-length;content-type;host;if-none-match;x-amz-meta-skyput-upload;x-amz-meta-title",
	);
	expect(window.urls[0]).toMatch(/[?&]partNumber=\{partNumber\}&/);
	expect(window.urls[0]).toMatch(/X-Amz-Signature=\{value\}/);
	expect(window.values).toHaveLength(2);
});

test("The region of an access point's ARN is the one that is signed", async () => {
	const provider = make({ bucket: "arn:aws:s3:us-west-2:123456789012:accesspoint/myap" });
	const { url } = await provider.signDownload("k", { expiresIn: 60 });
	expect(new URL(url).searchParams.get("X-Amz-Credential")).toBe(
		"AKIDEXAMPLE/20260301/us-west-2/s3/aws4_request",
	);
});

test("New credentials replace the pinned ones", async () => {
	let accessKeyId = "AKIDONE";
	const provider = make({
		signer: "aws-sdk",
		credentials: async () => ({ ...credentials, accessKeyId }),
	});
	const keyId = async (): Promise<string | undefined> => {
		const { url } = await provider.signDownload("k", { expiresIn: 60 });
		return new URL(url).searchParams.get("X-Amz-Credential")?.split("/")[0];
	};
	expect(await keyId()).toBe("AKIDONE");
	accessKeyId = "AKIDTWO";
	expect(await keyId()).toBe("AKIDTWO");
});

test("A host that the SDK cannot sign for is unsupported, and the error shows no URL or key", async () => {
	// S3 on Outposts by alias needs SigV4a
	const bucket = "test-accessp-o0b1d075431d83bebde8xz5w8ijx1qzlbp3i3kuse10--op-s3";
	const provider = make({ bucket });
	const error = await provider.signUpload(spec, signOptions).catch((reason: unknown) => reason);
	expect(error).toMatchObject({ name: "UploadError", code: "unsupported" });
	expect((error as Error).message).not.toMatch(/https?:|AKID|secret|a b/);
});
