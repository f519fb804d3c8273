// An object handler in a process of its own, which may be killed. Usage: object-process.mjs SET-UP, as JSON
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { createObjectHandler } from "@skyput/server/events";
import { s3Provider } from "@skyput/server/s3";
import { openOutcomes, uploads } from "./object-uploads.mjs";

const { options, madeKeys, table } = JSON.parse(process.argv[2]);

/** Resolves when the message is in the pipe, where it outlives this process. */
const send = (message) => new Promise((resolve) => process.send(message, resolve));

/** Decides by the file's content, after reading all of it. */
async function byContent({ reader }) {
	let text = "";
	await reader.readAll((chunk) => {
		text += Buffer.from(chunk).toString();
	});
	await sleep(Math.random() * 20);
	if (text.startsWith("bad")) return { verdict: "infected", reason: "bad" };
	return text.startsWith("odd") ? { verdict: "unscannable", reason: "odd" } : { verdict: "clean" };
}

const log = { error() {}, warn() {}, info() {} };
const handler = createObjectHandler({
	uploads: uploads(madeKeys, (upload) => send({ completed: upload })),
	provider: s3Provider(options),
	outcomes: openOutcomes(table),
	steps: [byContent],
	audit: (event) => send({ audit: event }),
	log,
});

// whoever sent the events has ended, perhaps killed
process.once("disconnect", () => process.exit());
process.on("message", async ({ id, event }) => {
	const done = await handler(event).then(
		() => true,
		() => false,
	);
	await send({ id, done });
});
// loads what the first event needs, so that a kill hits the work and not the start
const unknown = `.skyput/quarantine/${randomBytes(16).toString("hex")}`;
await handler({ bucket: options.bucket, key: unknown });
await send({ ready: true });
