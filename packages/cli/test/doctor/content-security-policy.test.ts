import { expect, test } from "vitest";
import { connectsTo, policiesOf } from "../../src/doctor/content-security-policy.js";

const page = "https://app.example.com";

test.each([
	["connect-src https://a.example.net", "https://a.example.net", true],
	["connect-src https://a.example.net", "https://b.example.net", false],
	["connect-src a.example.net", "https://a.example.net", true],
	["connect-src a.example.net", "http://a.example.net", false],
	["connect-src http://a.example.net", "https://a.example.net", true],
	["connect-src https://a.example.net", "https://a.example.net:8443", false],
	["connect-src https://a.example.net:8443", "https://a.example.net:8443", true],
	["connect-src https://a.example.net:*", "https://a.example.net:8443", true],
	["connect-src https://a.example.net/bucket/", "https://a.example.net", true],
	["connect-src *.example.net", "https://a.b.example.net", true],
	["connect-src *.example.net", "https://example.net", false],
	["connect-src *", "https://a.example.net", true],
	["connect-src https:", "https://a.example.net", true],
	["connect-src https:", "http://a.example.net", false],
	["connect-src 'self'", page, true],
	["connect-src 'self'", "https://a.example.net", false],
	["connect-src 'none'", "https://a.example.net", false],
	["connect-src", "https://a.example.net", false],
	["default-src 'self'; script-src *", "https://a.example.net", false],
	["DEFAULT-SRC 'none'; Connect-Src https://A.example.net", "https://a.example.net", true],
	["script-src 'self'", "https://a.example.net", true],
])("%s allows to connect to %s: %s", (policy, origin, allowed) => {
	expect(connectsTo(policy, page, origin)).toBe(allowed);
});

test("a page is under the policies of its header and of its meta elements", () => {
	const headers = new Headers({ "content-security-policy": "default-src 'self'" });
	headers.append("content-security-policy", "connect-src https:");
	headers.append("content-security-policy-report-only", "default-src 'none'");
	const text = `<meta charset="utf-8"><meta http-equiv='content-security-policy' content='img-src *'>
		<meta content="connect-src 'none'" http-equiv="Content-Security-Policy">`;
	expect(
		policiesOf({ status: 200, headers, text, skew: undefined }).map((one) => one.trim()),
	).toEqual(["default-src 'self'", "connect-src https:", "img-src *", "connect-src 'none'"]);
});
