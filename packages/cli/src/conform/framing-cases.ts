import { operations } from "@skyput/protocol";
import { expectProblem, expectThat, SkippedError } from "./expect-answer.js";
import type { WireCase } from "./wire.js";

const text = (type: string, body: string) => ({
	method: "POST",
	headers: { "content-type": type },
	body,
});

/** Adds the caller's headers, so that a gateway lets the call through. */
const as = (headers: Readonly<Record<string, string>>, request: ReturnType<typeof text>) => ({
	...request,
	headers: { ...headers, ...request.headers },
});

/** Keys that no server may store. */
const wrongKeys = ["", "/a", "a/", "a//b", "a/../b", "./a", "a\\b", "a\u0000b", ".skyput/a"];

/** How calls and answers are framed, whatever they are about. */
export const framingCases: readonly WireCase[] = [
	{
		name: "malformed-json",
		sentence: "A body that is not JSON is refused.",
		request: "POST {base} with `{`",
		expects: "400 invalid-request, as problem+json",
		async run({ raw, subject: { headers } }) {
			const answer = await raw("", as(headers, text("application/json", "{")));
			expectProblem(answer, ["invalid-request"], 400);
		},
	},
	{
		name: "other-type",
		sentence: "A body of another type is refused, because pages send some without a preflight.",
		request: "POST {base} with text/plain",
		expects: "415 invalid-request",
		async run({ raw, subject: { headers } }) {
			const answer = await raw("", as(headers, text("text/plain", '{"v":1}')));
			expectProblem(answer, ["invalid-request"], 415);
		},
	},
	{
		name: "large-body",
		sentence: "A body of more than 64,000 bytes is refused.",
		request: "POST {base} with 70,000 bytes",
		expects: "413 invalid-request",
		async run({ call }) {
			const answer = await call("create", { v: 1, padding: "x".repeat(70_000) });
			expectProblem(answer, ["invalid-request"], 413);
		},
	},
	{
		name: "body-of-64-kB",
		sentence: "A body of 60,000 bytes reaches the operation.",
		request: "POST {base} with 60,000 bytes and no key",
		expects: "400 invalid-request",
		async run({ call }) {
			const answer = await call("create", { v: 1, padding: "x".repeat(60_000) });
			expectProblem(answer, ["invalid-request", "invalid-key", "invalid-size"], 400);
		},
	},
	{
		name: "other-version",
		sentence: "Another version of the contract is refused.",
		request: "POST {base} with v: 2",
		expects: "400 invalid-request",
		async run({ call, key }) {
			const request = { v: 2, key: key(), size: 1, kinds: ["single"] };
			expectProblem(await call("create", request), ["invalid-request"], 400);
		},
	},
	{
		name: "missing-members",
		sentence: "Every operation refuses a body without its members.",
		request: "POST {base}/parts, /list, /complete and /abort with `{}`",
		expects: "400 invalid-request",
		async run({ call }) {
			for (const operation of ["parts", "list", "complete", "abort"] as const) {
				const answer = await call(operation, {});
				expectThat(answer.status === 400, `status ${answer.status} of ${operation}`);
				expectProblem(answer, ["invalid-request"], 400);
			}
		},
	},
	{
		name: "wrong-keys",
		sentence:
			"A key with an empty, . or .. segment, a backslash, a control character, or below .skyput is refused.",
		request: `POST {base} with the keys ${wrongKeys.map((key) => JSON.stringify(key)).join(", ")}`,
		expects: "400 invalid-key",
		async run({ call }) {
			for (const key of wrongKeys) {
				const answer = await call("create", { v: 1, key, size: 1, kinds: ["single"] });
				expectThat(answer.status === 400, `status ${answer.status} for ${JSON.stringify(key)}`);
				expectProblem(answer, ["invalid-key"], 400);
			}
		},
	},
	{
		name: "long-key",
		sentence: "A key of more than 1,024 bytes is refused, even if it has fewer characters.",
		request: "POST {base} with a key of 600 two-byte characters",
		expects: "400 invalid-key",
		async run({ call }) {
			const request = { v: 1, key: "é".repeat(600), size: 1, kinds: ["single"] };
			expectProblem(await call("create", request), ["invalid-key"], 400);
		},
	},
	{
		name: "wrong-sizes",
		sentence: "A size that is not a whole number of at least 0 is refused.",
		request: "POST {base} with the sizes -1, 1.5 and “1”",
		expects: "400 invalid-size",
		async run({ call, key }) {
			for (const size of [-1, 1.5, "1"]) {
				const answer = await call("create", { v: 1, key: key(), size, kinds: ["single"] });
				expectProblem(answer, ["invalid-size"], 400);
			}
		},
	},
	{
		name: "other-method",
		sentence: "A method that the path does not have is refused, and Allow lists those that it has.",
		request: "PUT {base}",
		expects: "405 method-not-allowed with Allow",
		async run({ raw, subject: { headers } }) {
			const answer = await raw("", { method: "PUT", headers, body: "" });
			expectProblem(answer, ["method-not-allowed"], 405);
			expectThat(answer.headers.has("allow"), "no Allow header");
		},
	},
	{
		name: "no-store",
		sentence: "No response may be kept by a cache, errors included.",
		request: "POST {base}, once refused and once with a plan",
		expects: "Cache-Control: no-store",
		async run({ call, key }) {
			const right = { v: 1, key: key(), size: 1, kinds: ["single", "multipart"] };
			for (const request of [{}, right]) {
				const { headers, status } = await call("create", request);
				const control = headers.get("cache-control") ?? "(none)";
				expectThat(/no-store/i.test(control), `Cache-Control: ${control} on ${status}`);
			}
		},
	},
	{
		name: "refused-key",
		sentence: "A key that the caller may not store is refused.",
		request: "POST {base} with the key of --refused-key",
		expects: "403 forbidden, or 401 unauthenticated",
		async run({ call, subject: { refusedKey } }) {
			if (refusedKey === undefined) throw new SkippedError("needs --refused-key");
			const request = { v: 1, key: refusedKey, size: 1, kinds: ["single", "multipart"] };
			expectProblem(await call("create", request), ["forbidden", "unauthenticated"]);
		},
	},
	{
		name: "preflight",
		sentence: "A page's preflight is answered for every operation.",
		request: "OPTIONS {base} and every path, with Origin",
		expects: "2xx with Access-Control-Allow-Origin, -Methods and -Headers",
		async run({ raw, subject: { origin } }) {
			if (origin === undefined) throw new SkippedError("needs --origin");
			for (const { path, method } of Object.values(operations)) {
				const asked = {
					origin,
					"access-control-request-method": method,
					"access-control-request-headers": "content-type",
				};
				const below = path === "" ? "" : `/${path}`;
				const { status, headers } = await raw(below, { method: "OPTIONS", headers: asked });
				const allowed = headers.get("access-control-allow-origin");
				expectThat(status >= 200 && status < 300, `status ${status} for OPTIONS …${below}`);
				expectThat(allowed === origin || allowed === "*", `${allowed} for OPTIONS …${below}`);
				const names = headers.get("access-control-allow-headers") ?? "";
				expectThat(/content-type|\*/i.test(names), `headers ${names} for OPTIONS …${below}`);
			}
		},
	},
	{
		name: "cors-on-errors",
		sentence:
			"A page can read every response, errors included, and the headers Date and Retry-After.",
		request: "POST {base} with Origin and `{}`",
		expects: "Access-Control-Allow-Origin, and both names in Access-Control-Expose-Headers",
		async run({ call, subject: { origin } }) {
			if (origin === undefined) throw new SkippedError("needs --origin");
			const { headers } = await call("create", {}, { origin });
			const allowed = headers.get("access-control-allow-origin");
			expectThat(allowed === origin || allowed === "*", `origin ${allowed ?? "(none)"}`);
			const exposed = headers.get("access-control-expose-headers") ?? "";
			expectThat(/date/i.test(exposed) && /retry-after/i.test(exposed), `exposed ${exposed}`);
		},
	},
	{
		name: "other-site",
		sentence: "A page of another site cannot call with the user's cookies.",
		request: "POST {base} with Sec-Fetch-Site: cross-site and the Origin of another site",
		expects: "403 forbidden",
		async run({ call, key }) {
			const request = { v: 1, key: key(), size: 1, kinds: ["single", "multipart"] };
			const crossSite = { origin: "https://attacker.invalid", "sec-fetch-site": "cross-site" };
			expectProblem(await call("create", request, crossSite), ["forbidden"]);
		},
	},
];
