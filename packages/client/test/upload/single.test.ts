import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { CreateRequest, UploadPlan } from "#protocol";
import { UploadError } from "../../src/errors.js";
import { StallError } from "../../src/transport-errors.js";
import { createClientFor } from "../fakes/client.js";
import {
	type Answers,
	createFakeEndpoint,
	multipartPlan,
	problem,
	singlePlan,
} from "../fakes/endpoint.js";
import {
	connectionLost,
	crcOf,
	createFakePlatform,
	type FakePlatform,
	refusal,
	type Storage,
	stored,
} from "../fakes/platform.js";
import { bytes, eventually, failureOf } from "../fakes/values.js";

const file = bytes(20);

/** An endpoint for which nothing is stored. */
const missing = () => createFakeEndpoint({ complete: () => problem(404, "upload-not-found") });

/** Wants a digest that no client sends at first. */
const wantsSha256 = ({ checksums, kinds }: CreateRequest, index: number): UploadPlan =>
	checksums?.[0]?.algorithm !== "sha256" && kinds.includes("digest")
		? { v: 1, kind: "digest", algorithm: "sha256" }
		: singlePlan({ algorithm: "sha256", token: `token-${index}` });

// full jitter: no back-off takes any time
beforeEach(() => void vi.spyOn(Math, "random").mockReturnValue(0));
afterEach(() => {
	vi.useRealTimers();
	vi.restoreAllMocks();
});

