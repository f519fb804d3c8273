import http from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Upload } from "../../src/face.js";
import { singlePlan } from "../fakes/endpoint.js";
import { type ClientPage, openPage } from "./open-page.js";

let page: ClientPage;
let server: http.Server;

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

it("an upload of a browser that loses its network waits, and ends well when it is back", async () => {
	const { port } = server.address() as AddressInfo;
	await page.page.context().setOffline(true);
	await page.page.evaluate((endpoint) => {
		window.upload = window.skyput.uploadFile(new Blob(["0123456789"]), "a", {
			endpoint,
			retry: { networkLimit: 0 },
		});
		window.upload.catch(() => {});
	}, `http://127.0.0.1:${port}/uploads`);
	await expect.poll(state, { timeout: 10_000 }).toBe("offline");
	await new Promise((resolve) => setTimeout(resolve, 300));
	expect(await state()).toBe("offline");
	await page.page.context().setOffline(false);
	const size = await page.page.evaluate(async () => (await window.upload)?.size);
	expect(size).toBe(10);
}, 60_000);
