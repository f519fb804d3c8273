// Runs the object handler on one object, and prints what came of it: url, size, content type, steps by name,
// options of clamav as JSON.
import { defineUploads, memoryOutcomes } from "@skyput/server";
import {
	archiveLimits,
	checksum,
	clamav,
	createObjectHandler,
	maxPixels,
	sniffType,
} from "@skyput/server/events";
import { s3Provider } from "@skyput/server/s3";
import { etag } from "./serve-content.mjs";

const [url, size, contentType, names, scanner] = process.argv.slice(2);
const credentials = { accessKeyId: "bench", secretAccessKey: "bench" };
const provider = {
	...s3Provider({ bucket: "bench", region: "us-east-1", credentials }),
	// no tags
	maintenance: undefined,
	head: async (key) => ({ key, size: Number(size), etag, contentType, checksums: [] }),
	signDownload: async () => ({ method: "GET", url, headers: {}, expiresIn: 300, expiresAt: "" }),
};
const all = {
	sniffType: () => sniffType(),
	maxPixels: () => maxPixels(),
	archiveLimits: () => archiveLimits(),
	checksum: () => checksum(),
	clamav: () => clamav(JSON.parse(scanner)),
};
const handler = createObjectHandler({
	uploads: defineUploads({ "files/:name": { authorize: "public", maxSize: "1 TB" } }),
	provider,
	steps: names.split(",").map((name) => all[name]()),
	outcomes: memoryOutcomes(),
	attempts: 1,
});

const start = performance.now();
const { outcomes } = await handler({ bucket: "bench", key: "files/a" });
const seconds = (performance.now() - start) / 1000;
const { user, system } = process.cpuUsage();
console.log(
	JSON.stringify({
		outcome: outcomes[0],
		seconds,
		cpuSeconds: (user + system) / 1e6,
		rssMiB: process.resourceUsage().maxRSS / 1024,
	}),
);