describe("a file in one request", () => {
	it("asks for a plan, sends exactly what was signed, and tells what was stored", async () => {
		const api = createFakeEndpoint();
		const platform = createFakePlatform();
		const { uploadFile } = createClientFor(platform);
		const result = await uploadFile(file, "a/b.txt", api.options);
		expect(api.calls.create).toEqual([
			{
				v: 1,
				key: "a/b.txt",
				size: 20,
				contentType: "text/plain",
				multipart: false,
				kinds: ["single", "multipart", "digest"],
				algorithms: ["crc32"],
				checksums: [{ algorithm: "crc32", value: crcOf(file) }],
			},
		]);
		expect(platform.attempts).toHaveLength(1);
		expect(platform.attempts[0]).toMatchObject({
			method: "PUT",
			url: "https://storage.test/stored-key?signature=token-0",
			headers: { "if-none-match": "*" },
		});
		expect(Buffer.from(platform.attempts[0]?.body ?? [])).toEqual(Buffer.from(file));
		expect(result).toEqual({
			key: "stored-key",
			size: 20,
			etag: '"e"',
			checksum: { algorithm: "crc32", value: crcOf(file) },
			verified: true,
			data: undefined,
		});
		expect(platform.closed()).toBe(1);
	});

	it("stores a file of 0 bytes", async () => {
		const api = createFakeEndpoint();
		const platform = createFakePlatform();
		const result = await createClientFor(platform).uploadFile(bytes(0), "empty", api.options);
		expect(result).toMatchObject({ size: 0 });
		expect(api.calls.create[0]).toMatchObject({
			size: 0,
			multipart: false,
			checksums: [{ algorithm: "crc32", value: "AAAAAA==" }],
		});
		expect(platform.attempts.map(({ body }) => body.length)).toEqual([0]);
	});

	it("completes where the plan wants it, and hands out what onComplete returned", async () => {
		const api = createFakeEndpoint({ create: () => singlePlan({ confirm: true }) });
		const { uploadFile } = createClientFor(createFakePlatform());
		const { data } = await uploadFile(file, "a", api.options);
		expect(data).toEqual({ token: "token-0" });
		expect(api.calls.complete).toEqual([
			{ token: "token-0", checksum: { algorithm: "crc32", value: crcOf(file) } },
		]);
	});

	it("digests nothing for keys where the last plan had no use for it, and says that it is not verified", async () => {
		const api = createFakeEndpoint({ create: () => singlePlan({ algorithm: undefined }) });
		const client = createClientFor(createFakePlatform()).createClient(api.options);
		const results = [
			await client.uploadFile(file, "a/1"),
			await client.uploadFile(file, "a/2"),
			await client.uploadFile(file, "b/1"),
		];
		const guess = [{ algorithm: "crc32", value: crcOf(file) }];
		expect(api.calls.create.map(({ checksums }) => checksums)).toEqual([guess, undefined, guess]);
		expect(results.map(({ verified, checksum }) => [verified, checksum])).toEqual([
			[false, undefined],
			[false, undefined],
			[false, undefined],
		]);
	});

	const another = { algorithm: "sha256", value: "another" } as const;
	/** A platform whose second digest comes from code that is loaded on demand. */
	const withSha256 = (platform: FakePlatform): FakePlatform => {
		const sha256 = async () => ({ update() {}, digest: () => another.value });
		return { ...platform, hashers: { ...platform.hashers, sha256 } };
	};

	it("computes the digest that the server asks for, and offers it at once for the next key of its kind", async () => {
		const api = createFakeEndpoint({ create: wantsSha256 });
		const platform = createFakePlatform();
		const { uploadFile } = createClientFor(withSha256(platform)).createClient(api.options);
		const first = await uploadFile(file, "a/1");
		await uploadFile(file, "a/2");
		expect(api.calls.create.map(({ key, checksums }) => [key, checksums])).toEqual([
			["a/1", [{ algorithm: "crc32", value: crcOf(file) }]],
			["a/1", [another]],
			["a/2", [another]],
		]);
		expect(first).toMatchObject({ checksum: another, verified: true });
		expect(platform.attempts).toHaveLength(2);
	});

	it("computes a digest once at most for one upload", async () => {
		const create = () => ({ v: 1, kind: "digest", algorithm: "crc32" });
		const api = createFakeEndpoint({ create });
		const { uploadFile } = createClientFor(createFakePlatform());
		expect(await failureOf(uploadFile(file, "a", api.options))).toMatchObject({
			code: "unsupported",
		});
		expect(api.calls.create.map(({ kinds }) => kinds)).toEqual([
			["single", "multipart", "digest"],
			["single", "multipart"],
		]);
	});

	it("digests a file that was to go in parts where the server has it go in one request", async () => {
		const api = createFakeEndpoint({ create: wantsSha256 });
		const platform = createFakePlatform();
		const { uploadFile } = createClientFor(withSha256(platform));
		const { checksum } = await uploadFile(file, "a", { ...api.options, multipartThreshold: 1 });
		expect(checksum).toEqual(another);
		expect(api.calls.create.map(({ checksums }) => checksums)).toEqual([undefined, [another]]);
		expect(platform.attempts.map(({ url }) => url.split("=")[1])).toEqual(["token-1"]);
	});

	it.each(["checksum-mismatch", "rejected"])(
		"begins anew, once, only where the server has deleted what differs: %s",
		async (code) => {
			const restart = code === "checksum-mismatch" || undefined;
			const api = createFakeEndpoint({
				create: (_, index) => singlePlan({ token: `token-${index}`, confirm: true }),
				complete: () => problem(422, code, { restart }),
			});
			const platform = createFakePlatform();
			const error = await failureOf(createClientFor(platform).uploadFile(file, "a", api.options));
			expect(error.code).toBe(code);
			expect(platform.attempts).toHaveLength(restart ? 2 : 1);
		},
	);

	it("digests nothing with `checksum: false`", async () => {
		for (const multipartThreshold of [1, 100]) {
			const api = createFakeEndpoint({ create: () => singlePlan() });
			const { uploadFile } = createClientFor(createFakePlatform());
			await uploadFile(file, "a", { ...api.options, checksum: false, multipartThreshold });
			expect(api.calls.create).toHaveLength(1);
			expect(api.calls.create[0]).not.toHaveProperty("checksums");
			expect(api.calls.create[0]).not.toHaveProperty("algorithms");
		}
	});
});

