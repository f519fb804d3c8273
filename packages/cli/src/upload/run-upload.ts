import {
	type Client,
	createClient,
	type FileOutcome,
	type UploadError,
	type UploadHandle,
	type UploadResult,
} from "@skyput/client";
import { bytesInWords } from "../bytes-in-words.js";
import type { CommandContext } from "../context.js";
import { type EndpointOptions, endpointOf, headersOf } from "../endpoint-options.js";
import { CommandError, fileReason, usageError } from "../errors.js";
import { collectFiles, type LocalFile } from "./collect-files.js";
import { createProgressLine, type ProgressLine } from "./progress-line.js";

/** The options as commander reads them. */
export interface UploadCommandOptions extends EndpointOptions {
	readonly concurrency?: number;
	readonly retries?: number;
	readonly contentType?: string;
	readonly metadata: readonly (readonly [name: string, value: string])[];
	readonly existing: "fail" | "skip";
	readonly onError: "continue" | "stop";
	readonly resume: boolean;
}

type Outcome = Pick<FileOutcome<LocalFile>, "status"> & {
	readonly file: string;
	readonly key: string;
	readonly result?: UploadResult;
	readonly error?: UploadError;
	/** What failed, in the words of the command. */
	readonly message?: string;
};

/**
 * Runs `skyput upload`.
 *
 * @param words - The files and folders, or `-`; then the key.
 * @param options - As commander read them.
 * @param context - The world around the command.
 * @throws CommandError `invalid-usage` before anything is sent, `failed` where a file was not stored.
 */
export async function runUpload(
	words: readonly string[],
	options: UploadCommandOptions,
	context: CommandContext,
): Promise<void> {
	const [sources, key] = [words.slice(0, -1), words.at(-1)];
	if (sources.length === 0 || key === undefined) {
		throw usageError(
			`the key is missing: give it as the last argument, such as \`skyput upload film.mp4 videos/42/film.mp4\`.`,
		);
	}
	const client = createClient(clientOptions(options, context));
	const line = createProgressLine(context.output);
	const run: Run = { client, options, context, line };
	try {
		const outcomes = sources.includes("-")
			? [await uploadStdin(run, sources, key)]
			: await uploadAll(run, await collectFiles(context.cwd, sources, { key, ...options }));
		line.end();
		report(context, outcomes);
	} finally {
		line.end();
	}
}

interface Run {
	readonly client: Client;
	readonly options: UploadCommandOptions;
	readonly context: CommandContext;
	readonly line: ProgressLine;
}

function clientOptions(options: UploadCommandOptions, context: CommandContext) {
	const endpoint = endpointOf(options, context);
	if (!endpoint) {
		throw usageError("the endpoint is missing: give --endpoint, or set SKYPUT_ENDPOINT.");
	}
	const { resume, concurrency, retries: limit } = options;
	return {
		endpoint,
		headers: headersOf(options, context),
		resume,
		concurrency,
		retry: limit === undefined ? undefined : { limit, networkLimit: limit },
	};
}

async function uploadStdin(
	{ client, options, context, line }: Run,
	sources: readonly string[],
	key: string,
): Promise<Outcome> {
	const { stdin, signal } = context;
	if (sources.length > 1) {
		throw usageError(
			"stdin (-) cannot be uploaded together with files: upload it with a separate command.",
		);
	}
	if (key.endsWith("/")) {
		throw usageError(
			`stdin has no name to follow ${key}: give a key that does not end with a slash.`,
		);
	}
	if (stdin.isTTY)
		throw usageError("stdin is a terminal: pipe data into the command, or name a file.");
	const upload = client.uploadFile(stdin, key, {
		contentType: options.contentType,
		metadata: metadataOf(options),
		onProgress: line.update,
		signal,
	});
	showWaiting(upload, line);
	const outcome = await upload.then(
		(result): Outcome => ({ status: "stored", file: "-", key, result }),
		(error: UploadError): Outcome => ({
			status: "failed",
			file: "-",
			key,
			error,
			message: error.message,
		}),
	);
	// a pipe that still has data would keep the process
	stdin.destroy();
	signal.throwIfAborted();
	showOutcome(outcome, { context, line });
	return outcome;
}

