import { defineUploads, memoryOutcomes } from "@skyput/server";
import { createObjectHandler, type ObjectHandler, type Step } from "@skyput/server/events";
import { type Backend, startBackend } from "@skyput/testing";

/**
 * Starts an upload handler whose files `files/*path` wait in quarantine. A file with the text `wait ID` is examined
 * until another one with the text `open ID` was uploaded.
 */
export async function startQuarantine(): Promise<Backend> {
	const uploads = defineUploads({ "files/*path": { authorize: "public", quarantine: true } });
	const outcomes = memoryOutcomes();
	let process: ObjectHandler | undefined;
	const backend = await startBackend({
		uploads,
		handler: { outcomes, cors: { origins: ["*"] } },
		s3: { events: { prefix: ".skyput/", deliver: async (event) => process?.(event) } },
	});
	const gates = new Map<string, PromiseWithResolvers<void>>();
	const gateOf = (id: string): PromiseWithResolvers<void> => {
		const gate = gates.get(id) ?? Promise.withResolvers<void>();
		gates.set(id, gate);
		return gate;
	};
	const waitOrOpen: Step = async ({ object, reader }) => {
		const text = Buffer.from(await reader.read(0, object.size)).toString();
		const [verb, id = ""] = text.split(" ");
		if (verb === "open") gateOf(id).resolve();
		if (verb === "wait") await gateOf(id).promise;
		return { verdict: "clean" };
	};
	process = createObjectHandler({
		uploads,
		provider: backend.provider,
		steps: [waitOrOpen],
		outcomes,
	});
	return backend;
}
