import { request as requestPlain } from "node:http";
import { request as requestSecure } from "node:https";
import { text } from "node:stream/consumers";
import { afterEach, describe, expect, it } from "vitest";
import { certificate } from "../../../tools/certificate.ts";
import { keepTime } from "../src/sink/line.mjs";
import { startSink } from "../src/sink/start.mjs";

type Sink = Awaited<ReturnType<typeof startSink>>;
let sink: Sink | undefined;
afterEach(async () => {
	await sink?.close();
	sink = undefined;
});

/** Sends one request and resolves with the answer's body. */
function send(method: string, path: string, body = ""): Promise<string> {
	const url = new URL(path, sink?.origin);
	const open = url.protocol === "https:" ? requestSecure : requestPlain;
	return new Promise((resolve, reject) => {
		const headers = { "content-length": String(body.length) };
		open(url, { method, headers, ca: certificate.cert, agent: false }, (answer) => {
			text(answer).then(resolve, reject);
		})
			.on("error", reject)
			.end(body);
	});
}

describe("the sink", () => {
	it.each([false, true])("counts bytes and requests apart, with TLS: %s", async (secure) => {
		sink = await startSink({ secure });
		await send("POST", "/bench/file?uploads=");
		await send("PUT", "/bench/file?partNumber=1&uploadId=u", "x".repeat(100_000));
		await send("PUT", "/bench/file?partNumber=2&uploadId=u", "y");
		await send(
			"POST",
			"/bench/file?uploadId=u",
			"<PartNumber>1</PartNumber><PartNumber>2</PartNumber>",
		);
		expect(await sink.take()).toMatchObject({
			bytes: 100_001,
			completed: [{ parts: 2 }],
			requests: { data: 2, control: 2, controlBeforeData: 1 },
		});
		expect(await sink.take()).toMatchObject({
			bytes: 0,
			completed: [],
			requests: { data: 0, control: 0, controlBeforeData: 0 },
		});
	});

	it("answers the AWS SDK in its own words", async () => {
		sink = await startSink();
		expect(await send("POST", "/bench/file?uploads=")).toContain("<UploadId>bench</UploadId>");
		expect(await send("POST", "/bench/file?uploadId=u")).toContain(
			"<ETag>&quot;sink&quot;</ETag></CompleteMultipartUploadResult>",
		);
	});

	it("knows no other request", async () => {
		sink = await startSink();
		expect(await send("GET", "/bench/file?uploads=")).toContain("not-found");
		expect(await send("POST", "/bench/file")).toContain("not-found");
	});

	it("takes a body over a line of some width, and answers", async () => {
		sink = await startSink({ line: { bytesPerSecond: 2_000_000, roundTrip: 100 } });
		await send("PUT", "/object", "x".repeat(1_000_000));
		expect(await sink.take()).toMatchObject({ bytes: 1_000_000 });
	});
});

describe("the time of a line", () => {
	const line = { bytesPerSecond: 1_000_000, roundTrip: 50 };

	it("never exceeds the rate of the line, however small the chunks are", () => {
		let now = 1000;
		const time = keepTime(line, () => now);
		let waited = 0;
		for (let bytes = 0; bytes < 1_000_000; bytes += 10_000) {
			const wait = Math.max(time.afterBytes(10_000), 0);
			now += wait;
			waited += wait;
		}
		expect(waited).toBeCloseTo(980, 0);
	});

	it("makes up for a late timer, but not for a pause of the sender", () => {
		let now = 1000;
		const time = keepTime(line, () => now);
		now += time.afterBytes(100_000) + 5;
		expect(time.afterBytes(10_000)).toBeCloseTo(5, 6);
		now += 10_000;
		expect(time.afterBytes(100_000)).toBeCloseTo(80, 6);
	});

	it("answers a round trip after the last byte could arrive", () => {
		const time = keepTime(line, () => 1000);
		expect(time.beforeAnswer()).toBe(50);
		time.afterBytes(100_000);
		expect(time.beforeAnswer()).toBeCloseTo(130, 6);
	});
});
