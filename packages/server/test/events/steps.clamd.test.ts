import { randomBytes } from "node:crypto";
import { startS3Server } from "@skyput/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Clamd, eicar, startClamd } from "../../../../tools/start-clamd.js";
import type { ObjectHandlerResult } from "../../src/events/create-object-handler.js";
import { archiveLimits } from "../../src/events/steps/archive-limits.js";
import { checksum } from "../../src/events/steps/checksum.js";
import { clamav } from "../../src/events/steps/clamav.js";
import { maxPixels } from "../../src/events/steps/max-pixels.js";
import { sniffType } from "../../src/events/steps/sniff-type.js";
import { memoryOutcomes } from "../../src/outcomes.js";
import { s3Provider } from "../../src/providers/s3/provider.js";
import { defineUploads } from "../../src/uploads/define-uploads.js";
import { type AfterUpload, afterUpload } from "../support/after-upload.js";
import { zip } from "../support/archives.js";
import { png } from "../support/images.js";

const mib = 2 ** 20;
const uploads = defineUploads({
	"files/*path": { authorize: "public", quarantine: true, maxSize: "100 MB" },
});

let clamd: Clamd;
let server: AfterUpload;
let close: () => Promise<void>;
beforeAll(async () => {
	clamd = await startClamd({ MaxFileSize: "8M" });
	const storage = await startS3Server();
	const { endpoint, region, bucket, accessKeyId, secretAccessKey } = storage;
	const credentials = { accessKeyId, secretAccessKey };
	const options = { endpoint, region, credentials, forcePathStyle: true };
	const { host, port } = clamd;
	server = afterUpload({
		uploads,
		provider: s3Provider({ ...options, bucket, compatibility: "aws" }),
		outcomes: memoryOutcomes(),
		steps: [
			sniffType(),
			maxPixels(),
			archiveLimits(),
			clamav({ host, port, maxAge: false, maxFileSize: "8 MiB" }),
			checksum(),
		],
		attempts: 1,
	});
	close = async () => {
		await storage.close();
		await clamd.close();
	};
});
afterAll(() => close());

const bad = { name: "eicar.com", data: Buffer.from(eicar) };
const noise = randomBytes(100_000);
const behind = Buffer.concat([new Uint8Array(8 * mib), Buffer.from(eicar)]);
const types = {
	png: "image/png",
	svg: "image/svg+xml",
	zip: "application/zip",
	bin: "application/octet-stream",
};

test.each([
	["a PNG", "a.png", png(9, 9), "available clean"],
	[
		"HTML named .png",
		"b.png",
		Buffer.from("<html><script>alert(1)</script></html>"),
		"rejected type-mismatch",
	],
	[
		"an SVG with a script",
		"c.svg",
		Buffer.from("<svg><script>alert(1)</script></svg>"),
		"rejected active-content",
	],
	["an image that fills any memory", "d.png", png(60_000, 60_000), "rejected too-many-pixels"],
	["EICAR", "e.bin", Buffer.from(eicar), "rejected malware"],
	[
		"EICAR in a zip in a zip",
		"f.zip",
		zip([{ name: "i.zip", data: zip([bad]) }]),
		"rejected malware",
	],
	[
		"a zip bomb",
		"g.zip",
		zip([{ name: "z", data: new Uint8Array(40 * mib) }]),
		"rejected archive-limit",
	],
	[
		"an archive with a symlink",
		"h.zip",
		zip([{ name: "l", data: noise, mode: 0o120777 }]),
		"rejected unsafe-archive",
	],
	["an archive with ../", "i.zip", zip([{ name: "../a", data: noise }]), "rejected unsafe-archive"],
	["an encrypted zip", "j.zip", zip([{ name: "a", data: noise, flags: 1 }]), "held encrypted"],
	[
		"a zip of method 14",
		"k.zip",
		zip([{ ...bad, method: 14, packed: noise }]),
		"held archive-format",
	],
	[
		"a zip without its directory",
		"l.zip",
		zip([{ name: "a", data: noise }], { cut: true }),
		"held unreadable-archive",
	],
	["EICAR behind clamd's size limit", "m.bin", behind, "held scan-limit"],
	["a zip", "o.zip", zip([{ name: "a", data: noise }]), "available clean"],
] as const)("%s ends where it belongs", async (_name, name, content, end) => {
	const key = `files/${name}`;
	const contentType = types[name.slice(-3) as keyof typeof types];
	const { token, uploadId, event } = await server.upload(key, Uint8Array.from(content), {
		contentType,
	});
	// events come twice
	const results = [await server.handler(event), await server.handler(event)];
	const [outcome] = results.flatMap((result) => (result as ObjectHandlerResult).outcomes);
	expect(`${outcome?.state} ${outcome?.reason ?? outcome?.verdict}`, outcome?.detail).toBe(end);
	const isServed = end.startsWith("available");
	expect((await server.read(key)) !== undefined).toBe(isServed);
	expect((await server.status(token))["state"]).toBe(
		isServed ? "available" : end.startsWith("held") ? "pending" : "rejected",
	);
	expect(server.trail(uploadId).slice(0, 2)).toEqual([
		"issued",
		isServed ? "promoted" : outcome?.state,
	]);
	if (!isServed) return;
	expect(outcome?.facts).toMatchObject({ sha256: expect.any(String), clamav: expect.any(String) });
});
