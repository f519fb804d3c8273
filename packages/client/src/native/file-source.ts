import { isObject, UploadError, wrap } from "../errors.js";
import { createYielder } from "../http/wait.js";
import { bytesToCopy, isOpenable, tagOf } from "../inputs.js";
import type { ByteStream, UploadBody, UploadSource } from "../platform.js";
import type { FileReference } from "../public-types.js";

/**
 * Reads a range of a file.
 *
 * @param file - What was given to be uploaded.
 * @param start - The first byte, from 0.
 * @param end - The byte after the last one.
 * @returns The bytes; fewer where the file has become shorter.
 */
export type ReadFile = (
	file: FileReference,
	start: number,
	end: number,
) => Uint8Array | Promise<Uint8Array>;

/** Bytes of one read for a digest. */
const readSize = 2 ** 20;
/** Bytes that are digested at once: Hermes interprets, and a longer task would block the app. */
const chunkSize = 2 ** 16;

/** What XMLHttpRequest of React Native sends: a file, which native code reads, or bytes. `size` is in bytes. */
export type NativeContent = (Uint8Array | { readonly uri: string }) & { readonly size: number };

/** A piece that XMLHttpRequest of React Native sends. */
export interface NativeBody extends UploadBody {
	content(): Promise<NativeContent>;
}

export const isNativeBody = (body: UploadBody): body is NativeBody => "content" in body;

/** A file whose parts can be sent only where something reads them. */
interface NativeSource extends UploadSource {
	readonly file?: FileReference;
	readonly isReadable?: boolean;
}

/**
 * Makes sources of what callers in React Native pass.
 *
 * @param readFile that of the client; a File of expo-file-system reads itself
 */
export const createOpenSource =
	(readFile: ReadFile | undefined) =>
	async (input: unknown): Promise<UploadSource | ByteStream> => {
		if (isReference(input)) return fromReference(input, readFile ?? ownReader(input));
		const bytes = bytesToCopy(input);
		if (bytes) return fromBytes(bytes.slice());
		if (isOpenable(input)) return await input.open();
		throw new TypeError(
			`The file must be { uri, name, type, size }, a File of expo-file-system, or bytes, not a value of type ${tagOf(input)}. Instead of a Blob of \`fetch(uri)\`, which is in memory, pass the uri.`,
		);
	};

const isReference = (input: unknown): input is FileReference =>
	isObject(input) && "uri" in input && typeof input.uri === "string";

/** What expo-file-system's `File.open()` returns. */
interface FileHandle {
	offset: number | null;
	readBytes(length: number): Uint8Array;
	close(): void;
}

function ownReader(file: FileReference & { open?: () => FileHandle }): ReadFile | undefined {
	if (!file.open) return undefined;
	return (_, start, end) => {
		const handle = file.open?.() as FileHandle;
		try {
			handle.offset = start;
			return handle.readBytes(end - start);
		} finally {
			handle.close();
		}
	};
}

function fromReference(file: FileReference, readFile: ReadFile | undefined): NativeSource {
	const { uri, name, type, lastModified } = file;
	const size = Number(file.size);
	if (!Number.isSafeInteger(file.size) || size < 0) {
		throw new UploadError(
			"invalid-request",
			`The file "${name ?? uri}" has the size ${file.size}: pass its bytes as \`size\`. A picker that does not tell them may be asked for a copy of the file.`,
		);
	}
	const read = async (start: number, end: number): Promise<Uint8Array> => {
		if (!readFile) throw unreadable(file);
		const shown = `"${name ?? uri}"`;
		const bytes = await (async () => readFile(file, start, end))().catch((cause) => {
			throw wrap(cause, "file-changed", `${shown} cannot be read: choose the file again.`);
		});
		// such as base64, or the whole file
		if (tagOf(bytes) !== "Uint8Array" || bytes.length > end - start) {
			throw new UploadError(
				"invalid-request",
				`\`readFile\` must return a Uint8Array of the bytes ${start} to ${end} of ${shown}, not ${tagOf(bytes)} of the length ${Object(bytes).length}.`,
			);
		}
		if (bytes.length === end - start) return bytes;
		const message = `${shown} has no bytes ${start} to ${end} any more: choose the file again.`;
		throw new UploadError("file-changed", message);
	};
	const whole = { uri, size };
	return {
		file,
		isReadable: readFile !== undefined,
		size,
		type: type || undefined,
		identity: {
			name: name ?? uri.replace(/^.*\//s, ""),
			lastModified,
			// apps work on files of their own, whose times nobody sets back
			exact: lastModified !== undefined,
		},
		slice: (start, end) =>
			createBody(end - start, (from, to) => read(start + from, start + to), {
				// native code reads the file, and tells how much is sent
				...(start === 0 && end === size && { content: async () => whole }),
			}),
		close: async () => {},
	};
}

/** Makes a source of bytes that stay as they are. */
export const fromBytes = (bytes: Uint8Array): UploadSource => ({
	size: bytes.length,
	slice: (start, end) =>
		createBody(end - start, async (from, to) => bytes.subarray(start + from, start + to)),
	close: async () => {},
});

function createBody(
	size: number,
	read: (start: number, end: number) => Promise<Uint8Array>,
	own: Partial<NativeBody> = {},
): NativeBody {
	return {
		size,
		content: async () => Object.assign(await read(0, size), { size }),
		async *chunks() {
			for (let start = 0; start < size; start += readSize) {
				yield* inChunks(await read(start, Math.min(start + readSize, size)));
			}
		},
		...own,
	};
}

/** Ends the running task every few milliseconds. */
export async function* inChunks(bytes: Uint8Array): AsyncGenerator<Uint8Array, void> {
	const yieldTurn = createYielder();
	for (let start = 0; start < bytes.length; start += chunkSize) {
		yield bytes.subarray(start, start + chunkSize);
		await yieldTurn();
	}
}

/** @throws UploadError for a file that nothing reads */
export function requireReadable({ file, isReadable }: NativeSource): void {
	if (file && !isReadable) throw unreadable(file);
}

const unreadable = ({ name, uri, size }: FileReference): UploadError =>
	new UploadError(
		"unsupported",
		`"${name ?? uri}" (${size} bytes) has to be read for its parts or its checksum, and \`readFile\` is missing: pass it to createClient, or pass a File of expo-file-system. Up to \`multipartThreshold\` files are sent whole, without it.`,
	);
