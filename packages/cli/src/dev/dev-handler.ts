import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { type HookCall, type HookOutcome, memoryOutcomes } from "@skyput/server";
import { createObjectHandler, sniffType, type UploadOutcome } from "@skyput/server/events";
import { createNodeHandler } from "@skyput/server/node";
import { CommandError } from "../errors.js";
import type { LoadedUploads } from "../load-uploads.js";
import { providerForAll } from "../providers.js";
import type { LocalStorage } from "./local-storage.js";

/** What is served: a table, and the steps that look at what it has in quarantine. */
export type ServedTable = Pick<LoadedUploads, "uploads" | "steps">;

/** The steps of a table whose file exports none. */
export const defaultSteps = [sniffType()];

/** The upload handler and the object handler of a table that may change. */
export interface DevHandler {
	/** What is served. */
	readonly table: ServedTable;
	handle(request: IncomingMessage, response: ServerResponse): void;
	/** Looks at an object in quarantine. @param event - Of the storage. */
	process(event: unknown): Promise<void>;
	/**
	 * Serves another table from now on, or the same over what the storage's `faults` says; uploads that run
	 * continue.
	 *
	 * @throws CommandError `uploads-invalid` where a handler refuses it; the table that was served stays.
	 */
	serve(table: ServedTable): void;
}

export interface DevHandlerOptions {
	readonly storage: LocalStorage;
	/** Who is signed in where a request has no `Authorization: Bearer <user>`. */
	readonly user: string;
	/** Called for every call of the handler. */
	readonly onCall: (call: HookCall, outcome: HookOutcome) => void;
	/** Called for every object that was looked at. */
	readonly onOutcome: (outcome: UploadOutcome) => void;
	/** Called with a line of the handler's log, in JSON, for each failure that is not a refusal. */
	readonly onError: (line: string) => void;
}

/** Makes the handlers. */
export function createDevHandler(
	first: ServedTable,
	{ storage, user, onCall, onOutcome, onError }: DevHandlerOptions,
): DevHandler {
	const tokenSecret = randomBytes(32).toString("base64");
	const outcomes = memoryOutcomes();
	// the hook tells of refusals
	const log = { info() {}, warn() {}, error: onError };
	const create = ({ uploads, steps = defaultSteps }: ServedTable) => {
		try {
			return {
				handle: createNodeHandler({
					uploads,
					provider: providerForAll(uploads, storage.provider()),
					tokenSecret,
					outcomes,
					principal: ({ headers }) => ({ sub: bearerOf(headers.authorization) ?? user }),
					// requests of pages elsewhere are refused before
					cors: { origins: ["*"] },
					hooks: { after: onCall },
					log,
				}),
				processObject: createObjectHandler({
					uploads,
					provider: providerForAll(uploads, storage.direct),
					steps,
					outcomes,
					log,
				}),
			};
		} catch (cause) {
			const message = cause instanceof Error ? cause.message : String(cause);
			throw new CommandError("uploads-invalid", message, { cause });
		}
	};
	let table = first;
	let handlers = create(first);
	return {
		get table() {
			return table;
		},
		async process(event) {
			const result = await handlers.processObject(event);
			if ("outcomes" in result) for (const outcome of result.outcomes) onOutcome(outcome);
		},
		handle: (request, response) => void handlers.handle(request, response),
		serve(next) {
			handlers = create(next);
			table = next;
		},
	};
}

const bearerOf = (authorization: string | undefined): string | undefined =>
	/^Bearer (.+)$/i.exec(authorization ?? "")?.[1];
