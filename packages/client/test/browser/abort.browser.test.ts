import { afterEach, beforeEach, expect, inject, it, type MockInstance, vi } from "vitest";
import { createClient } from "../../src/browser/index.js";
import { createFakeEndpoint, multipartPlan, singlePlan, windowOf } from "../fakes/endpoint.js";

const storage = inject("faulty");
const file = new Blob([new Uint8Array(400)]);
const reason = new Error("no more");

let sends: MockInstance<XMLHttpRequest["send"]>;
beforeEach(() => {
	sends = vi.spyOn(XMLHttpRequest.prototype, "send");
});
afterEach(() => vi.restoreAllMocks());

/** Whether all requests that were sent have been answered: such a one is DONE, or aborted after that. */
const allAnswered = (): boolean =>
	(sends.mock.contexts as XMLHttpRequest[]).every(({ readyState }) => [0, 4].includes(readyState));

/** A handler whose plans lead to a path of the storage that misbehaves. */
function handlerFor(path: string): ReturnType<typeof createFakeEndpoint> {
	const url = `${storage}${path}?part={partNumber}&signature={value}`;
	const { request } = singlePlan();
	return createFakeEndpoint({
		create: ({ multipart }) =>
			multipart
				? multipartPlan(400, { partSize: 100, window: windowOf(1, 4, { urls: [url] }) })
				: singlePlan({ request: { ...request, headers: {}, url: `${storage}${path}` } }),
	});
}

/** Requests that the storage has open. */
const openRequests = async (): Promise<number> =>
	Number(await (await fetch(`${storage}/waiting`)).text());

it.each([
	["a single PUT", 1_000, 1],
	["parts", 0, 3],
])("ends the connections of %s on their way, and tells the server", async (_, threshold, open) => {
	const { options, calls } = handlerFor("/silent");
	const client = createClient({ ...options, multipartThreshold: threshold, concurrency: 3 });
	const upload = client.uploadFile(file, "key");
	await vi.waitFor(async () => expect(await openRequests()).toBe(open), 240_000);

	upload.abort(reason);

	await expect(upload).rejects.toMatchObject({ code: "aborted", cause: reason });
	expect(upload.state).toBe("aborted");
	await vi.waitFor(async () => expect(await openRequests()).toBe(0), 240_000);
	expect(calls.abort).toEqual([{ token: "token-0" }]);
	expect(sends).toHaveBeenCalledTimes(open);
});

it.each([
	["a single PUT", 1_000, 1],
	["parts", 0, 3],
])("ends the wait between two attempts of %s at once", async (_, threshold, inFlight) => {
	const { options, calls } = handlerFor("/busy");
	const client = createClient({ ...options, multipartThreshold: threshold, concurrency: 3 });
	const controller = new AbortController();
	const upload = client.uploadFile(file, "key", { signal: controller.signal });
	upload.catch(() => {});
	await vi.waitFor(() => expect(sends).toHaveBeenCalledTimes(inFlight), 240_000);
	await vi.waitUntil(allAnswered, 240_000);

	controller.abort(reason);

	await expect(upload).rejects.toMatchObject({ code: "aborted", cause: reason });
	expect(calls.abort).toEqual([{ token: "token-0" }]);
	// the storage asked for 30 s before the next attempt
	expect(sends).toHaveBeenCalledTimes(inFlight);
});
