import http from "node:http";
import {
	constants,
	createSecureServer,
	type Http2SecureServer,
	type Http2ServerRequest,
	type Http2ServerResponse,
} from "node:http2";
import type { AddressInfo } from "node:net";
import { defineUploads } from "@skyput/server";
import { type Backend, startBackend } from "@skyput/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import { certificate } from "../../../../tools/certificate.js";
import { closedOrigin } from "../../../../tools/closed-origin.js";
import { type ClientBrowser, openClientBrowser } from "./open-client-browser.js";

/** What a service worker responds with, by the names of the scripts below. */
const responses = {
	"a page": "new Response('<!doctype html>', { headers: { 'content-type': 'text/html' } })",
	"a 404": "new Response('', { status: 404 })",
	"a 504": "new Response('', { status: 504 })",
	nothing: "Promise.reject(new Error('offline'))",
	"an opaque response": "fetch(request.url, { mode: 'no-cors' })",
	"that of a GET": "fetch(request.url)",
	"that of a request without its body":
		"fetch(request.url, { method: request.method, headers: request.headers })",
	"that of the request": "fetch(request)",
};

type Peer = "endpoint" | "storage";
const pathOf = (peer: Peer, name: string): string => `/${peer}-${name.replaceAll(" ", "-")}.js`;

const workerFor = (peer: Peer, response: string): string => `
addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("fetch", (event) => {
	const { request } = event;
	const { origin, pathname } = new URL(request.url);
	const peer = pathname.startsWith("/uploads") ? "endpoint" : "storage";
	if (origin !== location.origin && peer === "${peer}") event.respondWith(${response});
});`;

let backend: Backend;
let browser: ClientBrowser;
let secure: ClientBrowser;
let proxy: Http2SecureServer;
let proxied: string;

