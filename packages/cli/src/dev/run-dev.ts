import { createInterface } from "node:readline";
import type { CommandContext } from "../context.js";
import { uploadsTemplate } from "../init/templates.js";
import { candidateFiles, evaluateUploads, findUploadsFile, loadUploads } from "../load-uploads.js";
import { onFreePort } from "./choose-port.js";
import { createDevHandler, type DevHandler } from "./dev-handler.js";
import { startDevServer } from "./dev-server.js";
import { type LocalStorage, startLocalStorage } from "./local-storage.js";
import {
	printCall,
	printError,
	printFaults,
	printOutcome,
	printReloaded,
	printReloadFailed,
	printStart,
	type Table,
} from "./print-dev.js";
import { createFileWatcher } from "./watch-files.js";

/** The options as commander reads them. */
export interface DevCommandOptions {
	readonly uploads?: string;
	readonly port?: number;
	readonly storagePort?: number;
	readonly user: string;
	readonly faults: boolean;
	readonly faultRate: number;
}

/**
 * Runs `skyput dev` until the signal is aborted.
 *
 * @param options - As commander read them.
 * @param context - The world around the command.
 * @throws CommandError where the table cannot be served, or a port is taken.
 */
export async function runDev(options: DevCommandOptions, context: CommandContext): Promise<void> {
	const { output, signal, cwd, stdin } = context;
	const { user } = options;
	const files = new Set<string>();
	const table = await readTable(options, context, (each) => files.add(each));
	const onTaken = (port: number): void =>
		output.warn(`Port ${port} is taken; trying the next one.`);
	let { file } = table;
	let handler: DevHandler | undefined;
	const storage = await onFreePort(
		options.storagePort,
		(port) =>
			startLocalStorage(port, { on: options.faults, rate: options.faultRate }, (event) =>
				handler?.process(event),
			),
		{ first: 4401, option: "--storage-port", onTaken },
	);
	const ended = new AbortController();
	try {
		const served = createDevHandler(table, {
			storage,
			user,
			onCall: (call, outcome) => printCall(output, call, outcome),
			onOutcome: (outcome) => printOutcome(output, outcome),
			onError: (line) => printError(output, line),
		});
		handler = served;
		const onFaults = (on: boolean): void => {
			storage.faults = on;
			served.serve(served.table);
			printFaults(output, on);
		};
		const watcher = createFileWatcher(AbortSignal.any([signal, ended.signal]), async () => {
			try {
				const next = await readTable(options, context, watcher.add);
				// a folder was created that has no table yet
				if (file === undefined && next.file === undefined) return;
				file = next.file;
				served.serve(next);
				printReloaded(output, next, cwd);
			} catch (error) {
				printReloadFailed(output, error);
			}
		});
		for (const each of files) watcher.add(each);
		const { address, close } = await onFreePort(
			options.port,
			(port) => startDevServer({ port, handler: served, storage, user, onFaults }),
			{ first: 4400, option: "--port", onTaken },
		);
		printStart(output, { table, cwd, storage, user, address, hasKeys: stdin.isTTY === true });
		readKeys(storage, context, onFaults);
		await untilAborted(signal);
		await close();
	} finally {
		ended.abort();
		await storage.close();
	}
}

/** @param onFile - Called with each file whose change may change the table. */
async function readTable(
	{ uploads: path }: Pick<DevCommandOptions, "uploads">,
	{ cwd, signal }: Pick<CommandContext, "cwd" | "signal">,
	onFile: (file: string) => void,
): Promise<Table> {
	if (path === undefined && !(await findUploadsFile(cwd))) {
		for (const file of candidateFiles(cwd)) onFile(file);
		// one that was written before its folder was watched is loaded
		if (!(await findUploadsFile(cwd)))
			return { uploads: await evaluateUploads(uploadsTemplate), steps: undefined, file: undefined };
	}
	return loadUploads(cwd, { path, onFile, signal });
}

/** Lines of a terminal: `f` switches the faults. */
function readKeys(
	storage: LocalStorage,
	{ stdin, signal }: CommandContext,
	onFaults: (on: boolean) => void,
): void {
	if (!stdin.isTTY) return;
	createInterface({ input: stdin, signal }).on("line", (line) => {
		if (line.trim().toLowerCase() === "f") onFaults(!storage.faults);
	});
}

async function untilAborted(signal: AbortSignal): Promise<void> {
	if (signal.aborted) return;
	await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
}
