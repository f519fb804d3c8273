import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { listGrace, tokenLife } from "#protocol";
import {
	createTokenSealer,
	hashPrincipal,
	readTokenSecret,
	type SealedUpload,
	type TokenSecret,
} from "../src/token.js";

const secret = "a".repeat(32);
const upload: SealedUpload = {
	uploadId: "u",
	key: "a/é",
	size: 5,
	contentType: "text/plain",
	pattern: "a/:b",
	bucket: "bucket",
	owner: "",
};

const codeOf = (work: () => unknown): string => {
	try {
		work();
		return "opened";
	} catch (error) {
		return (error as { code: string }).code;
	}
};

beforeEach(() => {
	vi.useFakeTimers({ now: new Date("2026-01-01T00:00:00Z") });
});
afterEach(() => {
	vi.useRealTimers();
});

test("what was sealed comes back as it was", () => {
	const sealer = createTokenSealer([secret]);
	expect(sealer.open(sealer.seal(upload)).upload).toEqual(upload);
});

test("a token whose payload or seal was changed in any one place is refused", () => {
	const sealer = createTokenSealer([secret]);
	const token = sealer.seal(upload);
	for (let i = 0; i < token.length; i++) {
		if (token[i] === ".") continue;
		const changed = token.slice(0, i) + (token[i] === "A" ? "B" : "A") + token.slice(i + 1);
		// the last character of the seal has two bits that say nothing
		if (
			Buffer.from(changed.split(".")[1] ?? "", "base64url").equals(
				Buffer.from(token.split(".")[1] ?? "", "base64url"),
			) &&
			changed.startsWith(token.split(".")[0] ?? "")
		)
			continue;
		expect(codeOf(() => sealer.open(changed))).toBe("forbidden");
	}
});

test.each(["", ".", "a.b", "a", `${"a".repeat(20)}.${"b".repeat(42)}`, `a b.${"b".repeat(43)}`])(
	"%j is no token",
	(token) => {
		expect(codeOf(() => createTokenSealer([secret]).open(token))).toBe("invalid-request");
	},
);

test("tokens of the previous secret are accepted, new ones use the current secret", () => {
	const old = createTokenSealer([secret]);
	const rotated = createTokenSealer(["b".repeat(32), secret]);
	expect(rotated.open(old.seal(upload)).upload).toEqual(upload);
	expect(codeOf(() => old.open(rotated.seal(upload)))).toBe("forbidden");
	expect(codeOf(() => createTokenSealer(["b".repeat(32)]).open(old.seal(upload)))).toBe(
		"forbidden",
	);
});

test.each([
	["undefined", undefined, /^tokenSecret is undefined; .*Set UPLOAD_TOKEN_SECRET,/],
	["an empty secret", "", /^tokenSecret has 0 bytes; /],
	["31 bytes", "a".repeat(31), /^tokenSecret has 31 bytes; /],
	["a list without a secret", [undefined], /^tokenSecret is undefined; /],
	["no secret at all", null, /^tokenSecret has 0 bytes; /],
	["a short previous secret", [secret, "short"], /Set UPLOAD_TOKEN_SECRET_PREVIOUS,/],
])("%s is refused, naming the variable and how to make a secret", (_what, value, message) => {
	expect(() => readTokenSecret(value as TokenSecret)).toThrow(message);
	expect(() => readTokenSecret(value as TokenSecret)).toThrow("\n  openssl rand -base64 32\n");
	expect(() => readTokenSecret(value as TokenSecret)).toThrow("tokenSecret: false");
});

test("the bytes of a secret count, not its characters", () => {
	expect(readTokenSecret("é".repeat(16))).toEqual(["é".repeat(16)]);
});

test("a previous secret that is undefined or empty is ignored, and false means no tokens", () => {
	expect(readTokenSecret([secret, undefined])).toEqual([secret]);
	expect(readTokenSecret([secret, ""])).toEqual([secret]);
	expect(readTokenSecret([secret])).toEqual([secret]);
	expect(readTokenSecret(secret)).toEqual([secret]);
	expect(readTokenSecret([secret, "b".repeat(32)])).toEqual([secret, "b".repeat(32)]);
	expect(readTokenSecret(false)).toBeNull();
});

test("a token lives seven days, and thirty more where grace is given", () => {
	const sealer = createTokenSealer([secret]);
	const token = sealer.seal(upload);
	vi.advanceTimersByTime(tokenLife * 1000);
	expect(codeOf(() => sealer.open(token))).toBe("opened");
	vi.advanceTimersByTime(1000);
	expect(codeOf(() => sealer.open(token))).toBe("token-expired");
	expect(codeOf(() => sealer.open(token, listGrace))).toBe("opened");
	vi.advanceTimersByTime(listGrace * 1000);
	expect(codeOf(() => sealer.open(token, listGrace))).toBe("token-expired");
});

test("a token holds no claim of the caller, and distinguishes issuers with the same subject", () => {
	const principal = {
		sub: "someone@example.com",
		iss: "https://a.example",
		email: "x@example.com",
	};
	const token = createTokenSealer([secret]).seal({ ...upload, owner: hashPrincipal(principal) });
	const payload = Buffer.from(token.split(".")[0] ?? "", "base64url").toString();
	expect(payload).not.toContain("example.com");
	expect(hashPrincipal(principal)).not.toBe(
		hashPrincipal({ ...principal, iss: "https://b.example" }),
	);
	expect(hashPrincipal({ sub: "a" })).not.toBe(hashPrincipal(null));
});
