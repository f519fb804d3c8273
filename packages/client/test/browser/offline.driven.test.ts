import http from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import type { Page } from "../../../../tools/browsers/browser.ts";
import type { Upload } from "../../src/public-types.js";
import { singlePlan } from "../fakes/endpoint.js";
import { type ClientBrowser, openClientBrowser } from "./open-client-browser.js";

const missing = inject("missing");

let browser: ClientBrowser;
let page: Page;
let server: http.Server;
let endpoint: string;
/** Connections of bodies whose answers do not end; undefined while all are answered. */
let held: Socket[] | undefined;

beforeAll(async () => {
	server = http.createServer((request, response) => {
		response.setHeader("access-control-allow-origin", "*");
		response.setHeader("access-control-allow-methods", "*");
		response.setHeader("access-control-allow-headers", "*");
		response.setHeader("access-control-expose-headers", "etag");
		response.setHeader("etag", '"1"');
		request.resume().on("end", () => {
			const plan = singlePlan();
			const url = `http://${request.headers.host}/stored`;
			if (request.method === "PUT" && held) {
				// browsers repeat a request by themselves where nothing of the answer came
				response.writeHead(200, { "content-length": 10 }).write("0");
				held.push(request.socket);
			} else if (request.method !== "POST") response.end();
			else response.end(JSON.stringify({ ...plan, request: { ...plan.request, url } }));
		});
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/uploads`;
	browser = await openClientBrowser();
	page = await browser.openPage();
});

afterAll(async () => {
	await browser.close();
	server.closeAllConnections();
	server.close();
});

declare global {
	interface Window {
		upload?: Upload;
	}
}

const state = (): Promise<string | undefined> => page.evaluate(() => window.upload?.state);

/** Begins an upload; one of 10 bytes is large for a threshold below. */
const begin = (multipartThreshold: number): Promise<void> =>
	page.evaluate(
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
	page.evaluate(async () => (await window.upload)?.size);

/** Also for longer than the browser is believed without a look. */
async function expectOffline(milliseconds: number): Promise<void> {
	await expect.poll(state).toBe("offline");
	await new Promise((resolve) => setTimeout(resolve, milliseconds));
	expect(await state()).toBe("offline");
}

beforeEach(({ skip }) => skip(missing.offline !== undefined, missing.offline));

describe("an upload that begins in a browser without a network waits, and ends well when it is back", () => {
	it.each([
		["no code", 100, 6_000],
		["all but the code for large files", 1, 300],
		["all code", 100, 300],
	])("with %s loaded yet", async (_, multipartThreshold, wait) => {
		await page.setOffline(true);
		await begin(multipartThreshold);
		await expectOffline(wait);
		await page.setOffline(false);
		expect(await size()).toBe(10);
	});
});

it("an upload that waits for its code ends when it is aborted, still without a network", async () => {
	await page.reload();
	await page.setOffline(true);
	await begin(1);
	await expectOffline(0);
	const code = await page.evaluate(() => {
		window.upload?.abort();
		return window.upload?.catch((error) => error.code);
	});
	expect(code).toBe("aborted");
	await page.setOffline(false);
});

it("an upload that loses the network after its bytes have left waits, and sends them again", async () => {
	held = [];
	await begin(100);
	await expect.poll(() => held?.length).toBe(1);
	await page.setOffline(true);
	for (const socket of held.splice(0)) socket.destroy();
	held = undefined;
	await expectOffline(0);
	await page.setOffline(false);
	expect(await size()).toBe(10);
});
