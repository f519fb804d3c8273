// One upload with the client's defaults in a process of its own. Usage: skyput-client.mjs ENDPOINT FILE on|off
import { createClient } from "@skyput/client";
import { fromPath } from "@skyput/client/node";
import { report } from "./report.mjs";

const [endpoint, path, checksum] = process.argv.slice(2);
const client = createClient({ endpoint, checksum: checksum === "on" });

await report(() => client.uploadFile(fromPath(path), "bench.bin"));
