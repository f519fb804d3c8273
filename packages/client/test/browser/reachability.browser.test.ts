import { afterEach, describe, expect, inject, it, vi } from "vitest";
import { createBrowserPlatform } from "../../src/browser/platform.js";
import { createReachability } from "../../src/browser/reachability.js";
import type { Client } from "../../src/client-types.js";
import type { UploadError } from "../../src/errors.js";
import { StallError } from "../../src/transport-errors.js";
import { createClientFor } from "../fakes/client.js";
import { createFakeEndpoint, problem, singlePlan } from "../fakes/endpoint.js";

const faulty = inject("faulty");
const file = new Blob(["0123456789"]);

/** A client whose uploads go to these paths of the faulty server, a fresh URL to the next one. */
function clientFor(...paths: string[]): Client {
	const plan = singlePlan();
	const api = createFakeEndpoint({
		create: (_, index) => ({
			...plan,
			request: { ...plan.request, url: paths[index] ?? paths.at(-1) },
		}),
		complete: () => problem(404, "upload-not-found"),
	});
	return createClientFor(createBrowserPlatform()).createClient({
		...api.options,
		retry: { networkLimit: 5 },
	});
}

/** Lets seconds pass between any two looks at the clock. */
function hurry(): void {
	let time = 0;
	vi.spyOn(performance, "now").mockImplementation(() => (time += 3_000));
	vi.spyOn(Math, "random").mockReturnValue(0);
}

const failureOf = (upload: Promise<unknown>): Promise<UploadError> =>
	upload.then(
		() => expect.unreachable(),
		(error) => error,
	);

afterEach(() => void vi.restoreAllMocks());

describe("a request that fails without an answer", () => {
	it("is blamed on the bucket's CORS rule, with all that the rule must hold, when the host answers others", async () => {
		hurry();
		const error = await failureOf(clientFor(`${faulty}/private`).uploadFile(file, "a"));
		expect(error).toMatchObject({ code: "cors", retryable: false });
		expect(error.message).toContain(`${faulty} (CORS)`);
		expect(error.message).toContain(location.origin);
		for (const word of ["PUT", '["*"]', "ETag", "errors/cors"])
			expect(error.message).toContain(word);
	});

	it("is blamed on `cors.origins` of the handler when it was a call to the endpoint", async () => {
		hurry();
		const client = createClientFor(createBrowserPlatform()).createClient({
			endpoint: `${faulty}/private`,
		});
		const error = await failureOf(client.uploadFile(file, "a"));
		expect(error).toMatchObject({ code: "cors", retryable: false });
		expect(error.message).toContain(`add "${location.origin}" to \`cors.origins\``);
	});

	it("is worth a fresh URL first, since a storage may refuse one without CORS headers", async () => {
		hurry();
		const client = clientFor(`${faulty}/private`, `${faulty}/stored`);
		expect(await client.uploadFile(file, "a")).toMatchObject({ size: 10 });
	});

	it("is a lost connection while a body leaves, since its preflight has passed", async () => {
		hurry();
		const large = new Blob([new Uint8Array(30_000_000)]);
		const error = await failureOf(clientFor(`${faulty}/cut`).uploadFile(large, "a"));
		expect(error).toMatchObject({ code: "network", retryable: true });
	});

	it("is blamed on the CORS rule when all of the body left, and the answer may not be read", async () => {
		hurry();
		const large = new Blob([new Uint8Array(30_000_000)]);
		const error = await failureOf(clientFor(`${faulty}/unreadable`).uploadFile(large, "a"));
		expect(error).toMatchObject({ code: "cors", retryable: false });
	});

	it("names the host when it is dead", async () => {
		hurry();
		const error = await failureOf(
			clientFor("http://127.0.0.1:9/x?signature=s").uploadFile(file, "a"),
		);
		expect(error).toMatchObject({ code: "network", retryable: true });
		expect(error.message).toMatch(
			/^The storage at http:\/\/127\.0\.0\.1:9 cannot be reached: .*port/,
		);
	});

	it("is a lost connection and no more where the host has answered before", async () => {
		hurry();
		const { answered, explain } = createReachability();
		const target = { peer: "storage", origin: faulty } as const;
		answered(faulty);
		for (let i = 0; i < 5; i++) {
			expect(await explain(new TypeError(), target, new AbortController().signal)).toBeUndefined();
		}
	});

	it.each([
		["a stall", new StallError(30_000)],
		["an answer that took too long", new DOMException("timed out", "TimeoutError")],
	])("is never blamed on CORS for %s: what a browser blocks fails at once", async (_, error) => {
		hurry();
		const { explain } = createReachability();
		const { signal } = new AbortController();
		for (const peer of ["storage", "endpoint"] as const) {
			for (let i = 0; i < 5; i++) {
				expect(await explain(error, { peer, origin: faulty }, signal)).toBeUndefined();
			}
		}
	});

	it("is explained at the first failure, with a fresh URL of the storage after the second", async () => {
		const { explain } = createReachability();
		const { signal } = new AbortController();
		const target = { peer: "storage", origin: faulty } as const;
		for (const outcome of ["retry", "resign", "retry", "retry"]) {
			expect(await explain(new TypeError(), target, signal)).toEqual([
				outcome,
				expect.objectContaining({ code: "cors" }),
			]);
		}
	});

	it("is explained at the second failure where the endpoint answered before, as a gateway's", async () => {
		const { answered, explain } = createReachability();
		const { signal } = new AbortController();
		const target = { peer: "endpoint", origin: faulty } as const;
		const message = expect.stringMatching(/\(CORS\)\. A gateway .*expired login \(401\)/);
		for (let i = 0; i < 2; i++) {
			answered(faulty);
			expect(await explain(new TypeError(), target, signal)).toBeUndefined();
			const second = await explain(new TypeError(), target, signal);
			expect(second).toEqual(["retry", expect.objectContaining({ code: "cors", message })]);
		}
	});
});

