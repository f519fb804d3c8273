import { mkdir, mkdtemp, rm } from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from "vitest";
import type { Page } from "../../../../tools/browsers/browser.ts";
import { certificate } from "../../../../tools/certificate.js";
import { singlePlan } from "../fakes/endpoint.js";
import { type ClientBrowser, openClientBrowser } from "./open-client-browser.js";

let browser: ClientBrowser;
let secure: ClientBrowser;
let server: http.Server;
/** Answers everything readably, as endpoint and as storage. */
let origin: string;
const requests: (string | undefined)[] = [];

beforeAll(async () => {
	server = http.createServer((request, response) => {
		requests.push(request.method);
		for (const name of ["origin", "methods", "headers"]) {
			response.setHeader(`access-control-allow-${name}`, "*");
		}
		response.setHeader("access-control-expose-headers", "etag");
		response.setHeader("etag", '"1"');
		const plan = singlePlan();
		const reply = { ...plan, request: { ...plan.request, url: `${origin}/film` } };
		request.resume().on("end", () => response.end(JSON.stringify(reply)));
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	browser = await openClientBrowser();
	secure = await openClientBrowser(certificate);
});
afterAll(async () => {
	await browser?.close();
	await secure?.close();
	server.closeAllConnections();
	server.close();
});

interface Failure {
	readonly code?: string | undefined;
	readonly message?: string | undefined;
	readonly state: string;
	/** Calls to the endpoint. */
	readonly calls: number;
	readonly events: readonly { readonly type: string; readonly code?: string }[];
}

/**
 * What is told first of the failure of an upload, or of its end; what is blocked must end it.
 *
 * @param storage a plan names it; by default the endpoint answers
 */
const failureOf = (page: Page, endpoint: string, storage?: string): Promise<Failure> => {
	const plan = singlePlan();
	const reply = { ...plan, request: { ...plan.request, url: `${storage}/film` } };
	return page.evaluate(
		async ([endpoint, plan]) => {
			let calls = 0;
			const upload = window.skyput.uploadFile(new Blob(["0123456789"]), "a", {
				endpoint,
				fetch: async (request) => {
					calls++;
					return plan ? Response.json(plan) : await fetch(request);
				},
			});
			upload.result.catch(() => {});
			await new Promise<void>((resolve) => {
				const look = (): void => {
					const { error, state } = upload.snapshot();
					const isOver = /^(done|failed)$/.test(state);
					if (isOver || (error && error.code !== "blocked")) resolve();
				};
				upload.subscribe(look);
			});
			const { error, state } = upload.snapshot();
			const { events } = upload.report();
			upload.abort();
			return { code: error?.code, message: error?.message, state, calls, events };
		},
		[endpoint, storage && reply] as const,
	) as Promise<Failure>;
};

describe("uploads from an https page to an http address", () => {
	it("reject before the first call to the endpoint", async () => {
		const page = await secure.openPage();
		const failure = await failureOf(page, "http://endpoint.test/uploads");
		expect(failure).toMatchObject({ code: "blocked", calls: 0 });
		expect(failure.message).toMatch(
			/http:\/\/endpoint\.test as mixed content.*`endpoint` to an https/,
		);
		expect(failure.events).toContainEqual(expect.objectContaining({ code: "blocked" }));
	});

	it("reject before the first byte to the storage", async () => {
		const page = await secure.openPage();
		const failure = await failureOf(page, "https://endpoint.test", "http://storage.test");
		expect(failure).toMatchObject({ code: "blocked", calls: 1 });
		expect(failure.message).toMatch(
			/http:\/\/storage\.test as mixed content.*provider's `endpoint`/,
		);
	});

	it("are not blocked where the page upgrades insecure requests", async ({ skip }) => {
		skip(inject("engine") === "firefox", "Firefox upgrades nothing on this machine's own host");
		const page = await secure.openPage("upgrade-insecure-requests");
		const failure = await failureOf(page, "http://endpoint.test/uploads");
		expect(failure).toMatchObject({ code: "network" });
	});

	it("are blocked on the same machine only by an engine that does not trust it", async () => {
		const page = await secure.openPage();
		const failure = await failureOf(page, `${origin}/uploads`);
		expect(failure).toMatchObject(
			inject("engine") === "webkit" ? { code: "blocked", calls: 0 } : { state: "done" },
		);
	});
});

describe("a Content Security Policy", () => {
	it.each([
		["connect-src 'self'", "connect-src"],
		["default-src 'self' 'unsafe-inline'", "connect-src"],
	])(
		"of %s that blocks the endpoint rejects, with directive and host",
		async (policy, directive) => {
			const page = await browser.openPage(policy);
			requests.length = 0;
			const failure = await failureOf(page, `${origin}/uploads`);
			expect(failure).toMatchObject({ code: "blocked", state: "failed" });
			expect(failure.message).toContain(`(${directive}) blocks ${origin}: add this origin`);
			expect(requests).toEqual([]);
		},
	);

	it("that blocks the storage rejects, with directive and host", async () => {
		const page = await browser.openPage("connect-src 'self'");
		const failure = await failureOf(page, "https://endpoint.test", origin);
		expect(failure).toMatchObject({ code: "blocked", state: "failed" });
		expect(failure.message).toContain(`(connect-src) blocks ${origin}`);
	});

	it("that allows both works", async () => {
		const page = await browser.openPage(`connect-src ${origin}`);
		expect(await failureOf(page, `${origin}/uploads`)).toMatchObject({ state: "done" });
	});
});

it.for([
	["", "folder"],
	["with the extension of a picture ", "folder.png"],
] as const)("a dropped folder %sis reported as a folder", async ([, name], { skip }) => {
	const engine = inject("engine");
	skip(engine === "firefox", "Firefox's driver cannot choose a folder as a file");
	skip(
		engine === "chromium" && name !== "folder",
		"In Chromium it has a type and a size, as a file",
	);
	const parent = await mkdtemp(join(tmpdir(), "skyput-folder-"));
	onTestFinished(() => rm(parent, { recursive: true }));
	const folder = join(parent, name);
	await mkdir(folder);
	const page = await browser.openPage();
	await page.chooseFile("#file", folder);
	const failure = await page.evaluate(async () => {
		const upload = window.skyput.uploadFile(window.chosenFile(), "a", {
			endpoint: "https://endpoint.test",
			retry: { limit: 0, networkLimit: 0 },
		});
		const { code, message } = await upload.catch((error) => error);
		return { code, message };
	});
	expect(failure.code).toBe("invalid-request");
	expect(failure.message).toMatch(/folder.*upload its files.*`uploadFiles`/);
});
