// Runs the conformance cases behind docs/clouds.md: `npm run clouds` compares its table, and
// `npm run clouds -- --write` writes it.
import { run } from "./command.mjs";

const test = "packages/server/test/conformance/clouds.ceph.test.ts";
if (process.argv.includes("--write")) process.env.SKYPUT_CLOUDS = "write";
await run("vitest", ["run", "--project", "server", test]);
