import { faultNamed, startS3Server } from "@skyput/testing";
import { expect, onTestFinished, test } from "vitest";
import { startCeph } from "../../../../../tools/start-ceph.js";
import { s3Provider } from "../../../src/providers/s3/index.js";

type Server = Pick<
	Awaited<ReturnType<typeof startS3Server>>,
	"endpoint" | "region" | "bucket" | "accessKeyId" | "secretAccessKey" | "close"
>;

/** What a probe prints to its questions. */
async function answersOf(server: Server): Promise<Readonly<Record<string, string>>> {
	onTestFinished(() => server.close());
	const { endpoint, region, bucket, accessKeyId, secretAccessKey } = server;
	const credentials = { accessKeyId, secretAccessKey };
	const provider = s3Provider({ endpoint, region, bucket, credentials, forcePathStyle: true });
	const lines: string[] = [];
	await provider.probe?.("probe/", { print: (line) => lines.push(line) });
	const { maintenance } = provider;
	if (!maintenance) throw new Error("The provider lists nothing.");
	for await (const { key } of maintenance.listObjects("probe/")) expect.fail(`${key} is left`);
	for await (const { key } of maintenance.listUploads("probe/")) expect.fail(`${key} is begun`);
	// after the clock and the capabilities
	return Object.fromEntries(lines.slice(3).map((line) => line.split(/: (.*)/) as [string, string]));
}

/** Of a bucket whose CORS rules allow the page, and which does what Skyput assumes of AWS. */
const assumed = {
	"a 200, to compare": "200 with CORS headers",
	"a 403": "403 with CORS headers",
	"a 404": "404 with CORS headers",
	"a 412": "412 with CORS headers",
	"a 409 to a Complete, after a DELETE of an object": "409 with CORS headers",
	"two PUTs that sign If-None-Match, Cache-Control, Content-Length and metadata": "200, 412",
	"a Complete without part checksums of an upload with FULL_OBJECT": "ok",
	"a Complete after a DELETE of a key without an object": "ok",
	"the same Complete again, at once": "ok",
	"a HEAD of a missing key": "404",
	"a second PUT with a lower-case if-none-match in the query": "412",
	"a date 14 minutes ahead, and 16": "200, 403",
	"10 PUTs at once that sign If-None-Match": `200${", 412".repeat(9)}`,
};

test("a bucket that does what Skyput assumes of AWS gets these answers", async () => {
	expect(await answersOf(await startS3Server())).toEqual(assumed);
});

test("a bucket that does the opposite is told by its answers", async () => {
	const missing = {
		kind: "respond",
		when: "after-body",
		status: 404,
		code: "NoSuchUpload",
	} as const;
	const conflict = faultNamed("409 ConditionalRequestConflict");
	const commit = "CompleteMultipartUpload" as const;
	const server = await startS3Server({
		compatibility: "versitygw",
		faults: [
			{ fault: faultNamed("403 for a missing key"), operation: "HeadObject", path: /-absent$/ },
			{ fault: conflict, operation: "PutObject", path: /-race$/, nth: 2 },
			{ fault: conflict, operation: commit, path: /-free$/ },
			{ fault: { name: "gone", effect: missing }, operation: commit, path: /-repeated$/, nth: 2 },
		],
	});
	expect(await answersOf(server)).toMatchObject({
		"a Complete without part checksums of an upload with FULL_OBJECT": "refused",
		"a Complete after a DELETE of a key without an object": "refused",
		"the same Complete again, at once": "refused",
		"a HEAD of a missing key": "403",
		"10 PUTs at once that sign If-None-Match": `200, 409${", 412".repeat(8)}`,
	});
});

test("Ceph 16 without CORS rules is told by its answers", async () => {
	const ceph = await startCeph();
	if (!ceph) throw new Error("Ceph is not installed");
	expect(await answersOf(ceph)).toEqual({
		...assumed,
		"a 200, to compare": "200 without CORS headers",
		"a 403": "403 without CORS headers",
		"a 404": "404 without CORS headers",
		"a 412": "412 without CORS headers",
		"a 409 to a Complete, after a DELETE of an object": "200 without CORS headers",
		"a second PUT with a lower-case if-none-match in the query": "200",
		"a date 14 minutes ahead, and 16": "200, 200",
	});
});