it("a failed call below an endpoint that answers names the route that may be missing", async () => {
	const { answered, explain } = createReachability();
	answered(faulty);
	const { signal } = new AbortController();
	const target = { peer: "endpoint", origin: faulty, path: "/api/complete" } as const;
	await explain(new TypeError(), target, signal);
	const message = expect.stringMatching(
		/\/api\/complete .*route GET and POST \/api\/\* to the upload handler/,
	);
	const second = await explain(new TypeError(), target, signal);
	expect(second).toEqual(["retry", expect.objectContaining({ code: "cors", message })]);
});

describe("a browser that is offline", () => {
	it("waits until it is online, shows so, and spends no attempt", async () => {
		const onLine = vi.spyOn(navigator, "onLine", "get").mockReturnValue(false);
		const plan = singlePlan();
		const api = createFakeEndpoint({
			create: (_, index) => {
				const url = faulty + (index === 0 ? "/reset" : "/echo/200");
				return { ...plan, request: { ...plan.request, url, expiresIn: 300 } };
			},
		});
		const upload = createClientFor(createBrowserPlatform()).uploadFile(file, "a", {
			...api.options,
			retry: { networkLimit: 0 },
		});
		await new Promise<void>((resolve) => {
			upload.subscribe(() => upload.state === "offline" && resolve());
		});
		// meanwhile the URL expires
		vi.spyOn(Date, "now").mockReturnValue(Date.now() + 600_000);
		expect(upload.state).toBe("offline");
		onLine.mockReturnValue(true);
		dispatchEvent(new Event("online"));
		expect(await upload).toMatchObject({ size: 10 });
	});

	it("is none that only does not know", async () => {
		vi.spyOn(navigator, "onLine", "get").mockReturnValue(undefined as unknown as boolean);
		const target = { peer: "storage", origin: faulty } as const;
		const { signal } = new AbortController();
		expect(await createReachability().explain(new TypeError(), target, signal)).not.toBe("offline");
	});

	it("tries now and then all the same, for browsers that are wrong about it", async () => {
		vi.useFakeTimers();
		vi.spyOn(AbortSignal, "timeout").mockImplementation((milliseconds) => {
			const controller = new AbortController();
			setTimeout(() => controller.abort(), milliseconds);
			return controller.signal;
		});
		const waiting = createReachability().reconnect(new AbortController().signal);
		await vi.advanceTimersByTimeAsync(5_000);
		await waiting;
		vi.useRealTimers();
	});
});
