// The server with a local S3 server in memory. Deno runs what `--preload` names until nothing of it is open.
import "./local-storage.mjs";

await import("./server.ts");
