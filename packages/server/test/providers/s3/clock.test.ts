import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import type { PresignProvider } from "../../../src/provider.js";
import { errorOf, make, ref, refusal, xml } from "./scripted-storage.js";

interface Answer {
	readonly status: number;
	readonly body?: string;
	readonly length?: number;
}

/** A storage whose clock is some minutes ahead of the server's, and that answers everything alike. */
async function skewed(minutes: number, { status, body, length }: Answer): Promise<PresignProvider> {
	const server = createServer((request, response) => {
		request.resume();
		// the bucket itself exists
		const isBucket = request.url?.replace(/\?.*/, "").split("/").filter(Boolean).length === 1;
		response.writeHead(isBucket ? 200 : status, {
			date: new Date(Date.now() + minutes * 60_000).toUTCString(),
			...(length === undefined ? {} : { "content-length": length, etag: '"1"' }),
		});
		response.end(body);
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	onTestFinished(() => {
		server.closeAllConnections();
		server.close();
	});
	return make({ endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}

const begun = xml(
	"<InitiateMultipartUploadResult><UploadId>x</UploadId></InitiateMultipartUploadResult>",
);
const spec = { key: ref.key, size: 10, contentType: "text/plain" };

test.each([
	[20, "20 minutes behind"],
	[-20, "20 minutes ahead of"],
	[-60 * 24 * 400, "9600 hours ahead of"],
])(
	"a storage whose clock is %i minutes ahead shows that the server's is wrong",
	async (by, how) => {
		const wrong = `The server's clock is ${how} the storage's`;
		// the SDK corrects its own signatures, so these calls succeed and every URL would be refused
		for (const call of [
			(await skewed(by, { status: 200, body: begun })).createMultipart(spec, { createOnly: true }),
			(await skewed(by, { status: 404 })).head(ref.key),
		]) {
			await expect(call).rejects.toMatchObject({
				code: "storage-error",
				message: expect.stringContaining(wrong),
			});
		}
	},
);

test("a clock that is off by less than S3 tolerates changes nothing", async () => {
	expect(await (await skewed(14, { status: 404 })).head(ref.key)).toBeNull();
});

test("what is stored already is found in spite of the clock", async () => {
	const provider = await skewed(60, { status: 200, length: 10 });
	expect(await provider.head(ref.key)).toMatchObject({ size: 10 });
});

test.each([
	["RequestTimeTooSkewed", "The difference is too large."],
	["AccessDenied", "Request has expired"],
	["AccessDenied", "Request is not yet valid"],
])(
	"%s (%s) names the clock, by how much where the storage states its time",
	async (code, words) => {
		const body = refusal(code).replace("see ", `${words} `);
		const error = await errorOf((await skewed(6, { status: 403, body })).listParts(ref, {}));
		expect(error.code).toBe("storage-error");
		expect(error.message).toMatch(/server's clock is 6 minutes behind/);
		const unknown = await errorOf((await skewed(0, { status: 403, body })).listParts(ref, {}));
		expect(unknown.message).toMatch(/refused the time of the server's signature/);
	},
);
