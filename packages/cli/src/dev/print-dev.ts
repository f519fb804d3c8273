import { randomBytes } from "node:crypto";
import { relative } from "node:path";
import type { HookCall, HookOutcome } from "@skyput/server";
import type { UploadOutcome } from "@skyput/server/events";
import { CommandError } from "../errors.js";
import type { Output } from "../output.js";
import { defaultSteps, type ServedTable } from "./dev-handler.js";
import type { LocalStorage } from "./local-storage.js";

/** A table with its file; undefined where there is none yet. */
export interface Table extends ServedTable {
	readonly file: string | undefined;
}

const patternsOf = ({ uploads }: Table): string[] =>
	uploads.rules.map(({ pattern }) => pattern.source);

/** @param cwd - The folder that the file is shown relative to. */
function describeTable(table: Table, cwd: string): string {
	const name = table.file === undefined ? "no uploads.ts yet: " : `${relative(cwd, table.file)}: `;
	return name + patternsOf(table).join(", ");
}

/** The names of the steps that look at files in quarantine; undefined where no rule has one. */
function stepsOf({ uploads, steps = defaultSteps }: ServedTable): string[] | undefined {
	if (!uploads.rules.some(({ quarantine }) => quarantine)) return undefined;
	if (typeof steps === "function") return ["chosen by the function `steps`"];
	return steps.map(({ name }, index) => name || `step ${index + 1}`);
}

function describeSteps(table: Table): string | undefined {
	const hint = table.steps ? "" : "; export `steps` beside `uploads` to run your own";
	return stepsOf(table)?.join(", ").concat(hint);
}

export interface StartOptions {
	readonly table: Table;
	readonly cwd: string;
	readonly storage: LocalStorage;
	readonly user: string;
	/** Of the page and the handler. */
	readonly address: string;
	/** Whether keys switch the faults. */
	readonly hasKeys: boolean;
}

/** Prints where everything is. */
export function printStart(output: Output, options: StartOptions): void {
	const { table, cwd, storage, user, address, hasKeys } = options;
	const { endpoint, bucket, region, accessKeyId, secretAccessKey } = storage.server;
	const steps = describeSteps(table);
	const rows = {
		Page: output.style(["cyan", "bold"], `${address}/`),
		Endpoint: output.style("cyan", `${address}/uploads`),
		Storage: `${output.style("cyan", endpoint)}  S3, bucket ${bucket}; deleted at the end`,
		Table: describeTable(table, cwd),
		...(steps === undefined ? {} : { Steps: steps }),
		User: `${user}, or the user in "Authorization: Bearer <user>"`,
		Faults: `${storage.faults ? "on" : "off"}${hasKeys ? "; type f and Enter to switch" : ""}`,
	};
	const variables = {
		S3_ENDPOINT: endpoint,
		S3_COMPATIBILITY: "aws",
		BUCKET_NAME: bucket,
		AWS_REGION: region,
		AWS_ACCESS_KEY_ID: accessKeyId,
		AWS_SECRET_ACCESS_KEY: secretAccessKey,
		UPLOAD_TOKEN_SECRET: randomBytes(32).toString("base64"),
	};
	output.print();
	for (const [name, value] of Object.entries(rows)) {
		output.print(`  ${output.style("bold", name.padEnd(10))}${value}`);
	}
	output.print("\n  To use the storage in your own server, set:");
	for (const [name, value] of Object.entries(variables)) {
		output.print(output.style("dim", `  ${name}=${value}`));
	}
	output.print();
	output.document({
		event: "ready",
		page: `${address}/`,
		endpoint: `${address}/uploads`,
		environment: variables,
		patterns: patternsOf(table),
		steps: stepsOf(table),
	});
}

/** Prints that another table is served. */
export function printReloaded(output: Output, table: Table, cwd: string): void {
	const steps = describeSteps(table);
	const looks = steps === undefined ? "" : `; steps: ${steps}`;
	output.print(`${output.style("green", "reloaded")} ${describeTable(table, cwd)}${looks}`);
	output.document({ event: "reloaded", patterns: patternsOf(table), steps: stepsOf(table) });
}

/** Prints why a changed table is not served. */
export function printReloadFailed(output: Output, error: unknown): void {
	const message = error instanceof Error ? error.message : String(error);
	if (!output.json) output.warn(`${message}\nThe previous table is still served.`);
	const code = error instanceof CommandError ? error.code : "internal";
	output.document({ event: "reload-failed", error: { code, message } });
}

/** Prints a call of the handler and how it ended. */
export function printCall(output: Output, call: HookCall, outcome: HookOutcome): void {
	const { operation, requestedKey } = call;
	const { status, code, reason, key, uploadId, milliseconds } = outcome;
	const color = status < 400 ? "green" : status < 500 ? "yellow" : "red";
	const failure = code === undefined ? "" : `${code}${reason ? `: ${reason}` : ""}`;
	const words = [
		output.style(color, `${status}`),
		operation.padEnd(8),
		key ?? requestedKey ?? uploadId ?? "",
		failure,
		output.style("dim", `${Math.round(milliseconds)} ms`),
	];
	output.print(words.filter((word) => word !== "").join(" "));
	output.document({ event: "call", operation, requestedKey, ...outcome });
}

/** Prints what became of an object in quarantine. */
export function printOutcome(output: Output, outcome: UploadOutcome): void {
	const { state, verdict, key, reason } = outcome;
	const color = state === "available" ? "green" : "yellow";
	output.print(
		`${output.style(color, state)} ${key}: ${verdict}${reason === undefined ? "" : `, ${reason}`}`,
	);
	output.document({ event: "outcome", ...outcome });
}

/** Prints a failure of the handler, such as an error that the table's code threw, with its stack. */
export function printError(output: Output, line: string): void {
	const { reason, cause } = JSON.parse(line) as {
		readonly reason: string;
		readonly cause?: { readonly name: string; readonly message: string; readonly stack?: string };
	};
	const why = cause ? `\n${cause.name}: ${cause.message}\n${cause.stack ?? ""}` : "";
	if (!output.json) output.warn(`${reason}${why}`);
	output.document({ event: "error", reason, cause });
}

/** Prints whether the network is bad. */
export function printFaults(output: Output, on: boolean): void {
	output.print(`faults are ${on ? output.style("yellow", "on") : "off"}`);
	output.document({ event: "faults", on });
}
