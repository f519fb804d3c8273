import { hasCode, reword, UploadError, wrap } from "../errors.js";
import { until } from "../http/wait.js";
import type { UploadResult } from "../public-types.js";
import { abortGraceMs, type Control, type Notify } from "../upload/context.js";
import { createProgressMeter, type ProgressMeter } from "../upload/progress.js";
import { type ListedFile, listFiles, totalSize } from "./file-entries.js";
import type {
	FileInfo,
	FileOutcome,
	FilesInput,
	FilesItem,
	FilesOptions,
	FilesResult,
} from "./files-types.js";

/** The options that belong to no single upload. */
export type BatchOptions<Item extends FilesItem, Data> = Pick<
	FilesOptions<Item, Data>,
	"onError" | "existing" | "optionsFor" | "onFile"
>;

export type KeyOfFile<Item extends FilesItem> = (
	item: Item,
	info: FileInfo,
) => string | Promise<string>;

export interface FilesRun<Item extends FilesItem, Data> extends Control {
	readonly files: FilesInput<Item>;
	readonly keyOf: KeyOfFile<Item>;
	readonly options: BatchOptions<Item, Data>;
	/** Uploads one file; `own` are the options of this file. */
	readonly upload: (
		control: Control,
		file: unknown,
		key: string,
		own: object,
	) => Promise<UploadResult<Data>>;
	readonly notify: Notify;
}

/** Uploads files side by side: as many as bodies may be in flight. Holds one outcome per file, and no file. */
export async function uploadFiles<Item extends FilesItem, Data>(
	run: FilesRun<Item, Data>,
): Promise<FilesResult<Item, Data>> {
	const { files, settings, gate } = run;
	checkOptions(run);
	const stop = new AbortController();
	const signal = AbortSignal.any([run.signal, stop.signal]);
	const meter = createProgressMeter(run.setProgress);
	let total = totalSize(files);
	const batch = createBatch({ ...run, signal }, meter, (bytes) => {
		if (total === null) return;
		total -= bytes;
		meter.ends(total);
	});
	const list = listFiles(files);
	const work = async (): Promise<void> => {
		for (;;) {
			await gate.pass(signal);
			const { value: file } = await list.next();
			if (!file) return;
			await batch.add(file);
		}
	};
	try {
		meter.begin(total);
		const workers = Array.from({ length: settings.concurrency }, work);
		await Promise.all(workers).catch(async (error) => {
			stop.abort(error);
			const ended = Promise.allSettled(workers);
			await until(ended, AbortSignal.timeout(abortGraceMs)).catch(() => {});
			throw error;
		});
		meter.complete();
		return batch.result();
	} finally {
		meter.end();
		void list.return().catch(() => {});
	}
}

function checkOptions<Item extends FilesItem, Data>({
	keyOf,
	options,
}: FilesRun<Item, Data>): void {
	const { onError, existing, optionsFor, onFile } = options;
	for (const [name, value] of Object.entries({ keyOf, optionsFor, onFile })) {
		if (value === undefined ? name === "keyOf" : typeof value !== "function") {
			throw invalid(`\`${name}\` must be a function.`);
		}
	}
	if (!/^(continue|stop)$/.test(onError ?? "stop")) {
		throw invalid('`onError` must be "continue" or "stop".');
	}
	if (!/^(fail|skip)$/.test(existing ?? "fail")) {
		throw invalid('`existing` must be "fail" or "skip".');
	}
}

const invalid = (message: string): UploadError => new UploadError("invalid-request", message);

interface Batch<Item extends FilesItem, Data> {
	/** @throws what ends the other files */
	readonly add: (file: ListedFile<Item>) => Promise<void>;
	readonly result: () => FilesResult<Item, Data>;
}

/** @param leaveOut called with bytes that will not be sent any more; negative for more than were counted */
function createBatch<Item extends FilesItem, Data>(
	run: FilesRun<Item, Data>,
	meter: ProgressMeter,
	leaveOut: (bytes: number) => void,
): Batch<Item, Data> {
	const { signal, keyOf, options, upload, notify } = run;
	const { onError, existing, optionsFor, onFile } = options;
	const outcomes: FileOutcome<Item, Data>[] = [];
	/** The file of each key. */
	const keys = new Map<string, string>();

	const chooseKey = async (item: Item, info: FileInfo): Promise<string> => {
		const key = await keyOf(item, info);
		const other = keys.get(key);
		if (other !== undefined) {
			const message = `Two files have the key "${key}": "${other}" and "${info.path}". Use the whole path for the key.`;
			throw new UploadError("invalid-key", message);
		}
		keys.set(key, info.path);
		return key;
	};
	const send = async (listed: ListedFile<Item>): Promise<FileOutcome<Item, Data>> => {
		const { item, index, path, file, size = 0 } = listed;
		const about = { item, path, index };
		const body = meter.slot(Number.POSITIVE_INFINITY);
		let sent: number | undefined;
		let key: string | undefined;
		const control: Control = {
			...run,
			setProgress({ loaded }) {
				// the first report has what an earlier run sent
				body.sent(loaded, sent === undefined ? loaded : 0);
				sent = loaded;
			},
			setPhase: () => run.setPhase("uploading"),
		};
		try {
			key = await chooseKey(item, { path, index });
			const own = (await optionsFor?.(item, { path, index })) ?? {};
			const result = await upload(control, file, key, own);
			// an entry may state another size than the file has
			if (result.size !== size) leaveOut(size - result.size);
			body.sent(result.size);
			return { ...about, status: "stored", key, result };
		} catch (cause) {
			signal.throwIfAborted();
			leaveOut(size - (sent ?? 0));
			const failure = wrap(cause, "internal", `The upload of "${path}" failed: see \`cause\`.`);
			const error = reword(failure, run.settings.messages);
			return key && existing === "skip" && hasCode(error, "already-exists")
				? { ...about, status: "skipped", key }
				: { ...about, status: "failed", key, error };
		}
	};
	return {
		async add(file) {
			const outcome = await send(file);
			outcomes.push(outcome);
			if (onFile) notify(() => onFile(outcome));
			if (outcome.status === "failed" && onError === "stop") throw outcome.error;
		},
		result() {
			outcomes.sort((one, other) => one.index - other.index);
			return {
				stored: outcomes.filter((outcome) => outcome.status === "stored"),
				skipped: outcomes.filter((outcome) => outcome.status === "skipped"),
				failed: outcomes.filter((outcome) => outcome.status === "failed"),
			};
		},
	};
}
