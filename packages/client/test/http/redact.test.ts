import { describe, expect, it } from "vitest";
import { UploadError } from "../../src/errors.js";
import { describeFailure, redact } from "../../src/http/redact.js";

const signed =
	"https://films.s3.eu-west-1.amazonaws.com/users/42/film.mp4?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20261129&X-Amz-Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7";

describe("redact", () => {
	it.each([
		["a signed URL", `PUT ${signed} failed`, "PUT https://films.s3.eu-west-1.amazonaws.com failed"],
		["user and password", "https://me:pa@ss@host.test:8080/a b", "https://host.test:8080 b"],
		["a slash in a password", "https://me:pa/ss@host.test/", "…"],
		["a fragment", "https://host.test/#token", "https://host.test"],
		["an IPv6 address", "http://[::1]:8080/a?b", "http://[::1]:8080"],
		["a relative address", "see /stored?sig=abc now", "see /stored… now"],
		["a header", "Authorization: Bearer abc.def, x", "Authorization: …, x"],
		["a scheme alone", "sent basic dTpw again", "sent basic … again"],
		["JSON", '{"token":"a.b", "password": "x y"}', '{"token":…, "password": …}'],
		["a cookie", "set-cookie: sid=1; path=/", "set-cookie: …; path=/"],
		["a key id", "AKIAIOSFODNN7EXAMPLE is unknown", "… is unknown"],
		["a secret key", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "…"],
		["a JWT", "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.x", "….….x"],
	])("leaves out what may be secret: %s", (_, text, redacted) => {
		expect(redact(text)).toBe(redacted);
	});

	it.each([
		"The storage at https://films.s3.eu-west-1.amazonaws.com cannot be reached: check the connection.",
		"The file has 5.1 GB; at most 5 GB are accepted here.",
		"The storage answered 503 SlowDown: try again later.",
		'Add "https://app.example" to `cors.origins`; see https://skyput.dev.',
		'[{ "AllowedOrigins": ["https://app.example"], "AllowedMethods": ["PUT"] }]',
	])("leaves a sentence as it is: %s", (sentence) => {
		expect(redact(sentence)).toBe(sentence);
	});

	it("keeps a few lines of a long text", () => {
		for (const hostile of ["token", "a@", "https://", "?", "-", '"']) {
			expect(redact(hostile.repeat(1e6)).length).toBeLessThanOrEqual(600);
		}
		expect(redact("word ".repeat(1e3))).toHaveLength(600);
	});

	it("leaves no piece of a secret that stands at the limit", () => {
		const text = redact(`${"word ".repeat(118)}0123456789abcdef0123456789abcdef`);
		expect(text).not.toMatch(/\d/);
	});
});

describe("describeFailure", () => {
	it("names code, sentence, status, host and request", () => {
		const error = new UploadError("storage-unavailable", "The storage answered 503.", {
			status: 503,
			requestId: "JKJaXmPLvHcESHA=",
			cause: new Error(signed),
		});
		expect(describeFailure(error, "https://films.s3.amazonaws.com:8443")).toEqual({
			type: "failure",
			code: "storage-unavailable",
			message: "The storage answered 503.",
			status: 503,
			host: "films.s3.amazonaws.com:8443",
			requestId: "JKJaXmPLvHcESHA=",
		});
	});

	it("leaves out what is hostile in an answer", () => {
		const error = new UploadError("internal", `See ${signed}`, { requestId: `${signed}\n` });
		const described = describeFailure(error, signed);
		expect(described).toEqual({
			type: "failure",
			code: "internal",
			message: "See https://films.s3.eu-west-1.amazonaws.com",
			host: "films.s3.eu-west-1.amazonaws.com",
		});
	});
});
