// The local example needs the built packages: this makes sure of them first.
import { buildIfStale } from "./build.mjs";

await buildIfStale();
await import("../examples/local/demo.mjs");
