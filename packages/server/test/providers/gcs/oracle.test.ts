import { generateKeyPairSync } from "node:crypto";
import { Storage } from "@google-cloud/storage";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { gcsProvider } from "../../../src/providers/gcs/provider.js";

// What Google's own library signs for the same request.

const client_email = "uploads@project.iam.gserviceaccount.com";
const private_key = String(
	generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({
		type: "pkcs8",
		format: "pem",
	}),
);
const credentials = { client_email, private_key };
const storage = new Storage({ projectId: "project", credentials });

/** The signer is pure but for the clock, which is held still. */
beforeEach(() => {
	vi.useFakeTimers({ toFake: ["Date"] });
});
afterEach(() => {
	vi.useRealTimers();
});

const hostile = fc.constantFrom(
	..."a b|!'()*~|+|%|%2F|&=?#|ü|日本|🎞️|{partNumber}|{value}|$&|:@,;|\"<>^`[]|...".split("|"),
);
const common = {
	bucket: fc.constantFrom("my-bucket", "my.dotted.bucket", "under_score"),
	key: fc
		.array(fc.oneof(hostile, fc.string({ unit: "grapheme", minLength: 1, maxLength: 8 })), {
			minLength: 1,
			maxLength: 5,
		})
		.map((pieces) => pieces.join("/").toWellFormed())
		.filter((key) => !key.split("/").some((segment) => /^\.{0,2}$/.test(segment))),
	date: fc.date({
		min: new Date("2020-01-01"),
		max: new Date("2037-12-31"),
		noInvalidDate: true,
	}),
	expiresIn: fc.integer({ min: 1, max: 604_800 }),
};
const headerText = fc.stringMatching(/^[!-~]([ -~]{0,20}[!-~])?$/);
const optional = <Value>(values: fc.Arbitrary<Value>) => fc.option(values, { nil: undefined });

/** Address and every parameter, without their order. */
function parsed(url: string): unknown {
	const [address, query = ""] = url.split("?", 2);
	return { address, parameters: query.split("&").sort() };
}

function signedByGoogle(
	{ bucket, key, date, expiresIn }: { bucket: string; key: string; date: Date; expiresIn: number },
	options: object,
): Promise<string> {
	const expires = Math.floor(date.getTime() / 1_000) * 1_000 + expiresIn * 1_000;
	const config = { version: "v4", action: "write", expires, ...options } as const;
	return storage
		.bucket(bucket)
		.file(key)
		.getSignedUrl(config)
		.then(([url]) => url);
}

test("a single PUT is signed as Google's library signs it, whatever the key, headers and date", async () => {
	const settings = fc.record({
		...common,
		size: fc.option(fc.nat({ max: 5 * 2 ** 40 })),
		createOnly: fc.boolean(),
		contentType: optional(fc.constantFrom("image/png", "text/plain; charset=utf-8")),
		cacheControl: optional(headerText),
		contentDisposition: optional(headerText),
		storageClass: optional(fc.constantFrom("NEARLINE", "COLDLINE")),
		uploadId: optional(fc.uuid()),
		// the library sorts names with _ by locale, and not by code point as Google documents
		metadata: optional(
			fc.dictionary(fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,12}$/), headerText, { maxKeys: 4 }),
		),
		checksum: optional(
			fc.constantFrom(
				{ algorithm: "crc32c", value: "yZRlqg==" } as const,
				{ algorithm: "md5", value: "XrY7u+Ae7tCTyyK7j1rNww==" } as const,
			),
		),
	});
	await fc.assert(
		fc.asyncProperty(settings, async (chosen) => {
			vi.setSystemTime(chosen.date);
			const { bucket, key, createOnly, checksum, expiresIn, ...rest } = chosen;
			const ours = await gcsProvider({ bucket, credentials }).signUpload(
				{ key, ...rest },
				{ expiresIn, createOnly, checksum },
			);
			const theirs = await signedByGoogle(chosen, { extensionHeaders: ours.headers });
			expect(parsed(ours.url)).toEqual(parsed(theirs));
		}),
		{ numRuns: 100 },
	);
});

test("every URL of a part window is signed as Google's library signs it", async () => {
	const settings = fc.record({
		...common,
		id: fc.stringMatching(/^[A-Za-z0-9._~/+=-]{1,100}$/),
		first: fc.integer({ min: 1, max: 9_998 }),
	});
	await fc.assert(
		fc.asyncProperty(settings, async (chosen) => {
			vi.setSystemTime(chosen.date);
			const { bucket, key, id, first, expiresIn } = chosen;
			const window = await gcsProvider({ bucket, credentials }).signParts(
				{ key, id },
				{ first, count: 2, partSize: 5 * 2 ** 20 },
				{ expiresIn },
			);
			expect(window.values).toHaveLength(2);
			for (const [index, value] of window.values.entries()) {
				const partNumber = String(first + index);
				const url = String(window.urls[0])
					.split("{partNumber}")
					.join(partNumber)
					.split("{value}")
					.join(value);
				const queryParams = { partNumber, uploadId: id };
				expect(parsed(url)).toEqual(parsed(await signedByGoogle(chosen, { queryParams })));
			}
		}),
		{ numRuns: 50 },
	);
});

test("a download is signed as Google's library signs it", async () => {
	const settings = fc.record({
		...common,
		contentDisposition: optional(fc.string({ unit: "grapheme", minLength: 1 })),
		contentType: optional(headerText),
		version: optional(fc.stringMatching(/^[1-9]\d{0,15}$/)),
	});
	await fc.assert(
		fc.asyncProperty(settings, async (chosen) => {
			vi.setSystemTime(chosen.date);
			const { bucket, key, version, contentDisposition, contentType } = chosen;
			const ours = await gcsProvider({ bucket, credentials }).signDownload(key, chosen);
			const theirs = await signedByGoogle(chosen, {
				action: "read",
				queryParams: {
					...(version ? { generation: version } : {}),
					...(contentDisposition ? { "response-content-disposition": contentDisposition } : {}),
					...(contentType ? { "response-content-type": contentType } : {}),
				},
			});
			expect(parsed(ours.url)).toEqual(parsed(theirs));
		}),
		{ numRuns: 100 },
	);
});
