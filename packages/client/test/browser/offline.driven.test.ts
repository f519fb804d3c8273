import http from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Upload } from "../../src/public-types.js";
import { singlePlan } from "../fakes/endpoint.js";
import { type ClientPage, openPage } from "./open-page.js";

let page: ClientPage;
let server: http.Server;
let endpoint: string;

beforeAll(async () => {
	server = http.createServer((request, response) => {
		response.setHeader("access-control-allow-origin", "*");
		response.setHeader("access-control-allow-methods", "*");
		response.setHeader("access-control-allow-headers", "*");
		request.resume().on("end", () => {
			const plan = singlePlan();
			const url = `http://${request.headers.host}/stored`;
			if (request.method !== "POST") response.end();
			else response.end(JSON.stringify({ ...plan, request: { ...plan.request, url } }));
		});
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/uploads`;
	page = await openPage();
}, 60_000);

afterAll(async () => {
	await page.close();
	server.closeAllConnections();
	server.close();
});

declare global {
	interface Window {
		upload?: Upload;
	}
}

const state = (): Promise<string | undefined> => page.page.evaluate(() => window.upload?.state);

/** Begins an upload; one of 10 bytes is large for a threshold below. */
const begin = (multipartThreshold: number): Promise<void> =>
	page.page.evaluate(
		([endpoint, multipartThreshold]) => {
			window.upload = window.skyput.uploadFile(new Blob(["0123456789"]), "a", {
				endpoint,
				multipartThreshold,
				retry: { networkLimit: 0 },
			});
			window.upload.catch(() => {});
		},
		[endpoint, multipartThreshold] as const,
	);

const size = (): Promise<number | undefined> =>
	page.page.evaluate(async () => (await window.upload)?.size);

/** Also for longer than the browser is believed without a look. */
async function expectOffline(milliseconds: number): Promise<void> {
	await expect.poll(state, { timeout: 10_000 }).toBe("offline");
	await new Promise((resolve) => setTimeout(resolve, milliseconds));
	expect(await state()).toBe("offline");
}

const setOffline = (offline: boolean): Promise<void> => page.page.context().setOffline(offline);

describe("an upload that begins in a browser without a network waits, and ends well when it is back", () => {
	it.each([
		["no code", 100, 6_000],
		["all but the code for large files", 1, 300],
		["all code", 100, 300],
	])(
		"with %s loaded yet",
		async (_, multipartThreshold, wait) => {
			await setOffline(true);
			await begin(multipartThreshold);
			await expectOffline(wait);
			await setOffline(false);
			expect(await size()).toBe(10);
		},
		30_000,
	);
});

it("an upload that waits for its code ends at once when it is aborted", async () => {
	await page.page.reload();
	await setOffline(true);
	await begin(1);
	await expectOffline(0);
	const [code, milliseconds] = await page.page.evaluate(async () => {
		const began = performance.now();
		window.upload?.abort();
		const code = await window.upload?.catch((error) => error.code);
		return [code, performance.now() - began];
	});
	expect(code).toBe("aborted");
	expect(milliseconds).toBeLessThan(200);
	await setOffline(false);
});
