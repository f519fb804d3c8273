import { describe, expect, test } from "vitest";
import { URL as NativeUrl } from "../../src/native/url.js";

describe("a URL of React Native's build", () => {
	test.each([
		"https://api.example.com/uploads",
		"https://api.example.com",
		"HTTPS://API.example.com:443/Uploads/",
		"http://127.0.0.1:8080/a/b?x=1&y=%2F#end",
		"http://[::1]:3000/uploads",
		"http://user:secret@host/path",
		"https://bucket.example/k%C3%A9y%20with%20space?X-Amz-Signature=a%2Bb",
	])("has the members of a browser's: %s", (text) => {
		const members = ({ href, origin, protocol, username, password, pathname, search }: URL) => ({
			...{ href, origin, protocol, username, password, pathname, search },
		});
		expect(members(new NativeUrl(text) as unknown as URL)).toEqual(members(new URL(text)));
		expect(`${new NativeUrl(text)}`).toBe(`${new URL(text)}`);
	});

	test.each(["", "uploads", "/uploads", "ftp://host/", "https://", "https://a b/", "javascript:1"])(
		"is refused: %s",
		(text) => {
			expect(NativeUrl.canParse(text)).toBe(false);
			expect(() => new NativeUrl(text)).toThrow(TypeError);
		},
	);

	test("is resolved against a base where it is a path", () => {
		expect(new NativeUrl("/uploads?a=1", "http://page.invalid").pathname).toBe("/uploads");
		expect(new NativeUrl("https://other.example/a", "http://page.invalid").href).toBe(
			"https://other.example/a",
		);
	});

	test("gets parameters, in place of earlier ones of that name", () => {
		const urls = [NativeUrl, URL].map((Url) => {
			const url = new Url("https://host/download?stage=1&key=old");
			url.searchParams.set("key", "a/ü&b");
			url.searchParams.set("redirect", "true");
			return url.href;
		});
		expect(urls[0]).toBe("https://host/download?stage=1&key=a%2F%C3%BC%26b&redirect=true");
		expect(urls[1]).toBe(urls[0]);
	});
});