async function uploadAll(run: Run, files: readonly LocalFile[]): Promise<Outcome[]> {
	const { client, options, context, line } = run;
	const outcomes: Outcome[] = [];
	const metadata = metadataOf(options);
	const upload = client.uploadFiles(files, ({ key }) => key, {
		existing: options.existing,
		onError: options.onError,
		optionsFor: () => ({ metadata }),
		onProgress: line.update,
		...(options.resume ? {} : { signal: context.signal }),
		onFile(outcome) {
			const { status, item } = outcome;
			const about = { status, file: item.path, key: item.key };
			const [result, error] = [
				outcome.status === "stored" ? { result: outcome.result } : {},
				outcome.status === "failed"
					? { error: outcome.error, message: item.unfit ?? messageOf(outcome.error) }
					: {},
			];
			const described: Outcome = { ...about, ...result, ...error };
			outcomes.push(described);
			showOutcome(described, run);
		},
	});
	showWaiting(upload, line);
	// the first failure ends the others, and is among the outcomes
	await untilStopped(upload, context.signal, options.resume).catch((error: unknown) => {
		if (context.signal.aborted || outcomes.length === 0) throw error;
	});
	return outcomes;
}

/** Ctrl-C leaves a resumable upload as it is: aborting it would discard its parts. */
async function untilStopped(
	upload: UploadHandle<unknown>,
	signal: AbortSignal,
	resume: boolean,
): Promise<void> {
	if (!resume) return void (await upload);
	const stopped = new Promise<never>((_, reject) => {
		signal.addEventListener("abort", () => {
			upload.pause();
			reject(new CommandError("stopped", "stopped. Run the same command again to continue."));
		});
	});
	await Promise.race([upload, stopped]);
}

/** Tells why an upload makes no progress, while it tries again. */
function showWaiting(upload: UploadHandle<unknown>, line: ProgressLine): void {
	upload.subscribe(() => {
		const { state, error } = upload.snapshot();
		line.status(error && /^(retrying|offline)$/.test(state) ? `${error.message} Retrying…` : "");
	});
}

function showOutcome(
	{ status, file, key, result, error, message }: Outcome,
	{ context: { output }, line }: Pick<Run, "context" | "line">,
): void {
	const name = file === "-" ? "stdin" : file;
	if (result) {
		const size = output.style("dim", `(${bytesInWords(result.size)})`);
		line.print(`${output.style("green", "stored")}   ${name} as ${result.key} ${size}`);
	} else if (status === "skipped") {
		line.print(`${output.style("dim", "skipped")}  ${name}: ${key} exists`);
	} else if (error && !output.json) {
		const sentence = `${message}${remedyOf(error, file)}`;
		line.warn(`${output.style("red", "failed")}   ${name}: ${sentence} [${error.code}]`);
	}
}

/** The sentence of an error; of the file system's, in words. */
function messageOf({ message, cause }: UploadError): string {
	const { syscall } = Object(cause) as NodeJS.ErrnoException;
	return /^(stat|access|open|read)$/.test(syscall ?? "")
		? `it cannot be read: ${fileReason(cause)}.`
		: message;
}

/** What the user of the command can do, beyond the sentence of the error. */
function remedyOf({ code, requestId }: UploadError, file: string): string {
	if (code === "already-exists" && file !== "-") return " Pass --existing skip to skip such files.";
	// only our handler sends the id, and it tells the caller no reason
	if (code !== "forbidden" || requestId === undefined) return "";
	return ` Check the key and --header; the server's log has the reason, with the id ${requestId}.`;
}

/** Prints the result. */
function report({ output, fail }: CommandContext, outcomes: readonly Outcome[]): void {
	const of = (status: Outcome["status"]) => outcomes.filter((outcome) => outcome.status === status);
	const [stored, skipped, failed] = [of("stored"), of("skipped"), of("failed")];
	output.document({
		stored: stored.map(({ file, key, result }) => ({ file, requestedKey: key, ...result })),
		skipped: skipped.map(({ file, key }) => ({ file, key })),
		failed: failed.map(({ file, key, error, message }) => ({
			file,
			key,
			error: { code: error?.code, message, requestId: error?.requestId },
		})),
	});
	if (outcomes.length > 1) {
		const bytes = stored.reduce((sum, { result }) => sum + (result?.size ?? 0), 0);
		output.print(
			`${stored.length} stored (${bytesInWords(bytes)}), ${skipped.length} skipped, ${failed.length} failed`,
		);
	}
	if (failed.length > 0) fail();
}

const metadataOf = ({ metadata }: UploadCommandOptions): object | undefined =>
	metadata.length === 0 ? undefined : Object.fromEntries(metadata);
