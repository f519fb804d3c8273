import { describe, expect, inject, it } from "vitest";
import { closedOrigin } from "../../../../tools/closed-origin.ts";
import { createBrowserPlatform } from "../../src/browser/platform.js";
import type { UploadFileOptions } from "../../src/options.js";
import type { Upload } from "../../src/public-types.js";
import { createClientFor } from "../fakes/client.js";
import { createFakeEndpoint, singlePlan } from "../fakes/endpoint.js";

const faulty = inject("faulty");
const page = location.origin;

const upload = (options: UploadFileOptions): Upload =>
	createClientFor(createBrowserPlatform()).uploadFile(new Blob(["0123456789"]), "files/a", options);

const uploadTo = (url: string): Upload => {
	const plan = singlePlan();
	const create = (): unknown => ({ ...plan, request: { ...plan.request, url } });
	return upload(createFakeEndpoint({ create }).options);
};

/** An upload in parts to an endpoint whose check of the operations meets another answer; its parts stay on the way. */
const withoutOperations = (answer: string): Upload =>
	upload({
		endpoint: inject("endpoint"),
		multipartThreshold: 1,
		fetch: async (request) => {
			if (request.url.endsWith("/list")) return await fetch(`${faulty}${answer}`);
			const plan = await (await fetch(request.clone())).json();
			plan.window.urls = [`${faulty}/silent`];
			return Response.json(plan, { status: 201 });
		},
	});

/** What `snapshot()` and `report()` tell first of a failure; ends the upload. */
async function toldBy(
	running: Upload,
): Promise<{ readonly code: string; readonly message: string }> {
	const told = new Promise<void>((resolve) => {
		running.subscribe(() => running.snapshot().error && resolve());
	});
	await Promise.race([told, running.result.catch(() => {})]);
	const { error, state } = running.snapshot();
	expect(state).not.toBe("failed");
	const { code = "", message = "" } = error ?? {};
	const failure = running.report().events.find(({ type }) => type === "failure");
	expect(failure).toMatchObject({ code });
	running.abort();
	return { code, message };
}

describe("the first failure of an upload that goes on names its likely causes", () => {
	it("and the rule to add for a bucket without a CORS rule", async () => {
		const { code, message } = await toldBy(uploadTo(`${faulty}/private`));
		expect(code).toBe("cors");
		const rule = `"AllowedOrigins": ["${page}"], "AllowedMethods": ["PUT"], "AllowedHeaders": ["*"]`;
		expect(message).toContain(rule);
	});

	it.each([
		["no CORS headers, or a wrong path,", "/private"],
		["a gateway's own 401", "/bare/401"],
		["a gateway's own 403", "/bare/403"],
		["a gateway's own 429", "/bare/429"],
		["a gateway's own 504", "/bare/504"],
		["an HTML page", "/bare/200"],
		["a body limit", "/bare/413"],
	])("for %s in a response of the endpoint that the page may not read", async (_, path) => {
		const { code, message } = await toldBy(upload({ endpoint: faulty + path }));
		expect(code).toBe("cors");
		expect(message).toMatch(
			new RegExp(`${path} .*path of .endpoint.*OPTIONS.*"${page}" to .cors.origins`),
		);
		for (const cause of ["(401)", "413", "429", "redirect", "HTML"]) {
			expect(message).toContain(cause);
		}
	});

	it.each([
		["429", 429, "rate-limited", /wait/],
		["504", 504, "internal", /too slow for its gateway/],
	])("for a %s of a gateway with CORS headers", async (_, status, expected, words) => {
		const { code, message } = await toldBy(upload({ endpoint: `${faulty}/echo/${status}` }));
		expect(code).toBe(expected);
		expect(message).toMatch(words);
	});

	it.each([
		["for a host that is unknown, or blocked by an extension", "http://no-such-host.invalid"],
		["for a port that is closed, or blocked by an extension", closedOrigin],
	])("%s", async (_, origin) => {
		const starts = [
			() => upload({ endpoint: `${origin}/uploads` }),
			() => uploadTo(`${origin}/film`),
		];
		for (const start of starts) {
			const { code, message } = await toldBy(start());
			expect(code).toBe("network");
			expect(message).toMatch(new RegExp(`at ${origin} cannot .*port of .*ad blocker`));
		}
	});

	it("and the seconds without a response for a silent host", async () => {
		const endpoint = `${faulty}/silent`;
		const { code, message } = await toldBy(upload({ endpoint, stallTimeout: 400 }));
		expect(code).toBe("network");
		expect(message).toBe(`No response from ${faulty.slice(7)} for 0.8 s.`);
	});
});

describe("an upload rejects at once for", () => {
	it.each([
		["a wrong path", "/echo/404", "not-found", /POST \/echo\/404 .*Check the path/],
		["a 401", "/echo/401", "unauthenticated", /authorizer/],
		["a 403", "/echo/403", "forbidden", /gateway or firewall/],
		[
			"a redirect",
			"/login",
			"invalid-request",
			/^The endpoint redirects \(trailing slash, https, or a login page\?\)\. Set `endpoint` to the final URL\.$/,
		],
		["an HTML page", "/page", "invalid-request", /HTML.*single-page.*version/],
		["a body limit", "/echo/413", "invalid-request", /body limit below 64 kB: raise it/],
	])("%s in a response of the endpoint that the page may read", async (_, path, code, words) => {
		const error = await upload({ endpoint: faulty + path }).catch((error) => error);
		expect(error).toMatchObject({ code, retryable: false });
		expect(error.message).toMatch(words);
	});

	it("a wrong path of the page's own server", async () => {
		const error = await upload({ endpoint: "/no/such/path.json" }).catch((error) => error);
		expect(error).toMatchObject({ code: "not-found" });
		expect(error.message).toContain(`POST /no/such/path.json at ${page} answered 404`);
	});

	it("a bucket that does not exist, which a page cannot tell from one without a CORS rule", async () => {
		const error = await upload({ endpoint: inject("bucketless") }).catch((error) => error);
		expect(error).toMatchObject({ code: "storage-error", values: { bucket: "films" } });
		expect(error.message).toMatch(/"films" does not exist.*BUCKET_NAME/);
	});

	it("an upload handler without its operations", async () => {
		const running = withoutOperations("/echo/404");
		const error = await running.catch((error) => error);
		expect(error).toMatchObject({ code: "not-found" });
		expect(error.message).toMatch(/\/list .*route GET and POST .*\/\* to the upload handler/);
	});
});

it("an upload handler without its operations, whose answers the page may not read, is told before the bytes are stored", async () => {
	const running = withoutOperations("/bare/404");
	const found = Promise.withResolvers<string>();
	running.subscribe(() => {
		const { error } = running.snapshot();
		if (error?.code === "cors") found.resolve(error.message);
	});
	running.result.catch(() => found.resolve("The upload ended"));
	expect(await found.promise).toMatch(
		/response to \S+\/list .*If it never worked, route GET and POST .*\/\* to the upload handler/,
	);
	running.abort();
});