describe("failures of a single request", () => {
	/** Of the first plan, and stored later than the server first looks for it. */
	const lateObject = ({ token }: { readonly token: string }, index: number): unknown =>
		index === 0 || token !== "token-0"
			? problem(404, "upload-not-found")
			: { key: "k", size: 20, data: { token } };

	it("sends again what may be repeated, with the same URL", async () => {
		const answers = [
			() => refusal(503, "SlowDown", { "retry-after": "0" }),
			() => refusal(400, "RequestTimeout"),
			() => Promise.reject(connectionLost()),
			() => Promise.reject(new StallError(30_000)),
			() => stored(),
		];
		const platform = createFakePlatform(({ index }) => answers[index]?.() ?? stored());
		const api = createFakeEndpoint();
		await createClientFor(platform).uploadFile(file, "a", api.options);
		expect(platform.attempts).toHaveLength(5);
		expect(new Set(platform.attempts.map(({ url }) => url)).size).toBe(1);
		expect(api.calls.create).toHaveLength(1);
	});

	const date = "Tue, 01 Jan 2030 12:00:00 GMT";
	it.each([
		["as long as Retry-After says", { "retry-after": "7" }],
		["by the clock of the storage", { date, "retry-after": date.replace("00 GMT", "07 GMT") }],
	])("waits %s", async (_, headers) => {
		const waits: number[] = [];
		vi.spyOn(globalThis, "setTimeout").mockImplementation((callback, milliseconds) => {
			waits.push(milliseconds ?? 0);
			queueMicrotask(callback as () => void);
			return 0 as unknown as ReturnType<typeof setTimeout>;
		});
		const platform = createFakePlatform(({ index }) =>
			index === 0 ? refusal(503, "SlowDown", headers) : stored(),
		);
		await createClientFor(platform).uploadFile(file, "a", createFakeEndpoint().options);
		expect(waits).toContain(7_000);
	});

	it.each([
		{
			of: "answers",
			attempts: 3,
			answer: () => refusal(503, "SlowDown"),
			code: "storage-unavailable",
			status: 503,
		},
		{
			of: "lost connections",
			attempts: 5,
			answer: () => Promise.reject(connectionLost()),
			code: "network",
		},
		{
			of: "stalls",
			attempts: 5,
			answer: () => Promise.reject(new StallError(30_000)),
			code: "timeout",
		},
		{
			of: "wrong bytes",
			attempts: 3,
			answer: () => refusal(400, "BadDigest"),
			code: "storage-error",
			status: 400,
		},
	])("gives up after its budget of $of", async ({ attempts, answer, code, status }) => {
		const platform = createFakePlatform(answer);
		const api = createFakeEndpoint({ complete: () => problem(404, "upload-not-found") });
		const error = await failureOf(
			createClientFor(platform).uploadFile(file, "a", {
				...api.options,
				retry: { limit: 2, networkLimit: 4 },
			}),
		);
		expect(error).toMatchObject({ code, retryable: true });
		expect(error.status).toBe(status);
		expect(platform.attempts).toHaveLength(attempts);
		expect(api.calls.abort).toEqual([]);
	});

	it("gets a fresh URL when one is refused, and once only", async () => {
		const platform = createFakePlatform(({ index }) =>
			index === 0 ? refusal(403, "AccessDenied") : stored(),
		);
		const api = createFakeEndpoint();
		await createClientFor(platform).uploadFile(file, "a", api.options);
		expect(platform.attempts.map(({ url }) => url.split("=")[1])).toEqual(["token-0", "token-1"]);

		const hopeless = createFakePlatform(() => refusal(403, "SignatureDoesNotMatch"));
		const error = await failureOf(
			createClientFor(hopeless).uploadFile(file, "a", missing().options),
		);
		expect(hopeless.attempts).toHaveLength(2);
		expect(error).toMatchObject({ code: "forbidden", status: 403, retryable: false });
		expect(error.message).toContain("SignatureDoesNotMatch");
	});

	it("asks the server why the storage refuses, and tells what the server names", async () => {
		const refusing = () =>
			createFakePlatform(() => refusal(400, "AuthorizationQueryParametersError"));
		const values = { bucket: "films" };
		const named = { complete: () => problem(502, "storage-error", { requestId: "r", values }) };
		const failureWith = (answers: Answers) =>
			failureOf(
				createClientFor(refusing()).uploadFile(file, "a", createFakeEndpoint(answers).options),
			);
		expect(await failureWith(named)).toMatchObject({ requestId: "r", values, retryable: false });
		const message = "The storage answered 400 AuthorizationQueryParametersError";
		for (const [status, code] of [
			[404, "upload-not-found"],
			[409, "conflict"],
		] as const) {
			const error = await failureWith({ complete: () => problem(status, code) });
			expect(error.message).toContain(message);
		}
		expect(
			(await failureWith({ complete: () => new Response("<html>", { status: 404 }) })).message,
		).toContain(message);
	});

	it("gets a fresh URL instead of using one that is about to expire", async () => {
		const aging = singlePlan();
		const api = createFakeEndpoint({
			complete: () => problem(404, "upload-not-found"),
			create: (_, index) => (index === 0 ? aging : singlePlan({ token: "token-1" })),
		});
		const platform = createFakePlatform(async ({ index }) => {
			if (index > 0) return stored();
			vi.spyOn(Date, "now").mockReturnValue(Date.now() + aging.request.expiresIn * 1_000);
			throw connectionLost();
		});
		await createClientFor(platform).uploadFile(file, "a", api.options);
		expect(platform.attempts.map(({ url }) => url.split("=")[1])).toEqual(["token-0", "token-1"]);
	});

	it("asks whose object it is also when the first visible answer is that the key is taken", async () => {
		// a browser, or something on the way, sends a lost request again without a word
		const platform = createFakePlatform(() => refusal(412, "PreconditionFailed"));
		const own = createFakeEndpoint();
		const { uploadFile } = createClientFor(platform);
		expect((await uploadFile(file, "a", own.options)).data).toEqual({ token: "token-0" });
		expect(platform.attempts).toHaveLength(1);

		const strangers = createFakeEndpoint({ complete: () => problem(409, "already-exists") });
		const error = await failureOf(uploadFile(file, "a", strangers.options));
		expect(error).toMatchObject({ code: "already-exists", retryable: false });
		expect(strangers.calls.complete).toHaveLength(1);
		expect(strangers.calls.abort).toHaveLength(0);
	});

	it("takes a key for taken where the server may not look, and asks it once only", async () => {
		const api = createFakeEndpoint({ complete: () => problem(409, "conflict") });
		const platform = createFakePlatform(() => refusal(412, "PreconditionFailed"));
		const error = await failureOf(createClientFor(platform).uploadFile(file, "a", api.options));
		expect(error.code).toBe("already-exists");
		expect(api.calls.complete).toHaveLength(1);
	});

	it("calls it undecided where an answer was lost and the server may not look", async () => {
		const api = createFakeEndpoint({ complete: () => problem(409, "conflict") });
		const platform = createFakePlatform(({ index }) =>
			index === 0 ? Promise.reject(connectionLost()) : refusal(412, "PreconditionFailed"),
		);
		const error = await failureOf(createClientFor(platform).uploadFile(file, "a", api.options));
		expect(error).toMatchObject({ code: "conflict", message: "Detail of conflict." });
		expect(api.calls.complete).toHaveLength(1);
	});

	it.each([
		["a URL that is refused for good", () => refusal(403, "AccessDenied"), "forbidden"],
		["a refused request", () => refusal(400, "InvalidRequest"), "storage-error"],
		["lost connections only", () => Promise.reject(connectionLost()), "network"],
	])(
		"ends in what the server finds when, after a lost answer, there is %s",
		async (_, then, code) => {
			const send = (complete: () => unknown): Promise<unknown> => {
				const api = createFakeEndpoint({ complete });
				const platform = createFakePlatform(({ index }) =>
					index === 0 ? Promise.reject(connectionLost()) : then(),
				);
				return createClientFor(platform).uploadFile(file, "a", {
					...api.options,
					retry: { networkLimit: 2 },
				});
			};
			expect(await send(() => ({ key: "k", size: 20 }))).toMatchObject({ key: "k" });
			for (const found of ["upload-not-found", "already-exists", "conflict"]) {
				const error = await failureOf(
					send(() => problem(found === "upload-not-found" ? 404 : 409, found)),
				);
				expect(error.code).toBe(code);
			}
		},
	);

	it("does not wait long for a server that cannot tell either", async () => {
		vi.useFakeTimers();
		vi.spyOn(AbortSignal, "timeout").mockImplementation((milliseconds) => {
			const controller = new AbortController();
			setTimeout(() => controller.abort(new DOMException("", "TimeoutError")), milliseconds);
			return controller.signal;
		});
		const api = createFakeEndpoint({ complete: () => new Promise(() => {}) });
		const platform = createFakePlatform(() => Promise.reject(connectionLost()));
		const { uploadFile } = createClientFor(platform);
		const upload = failureOf(uploadFile(file, "a", { ...api.options, retry: { networkLimit: 0 } }));
		await vi.advanceTimersByTimeAsync(11_000);
		expect((await upload).code).toBe("network");
		expect(api.calls.complete).toHaveLength(1);
	});

	it("lets the server decide whose object it is after a lost answer", async () => {
		const lostThenTaken: Storage = ({ index }) =>
			index === 0 ? Promise.reject(connectionLost()) : refusal(412, "PreconditionFailed");
		const platform = createFakePlatform(lostThenTaken);
		const api = createFakeEndpoint();
		const result = await createClientFor(platform).uploadFile(file, "a", api.options);
		expect(result.data).toEqual({ token: "token-0" });

		const strangers = createFakeEndpoint({ complete: () => problem(409, "already-exists") });
		const other = createFakePlatform(lostThenTaken);
		const error = await failureOf(createClientFor(other).uploadFile(file, "a", strangers.options));
		expect(error.code).toBe("already-exists");
	});

	it("asks with the token of the lost attempt even when the URL was replaced since", async () => {
		const answers = [
			() => Promise.reject(connectionLost()),
			() => refusal(403, "AccessDenied"),
			() => refusal(412, "PreconditionFailed"),
		];
		const platform = createFakePlatform(({ index }) => answers[index]?.() ?? stored());
		const api = createFakeEndpoint({ complete: lateObject });
		const result = await createClientFor(platform).uploadFile(file, "a", api.options);
		expect(api.calls.create).toHaveLength(2);
		expect(result.data).toEqual({ token: "token-0" });
	});

	it("asks with the token of an attempt whose silence was taken for a refusal", async () => {
		// as in a browser that has never got an answer of this storage
		const explain = async () => ["resign", new UploadError("cors", "No CORS.")] as const;
		const answers = [() => Promise.reject(connectionLost()), () => refusal(412, "Taken")];
		const platform = createFakePlatform(({ index }) => answers[index]?.() ?? stored(), { explain });
		const api = createFakeEndpoint({ complete: lateObject });
		const result = await createClientFor(platform).uploadFile(file, "a", api.options);
		expect(api.calls.create).toHaveLength(2);
		expect(result.data).toEqual({ token: "token-0" });
	});

	it("ends with what the server says of its set-up, instead of trying another URL", async () => {
		const explain = async () => ["resign", new UploadError("cors", "No CORS.")] as const;
		const platform = createFakePlatform(() => Promise.reject(connectionLost()), { explain });
		const api = createFakeEndpoint({ complete: () => problem(502, "storage-error") });
		const upload = createClientFor(platform).uploadFile(file, "a", api.options);
		expect(await failureOf(upload)).toMatchObject({ code: "storage-error", status: 502 });
		expect(platform.attempts).toHaveLength(1);
		expect(api.calls.create).toHaveLength(1);
	});

	it("looks for the object of a lost answer before it takes another URL, which may be another key's", async () => {
		const answers = [() => Promise.reject(connectionLost()), () => refusal(403, "Expired")];
		const platform = createFakePlatform(({ index }) => answers[index]?.() ?? stored());
		const made = (_: unknown, index: number): unknown =>
			singlePlan({ key: `made-${index}`, token: `token-${index}` });
		const api = createFakeEndpoint({ create: made });
		const result = await createClientFor(platform).uploadFile(file, "a", api.options);
		expect(result.data).toEqual({ token: "token-0" });
		expect(platform.attempts).toHaveLength(2);
		expect(api.calls.create).toHaveLength(1);
		expect(api.calls.abort).toEqual([]);
	});

	it.each(["rejected", "checksum-mismatch", "invalid-size"])(
		"ends as %s where the server says so of an object whose answers were all lost",
		async (code) => {
			const api = createFakeEndpoint({ complete: () => problem(422, code) });
			const platform = createFakePlatform(() => Promise.reject(connectionLost()));
			const { uploadFile } = createClientFor(platform);
			const upload = uploadFile(file, "a", { ...api.options, retry: { networkLimit: 1 } });
			expect(await failureOf(upload)).toMatchObject({ code, retryable: false });
		},
	);

	it("lets no time run out for the look while it is paused", async () => {
		vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
		vi.spyOn(AbortSignal, "timeout").mockImplementation((milliseconds) => {
			const controller = new AbortController();
			setTimeout(() => controller.abort(new DOMException("", "TimeoutError")), milliseconds);
			return controller.signal;
		});
		const api = createFakeEndpoint();
		const platform = createFakePlatform(({ index }) => {
			if (index === 0) return Promise.reject(connectionLost());
			upload.pause();
			return refusal(400, "InvalidRequest");
		});
		const upload = createClientFor(platform).uploadFile(file, "a", api.options);
		await vi.advanceTimersByTimeAsync(60_000);
		expect(upload.state).toBe("paused");
		upload.resume();
		expect((await upload).data).toEqual({ token: "token-0" });
	});

	it("looks for its object when the last answer that it bears is that of a gateway", async () => {
		const api = createFakeEndpoint();
		const platform = createFakePlatform(() => refusal(502, "BadGateway"));
		const { uploadFile } = createClientFor(platform);
		const result = await uploadFile(file, "a", { ...api.options, retry: { limit: 0 } });
		expect(platform.attempts).toHaveLength(1);
		expect(result.data).toEqual({ token: "token-0" });
	});

	it("follows the plan's own outcomes", async () => {
		const plan = singlePlan();
		const outcomes = { 409: "ask", 418: "retry", 419: "teleport" };
		const api = createFakeEndpoint({
			create: () => ({ ...plan, request: { ...plan.request, outcomes } }),
			// of the second upload nothing is stored
			complete: ({ token }, index) =>
				index === 0
					? { key: "k", size: 20, verified: true, data: { token } }
					: problem(404, "upload-not-found"),
		});
		const answers = [refusal(418, "Teapot"), refusal(409, "Busy"), refusal(419, "New")];
		const platform = createFakePlatform(({ index }) => answers[index] ?? stored());
		const { uploadFile } = createClientFor(platform);
		const { data } = await uploadFile(file, "a", api.options);
		expect(data).toEqual({ token: "token-0" });
		expect(await failureOf(uploadFile(file, "a", api.options))).toMatchObject({
			code: "storage-error",
			status: 419,
			retryable: false,
		});
	});

	it("shows nothing of a signed URL or of the storage's answer in its errors", async () => {
		for (const storage of [
			() => refusal(400, "InvalidArgument"),
			() => Promise.reject(connectionLost()),
			() => Promise.reject(new Error("disk")),
		]) {
			const error = await failureOf(
				createClientFor(createFakePlatform(storage)).uploadFile(file, "a", {
					...createFakeEndpoint({ complete: () => problem(404, "upload-not-found") }).options,
					retry: { limit: 0, networkLimit: 0 },
				}),
			);
			const shown: string[] = [];
			for (let e: unknown = error; e instanceof Error; e = e.cause) {
				shown.push(String(e.stack), JSON.stringify(Object.entries(e)));
			}
			expect(shown.join()).not.toMatch(/signature=|StringToSign|secret|token-0/);
		}
	});

	it("passes on a changed file without another attempt", async () => {
		const changed = new UploadError("file-changed", "Choose it again.");
		const platform = createFakePlatform(() => Promise.reject(changed));
		const error = await failureOf(
			createClientFor(platform).uploadFile(file, "a", createFakeEndpoint().options),
		);
		expect(error).toBe(changed);
		expect(platform.attempts).toHaveLength(1);
	});

	it("begins once more when the upload went away on the server", async () => {
		const api = createFakeEndpoint({
			create: (_, index) => singlePlan({ confirm: true, token: `token-${index}` }),
			complete: ({ token }) =>
				token === "token-0" ? problem(404, "upload-not-found") : { key: "k", size: 20 },
		});
		const result = await createClientFor(createFakePlatform()).uploadFile(file, "a", api.options);
		expect(result.key).toBe("k");
		expect(api.calls.create).toHaveLength(2);
	});
});