beforeAll(async () => {
	backend = await startBackend({
		uploads: defineUploads({ "files/*path": { authorize: "public" } }),
		handler: { cors: { origins: ["*"] } },
	});
	const workers = Object.entries(responses).flatMap(([name, response]) =>
		(["endpoint", "storage"] as const).map((peer) => [
			pathOf(peer, name),
			workerFor(peer, response),
		]),
	);
	browser = await openClientBrowser(undefined, Object.fromEntries(workers));
	secure = await openClientBrowser(certificate);
	proxy = createSecureServer(certificate, answerAsProxy);
	await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
	proxied = `https://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
});
beforeEach(() => backend.clear());
afterAll(async () => {
	await browser?.close();
	await secure?.close();
	proxy?.close();
	await backend?.close();
});

/** Answers as the first segment of the path says: a status, one without CORS headers, or none. */
function answerAsProxy(request: Http2ServerRequest, response: Http2ServerResponse): void {
	const { method, headers, url } = request;
	const [, mode = "", ...rest] = url.split("/");
	// as some firewalls do with calls that they refuse
	if (mode === "reset") {
		response.stream.close(constants.NGHTTP2_INTERNAL_ERROR);
		return;
	}
	if (mode === "pass") {
		const own = Object.entries(headers).filter(([name]) => !name.startsWith(":"));
		const target = new URL(`/${rest.join("/")}`, backend.endpoint);
		const forwarded = http.request(target, { method, headers: Object.fromEntries(own) });
		forwarded.on("response", (reply) => {
			// HTTP/2 forbids the headers of a connection
			const {
				connection: _,
				"keep-alive": _life,
				"transfer-encoding": _coding,
				...kept
			} = reply.headers;
			response.writeHead(reply.statusCode ?? 0, kept);
			reply.pipe(response);
		});
		request.pipe(forwarded);
		return;
	}
	if (!mode.startsWith("bare")) {
		for (const name of ["origin", "methods", "headers"]) {
			response.setHeader(`access-control-allow-${name}`, name === "headers" ? "content-type" : "*");
		}
	}
	const status =
		method === "OPTIONS" && !mode.startsWith("bare") ? 204 : Number(mode.slice(-3) || 404);
	request.resume().on("end", () => response.writeHead(status).end());
}

/** How an upload ends, or the first error it tells that has these words. */
const toldBy = (
	{ openPage }: ClientBrowser,
	{ worker = "", endpoint = backend.endpoint, words = "", policy = "" },
) =>
	openPage(policy).then((page) =>
		page.evaluate(
			async ([worker, endpoint, words]) => {
				if (worker) {
					const { serviceWorker } = navigator;
					await serviceWorker.register(worker);
					while (!serviceWorker.controller?.scriptURL.endsWith(worker)) {
						await new Promise((resolve) =>
							serviceWorker.addEventListener("controllerchange", resolve, { once: true }),
						);
					}
				}
				const key = `files/${crypto.randomUUID()}`;
				const upload = window.skyput.uploadFile(new Blob(["0123456789"]), key, { endpoint });
				upload.result.catch(() => {});
				await new Promise<void>((resolve) => {
					const look = (): void => {
						const { error, state } = upload.snapshot();
						const isTold = words && error?.message.includes(words);
						if (isTold || /^(done|failed)$/.test(state)) resolve();
					};
					upload.subscribe(look);
				});
				const { error, state } = upload.snapshot();
				upload.abort();
				return { state, code: error?.code, message: error?.message };
			},
			[worker, endpoint, words] as const,
		),
	);

describe("a service worker of the page", () => {
	it.each<[Peer, keyof typeof responses, string]>([
		["endpoint", "a page", "invalid-request"],
		["endpoint", "a 404", "not-found"],
		["endpoint", "a 504", "internal"],
		["endpoint", "nothing", "cors"],
		["endpoint", "an opaque response", "cors"],
		["endpoint", "that of a GET", "invalid-request"],
		["endpoint", "that of a request without its body", "invalid-request"],
		["storage", "a page", "blocked"],
		["storage", "a 404", "blocked"],
		["storage", "nothing", "network"],
		["storage", "an opaque response", "cors"],
		["storage", "that of a GET", "forbidden"],
		["storage", "that of a request without its body", "forbidden"],
	])("that answers the %s's requests with %s is named", async (peer, response, code) => {
		const worker = pathOf(peer, response);
		const reported = await toldBy(browser, { worker, words: "service worker" });
		expect(reported).toMatchObject({ code });
		expect(reported.message).toContain("service worker");
	});

	it.each<Peer>(["endpoint", "storage"])(
		"that passes the %s's requests on is no obstacle",
		async (peer) => {
			const worker = pathOf(peer, "that of the request");
			expect(await toldBy(browser, { worker })).toMatchObject({ state: "done" });
		},
	);
});

it("a sandboxed page, which may not ask for its service worker, is told what failed", async () => {
	const endpoint = `${closedOrigin}/uploads`;
	const words = "cannot be reached";
	const reported = await toldBy(browser, { endpoint, words, policy: "sandbox allow-scripts" });
	expect(reported).toMatchObject({ code: "network" });
	expect(reported.message).toContain(words);
});

describe("a proxy that speaks HTTP/2", () => {
	it("passes calls on", async ({ skip }) => {
		skip(inject("engine") === "webkit", "Safari blocks the test's storage as mixed content");
		const reported = await toldBy(secure, { endpoint: `${proxied}/pass/uploads` });
		expect(reported).toMatchObject({ state: "done" });
	});

	it.each([
		["413", "invalid-request", "a gateway or a proxy has a body limit below 64 kB"],
		["bare413", "cors", "A gateway answers without CORS headers"],
		["502", "internal", "too slow for its gateway"],
		["bare502", "cors", "A gateway answers without CORS headers"],
		["reset", "cors", "a reset"],
	])("is named when it answers calls by %s", async (mode, code, words) => {
		const reported = await toldBy(secure, { endpoint: `${proxied}/${mode}`, words });
		expect(reported).toMatchObject({ code });
		expect(reported.message).toContain(words);
		expect(reported.message).toContain(proxied);
	});
});
