import { describe, expect, it } from "vitest";
import { createCalls } from "../src/browser/calls.mjs";

const mebibyte = 1024 * 1024;
const start = () => {
	const calls = createCalls(() => "http://storage");
	const send = (method: string, path: string, body: unknown = "") => {
		const text = typeof body === "string" ? body : JSON.stringify(body);
		const reply = calls.answer({ method, path, text });
		return { ...reply, json: () => JSON.parse(reply.body ?? "") };
	};
	return { calls, send };
};

describe("the servers of the pages", () => {
	it("let pages of any origin in, and count their preflights apart", () => {
		const { calls, send } = start();
		const { status, headers } = send("OPTIONS", "/object?partNumber=1");
		expect(status).toBe(204);
		expect(headers).toMatchObject({ "access-control-allow-origin": "*" });
		expect(send("PUT", "/object?partNumber=1").headers).toMatchObject({
			etag: '"sink"',
			"access-control-expose-headers": "etag",
		});
		expect(calls.take().requests).toMatchObject({ preflight: 1, data: 1, control: 0 });
	});

	it("answer Uppy as Companion does", () => {
		const { calls, send } = start();
		const { uploadId, key } = send("POST", "/s3/multipart", { filename: "a" }).json();
		const { url } = send("GET", `/s3/multipart/${uploadId}/2?key=${key}`).json();
		expect(url).toBe("http://storage/object?partNumber=2");
		calls.count(7);
		const parts = [{ PartNumber: 1 }, { PartNumber: 2 }];
		const end = send("POST", `/s3/multipart/${uploadId}/complete?key=${key}`, { parts });
		expect(end.json()).toMatchObject({ key, location: "http://storage/object" });
		expect(calls.take()).toMatchObject({
			bytes: 7,
			completed: [{ parts: 2 }],
			requests: { control: 3, controlBeforeData: 2 },
		});
	});

	it("answer better-upload with all parts at once, the last one shorter", () => {
		const { calls, send } = start();
		const file = { name: "a", size: 120 * mebibyte, type: "" };
		const { multipart } = send("POST", "/better-upload", { route: "bench", files: [file] }).json();
		const [{ parts, completeSignedUrl }] = multipart.files;
		expect(parts.map(({ size }: { size: number }) => size / mebibyte)).toEqual([50, 50, 20]);
		const { pathname, search } = new URL(completeSignedUrl);
		send("POST", pathname + search, "<PartNumber>1</PartNumber>".repeat(3));
		expect(calls.take().completed).toEqual([{ parts: 3 }]);
	});

	it("answer our own client by the sink's plans", () => {
		const { calls, send } = start();
		const large = { v: 1, key: "a", size: 40 * mebibyte, multipart: true };
		const plan = send("POST", "/uploads", large).json();
		expect(plan).toMatchObject({ kind: "multipart", partCount: 3 });
		expect(plan.window.urls[0]).toContain("http://storage/object");
		send("POST", "/uploads/complete", { token: plan.token, parts: [1, 2, 3] });
		expect(calls.take().completed).toMatchObject([{ parts: 3 }]);
		expect(calls.take()).toMatchObject({ bytes: 0, completed: [], requests: { control: 0 } });
	});

	it("answer a small file of our own client by one request", () => {
		const { calls, send } = start();
		const { kind, request, token } = send("POST", "/uploads", { v: 1, key: "a", size: 1 }).json();
		expect([kind, request.url]).toEqual([
			"single",
			expect.stringMatching("^http://storage/object"),
		]);
		send("POST", "/uploads/complete", { token });
		expect(calls.take().completed).toMatchObject([{ size: 1, parts: 1 }]);
	});

	it("count no check of our own client among the calls that the first byte waits for", () => {
		const { calls, send } = start();
		send("POST", "/uploads", { v: 1, key: "a", size: 1 });
		send("POST", "/uploads/list", { token: "" });
		calls.count(1);
		expect(calls.take().requests).toMatchObject({ control: 2, controlBeforeData: 1 });
	});
});
