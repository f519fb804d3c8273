// One upload in a process of its own. Usage: node-client.mjs ENDPOINT FILE on|off
import { createClient } from "@skyput/client";
import { fromPath } from "@skyput/client/node";

const [endpoint, path, checksum] = process.argv.slice(2);
const client = createClient({ endpoint, concurrency: 4, checksum: checksum === "on" });

const start = performance.now();
await client.uploadFile(fromPath(path), "bench.bin");
const seconds = (performance.now() - start) / 1000;

// KiB on every platform
console.log(JSON.stringify({ seconds, peakMiB: process.resourceUsage().maxRSS / 1024 }));
