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

test.each(["*", "http://localhost:3000", "http://[::1]:8080", "ionic://localhost"])(
	"the origin %s is taken as it is",
	(origin) => {
		expect(() => createCors({ origins: [origin] })).not.toThrow();
	},
);

test("null, empty text and two wildcards are no origins to list, and all are told at once", () => {
	const origins = ["null", "", "https://*.*.example", 7 as never];
	expect(() => createCors({ origins })).toThrow(
		/"null", which every sandboxed page.*"",.*\*\.\*.*"7"/s,
	);
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
