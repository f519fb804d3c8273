import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { listGrace, tokenLife } from "#protocol";
import {
	createTokenSealer,
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
	provider: "s3",
	bucket: "bucket",
	owner: "",
	begun: Date.parse("2026-01-01T00:00:00Z") / 1000,
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
		expect(codeOf(() => sealer.open(changed))).toBe("token-expired");
	}
});

test.each(["", ".", "a.b", "a", `${"a".repeat(20)}.${"b".repeat(42)}`, `a b.${"b".repeat(43)}`])(
	"%j is a token that this server cannot open",
	(token) => {
		expect(codeOf(() => createTokenSealer([secret]).open(token))).toBe("token-expired");
	},
);

test("tokens of the previous secret are accepted, new ones use the current secret", () => {
	const old = createTokenSealer([secret]);
	const rotated = createTokenSealer(["b".repeat(32), secret]);
	expect(rotated.open(old.seal(upload)).upload).toEqual(upload);
	expect(codeOf(() => old.open(rotated.seal(upload)))).toBe("token-expired");
	expect(codeOf(() => createTokenSealer(["b".repeat(32)]).open(old.seal(upload)))).toBe(
		"token-expired",
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

test("a token lives seven days, longer where grace is given, and never beyond 30 days of the upload", () => {
	const sealer = createTokenSealer([secret]);
	let token = sealer.seal(upload);
	vi.advanceTimersByTime(tokenLife * 1000);
	expect(codeOf(() => sealer.open(token))).toBe("opened");
	vi.advanceTimersByTime(1000);
	expect(codeOf(() => sealer.open(token))).toBe("token-expired");
	expect(codeOf(() => sealer.open(token, listGrace))).toBe("opened");
	for (let day = 7; day < 30; day++) {
		token = sealer.seal(sealer.open(token, listGrace).upload);
		vi.advanceTimersByTime(86_400_000 - 50);
	}
	expect(codeOf(() => sealer.open(token, listGrace))).toBe("opened");
	vi.advanceTimersByTime(2000);
	expect(codeOf(() => sealer.open(token, listGrace))).toBe("token-expired");
});

test("a token holds no claim of the caller, and the owner's hash cannot be computed without the secret", () => {
	const principal = {
		sub: "someone@example.com",
		iss: "https://a.example",
		email: "x@example.com",
	};
	const sealer = createTokenSealer([secret]);
	const token = sealer.seal({ ...upload, owner: sealer.ownerOf(principal) });
	const payload = Buffer.from(token.split(".")[0] ?? "", "base64url").toString();
	expect(payload).not.toContain("example.com");
	expect(createTokenSealer(["b".repeat(32)]).ownerOf(principal)).not.toBe(
		sealer.ownerOf(principal),
	);
	const { isOwnedBy } = sealer.open(token);
	expect(isOwnedBy(principal)).toBe(true);
	for (const other of [{ ...principal, iss: "https://b.example" }, { sub: principal.sub }, null]) {
		expect(isOwnedBy(other)).toBe(false);
	}
});

test("the owner is recognised after the secret was rotated, and the renewed token has the new key", () => {
	const principal = { sub: "7" };
	const old = createTokenSealer([secret]);
	const rotated = createTokenSealer(["b".repeat(32), secret]);
	const opened = rotated.open(old.seal({ ...upload, owner: old.ownerOf(principal) }));
	expect(opened.isOwnedBy(principal)).toBe(true);
	const renewed = rotated.seal({ ...opened.upload, owner: rotated.ownerOf(principal) });
	expect(rotated.open(renewed).isOwnedBy(principal)).toBe(true);
});

test("a seal has one spelling", () => {
	const sealer = createTokenSealer([secret]);
	const token = sealer.seal(upload);
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	const opened = [...alphabet].filter(
		(c) => codeOf(() => sealer.open(token.slice(0, -1) + c)) === "opened",
	);
	expect(opened).toEqual([token.at(-1)]);
});

test("a token that would be too long names its largest member, and a longer text is not looked at", () => {
	const sealer = createTokenSealer([secret]);
	expect(() => sealer.seal({ ...upload, multipartId: "x".repeat(6000) })).toThrow(
		"The upload's token would be longer than 7000 characters; multipartId has 6002. Shorten it.",
	);
	expect(() => sealer.open(`${"a".repeat(60_000)}.${"A".repeat(43)}`)).toThrow(
		"The token is cut off, or no upload token at all; start the upload again.",
	);
});
