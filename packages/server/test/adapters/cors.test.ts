import { expect, test } from "vitest";
import { createCors } from "../../src/adapters/cors.js";
import { createFetchHandler } from "../../src/adapters/web.js";
import { defaultUploads, makeHandler, silentLog, tokenSecret } from "../support/call.js";
import { expectCheap } from "../support/cost.js";
import { httpApiEvent } from "../support/lambda-event.js";
import { memoryProvider } from "../support/memory-provider.js";

test.each([
	["https://a.example:443", "https://a.example"],
	["http://a.example:80", "http://a.example"],
	["https://a.example/", "https://a.example"],
	["https://a.example/app?x#y", "https://a.example"],
	["https://A.Example", "https://a.example"],
	["HTTPS://a.example", "https://a.example"],
	["https://a.example.", "https://a.example"],
	["https://a.example.:8443", "https://a.example:8443"],
	["https://user:pass@a.example", "https://a.example"],
	[" https://a.example ", "https://a.example"],
	["https://münchen.example", "https://xn--mnchen-3ya.example"],
	["a.example", "https://a.example"],
	["https://*.A.example/", "https://*.a.example"],
	["capacitor://localhost/", "capacitor://localhost"],
])("the origin %s, which no browser sends, throws with its spelling %s", (origin, spelled) => {
	expect(() => createCors({ origins: [origin] })).toThrow(
		`cors.origins has "${origin}", which no browser sends; write "${spelled}"`,
	);
	expect(() => createCors({ origins: [spelled] })).not.toThrow();
});

test.each(["*", "http://localhost:3000", "http://[::1]:8080", "ionic://localhost", "app://."])(
	"the origin %s is taken as it is",
	async (origin) => {
		const handler = createFetchHandler({
			uploads: defaultUploads,
			provider: memoryProvider(),
			tokenSecret,
			log: silentLog(),
			cors: { origins: [origin] },
		});
		const preflight = new Request("https://api.example/uploads", {
			method: "OPTIONS",
			headers: { origin, "access-control-request-method": "POST" },
		});
		const { headers } = await handler(preflight);
		expect(headers.get("access-control-allow-origin")).toBe(origin);
	},
);

test("null, empty text and two wildcards are no origins to list, and all are told at once", () => {
	const origins = ["null", "", "https://*.*.example", 7 as never];
	expect(() => createCors({ origins })).toThrow(
		/"null", which every sandboxed page.*"",.*\*\.\*.*"7"/s,
	);
});

test("an app's page at app://. may call", async () => {
	const handle = makeHandler({ cors: { origins: ["app://."] } });
	const { headers } = await handle(
		httpApiEvent("OPTIONS", "/uploads", { headers: { origin: "app://." } }),
	);
	expect(headers["Access-Control-Allow-Origin"]).toBe("app://.");
});

test("a text that is no header's name throws, as does a single text", () => {
	for (const headers of [["x-a, x-b"], ["x a"], [""], [], "authorization" as never]) {
		expect(() => createCors({ origins: ["*"], headers })).toThrow(
			`cors.headers has "${headers}", but it lists names of headers, such as "x-tenant"`,
		);
	}
});

test.each([
	[["https://a.example"], "https://a.example"],
	[["https://a.example"], "https://other.example"],
	[["https://a.example", "https://b.example"], "https://a.example"],
	[["https://*.a.example"], "https://x.a.example"],
])("with the origins %j an answer to %s says Vary: Origin once", async (origins, origin) => {
	for (const method of ["GET", "OPTIONS"]) {
		const event = httpApiEvent(method, "/uploads", { query: "key=files/a", headers: { origin } });
		expect((await makeHandler({ cors: { origins } })(event)).headers["Vary"]).toBe("Origin");
	}
});

test.each([
	["https://app.example", "https://app.example", false],
	["https://app.example", "https://other.example", true],
	["https://app.example", "https://app.example:8443", true],
	["https://*.app.example", "https://x.app.example", false],
	["*", "https://other.example", false],
	[undefined, "https://app.example", true],
])(
	"with cors.origins %s, a preflight from %s is logged with its origin: %s",
	async (listed, origin, isLogged) => {
		const cors = listed === undefined ? undefined : { origins: [listed] };
		const log = silentLog();
		const options = { uploads: defaultUploads, provider: memoryProvider(), tokenSecret, cors, log };
		const id = "request-1";
		const headers = { origin, "x-request-id": id, "access-control-request-method": "POST" };
		const method = "OPTIONS";
		await createFetchHandler(options)(new Request("http://a.example/", { method, headers }));
		await makeHandler({ cors, log })(httpApiEvent(method, "/uploads", { headers }));
		const line = {
			level: "WARN",
			requestId: id,
			reason: `a preflight from the origin "${origin}", which cors.origins does not list: the browser of this page sends no call`,
		};
		expect(log.lines).toEqual(isLogged ? [line, { ...line, requestId: expect.any(String) }] : []);
	},
);

test("an origin that takes long to parse costs at most three times the parsing of 64 kB", async () => {
	const cors = { origins: ["https://app.example", "https://*.example"] };
	const origin = `https://${"%CC%96%CC%81".repeat(1300)}.example`;
	const log = silentLog();
	const lambda = makeHandler({ cors, log });
	const options = { uploads: defaultUploads, provider: memoryProvider(), tokenSecret };
	const web = createFetchHandler({ ...options, cors, log });
	for (const name of ["origin", "Origin"]) {
		const event = httpApiEvent("GET", "/uploads", {
			query: "key=files/a",
			headers: { [name]: origin },
		});
		await expectCheap(() => lambda(event));
	}
	const headers = { origin, "sec-fetch-site": "cross-site", "content-type": "application/json" };
	await expectCheap(() =>
		web(new Request("http://a.example/", { method: "POST", headers, body: "{}" })),
	);
});
