import nock from "nock";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { UploadError } from "../../../src/errors.js";
import type { CompleteOptions, MultipartRef } from "../../../src/multipart-upload.js";
import type { PresignProvider } from "../../../src/provider.js";
import type { S3ProviderOptions } from "../../../src/providers/s3/options.js";
import { s3Provider } from "../../../src/providers/s3/provider.js";

export const endpoint = "https://s3.test";
const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "top-secret" };
export const make = (options: Partial<S3ProviderOptions> = {}): PresignProvider =>
	s3Provider({
		bucket: "my-bucket",
		region: "eu-west-1",
		endpoint,
		forcePathStyle: true,
		compatibility: "aws",
		credentials,
		...options,
	});
export const ref: MultipartRef = { key: "a b.mp4", id: "up/+id" };
export const path = "/my-bucket/a%20b.mp4";
export const parts: readonly { partNumber: number; receipt: string }[] = [
	{ partNumber: 2, receipt: '"two"' },
	{ partNumber: 1, receipt: '"one"' },
];
export const whole: CompleteOptions = { spec: { key: ref.key, size: 10 }, createOnly: true };

export const xml = (body: string): string => `<?xml version="1.0" encoding="UTF-8"?>${body}`;
export const refusal = (code: string): string =>
	xml(
		`<Error><Code>${code}</Code><Message>see https://secret.example/?X-Amz-Signature=f00</Message></Error>`,
	);
export const completed = (members: string): string =>
	xml(`<CompleteMultipartUploadResult><Key>k</Key>${members}</CompleteMultipartUploadResult>`);

/** Lets nothing but the scripted answers through, in the file that calls it; each must be asked for. */
export function scriptStorage(): void {
	beforeAll(() => nock.disableNetConnect());
	afterEach(() => {
		expect(nock.pendingMocks()).toEqual([]);
		nock.cleanAll();
	});
	afterAll(() => {
		nock.restore();
		nock.enableNetConnect();
	});
}

/** The error of a call; none of its words come from the storage's message, a URL or a credential. */
export async function errorOf(call: Promise<unknown>): Promise<UploadError> {
	const error = await call.then(
		() => undefined,
		(reason: unknown) => reason,
	);
	if (!(error instanceof UploadError)) throw new Error("expected an UploadError", { cause: error });
	expect(error.message).not.toMatch(/https?:|X-Amz|AKID|top-secret|s3\.test|up\/\+id/);
	expect(error.cause).toBeInstanceOf(Error);
	return error;
}

type Headers = Readonly<Record<string, string>>;

/** Answers one request and keeps its headers and body. */
export function answerOnce(
	method: "DELETE" | "GET" | "HEAD" | "POST",
	query: Record<string, string>,
	[status, body, headers]: readonly [status: number, body?: string, headers?: Headers],
	times = 1,
): { headers: Headers; body: string }[] {
	const seen: { headers: Headers; body: string }[] = [];
	nock(endpoint)
		.intercept(path, method)
		.query((actual) => Object.entries(query).every(([name, value]) => actual[name] === value))
		.times(times)
		.reply(async (request: Request) => {
			seen.push({
				headers: Object.fromEntries(request.headers),
				body: await request.text(),
			});
			return [status, body ?? "", { ...headers }];
		});
	return seen;
}