describe("a plan that this client cannot carry out", () => {
	it.each([
		["of another version", { ...singlePlan(), v: 2 }],
		["of an unknown kind", { ...singlePlan(), kind: "teleport" }],
		["for another size", multipartPlan(21)],
		["with parts that do not cover the file", multipartPlan(20, { partCount: 1 })],
		["without a part size", multipartPlan(20, { partSize: 0, partCount: 2 })],
		["that is none", { hello: "world" }],
	])("is refused when it is one %s", async (_, plan) => {
		const platform = createFakePlatform();
		const api = createFakeEndpoint({ create: () => plan });
		const error = await failureOf(createClientFor(platform).uploadFile(file, "a", api.options));
		expect(error).toMatchObject({ code: "unsupported", retryable: false });
		expect(platform.attempts).toHaveLength(0);
	});
});

it.each<[string, string, (request: CreateRequest, index: number) => UploadPlan]>([
	["the file", "sha256", wantsSha256],
	["its parts", "crc64nvme", ({ size }) => multipartPlan(size ?? 0, { algorithm: "crc64nvme" })],
])(
	"an upload that is aborted while code of a digest of %s loads gives its turn away",
	async (_, name, plan) => {
		const loading = vi.fn(() => new Promise<never>(() => {}));
		const platform = createFakePlatform();
		const hashers = { ...platform.hashers, [name]: loading };
		const api = createFakeEndpoint({
			create: (request, index) => (request.key === "a" ? plan(request, index) : singlePlan({})),
		});
		const options = { ...api.options, concurrency: 1 };
		const { uploadFile } = createClientFor({ ...platform, hashers }).createClient(options);
		const waiting = uploadFile(file, "a");
		await eventually(() => loading.mock.calls.length === 1);
		waiting.abort();
		expect(await failureOf(waiting)).toMatchObject({ code: "aborted" });
		expect(await uploadFile(file, "b")).toMatchObject({ size: file.length });
	},
);
