import {
	type Client,
	createClient,
	type Upload,
	UploadError,
	type UploadSnapshot,
} from "@skyput/client";

type Codes = ConstructorParameters<typeof UploadError>[0];

/** What a test does to the uploads of a page, by the names of their files. */
export interface Uploads {
	/** Shows an upload in a state. */
	set(name: string, change: Partial<Omit<UploadSnapshot, "error">> & { code?: string }): void;
	complete(name: string): void;
	fail(name: string, code: string, values?: Record<string, number | string>): void;
	/** Names and keys, in the order in which they began. */
	readonly begun: (readonly [name: string, key: string])[];
}

interface Running {
	set(change: Partial<UploadSnapshot>): void;
	readonly size: number;
	readonly key: string;
	resolve(result: { key: string; size: number; verified: boolean }): void;
	reject(error: unknown): void;
}

/** A client that sends nothing: a test says how each upload goes. */
export function createFakeClient() {
	const running = new Map<string, Running>();
	const begun: [string, string][] = [];
	const start = (file: File, key: string): Upload => {
		let snapshot: UploadSnapshot = { state: "uploading", loaded: 0, total: file.size };
		const listeners = new Set<() => void>();
		const { promise, resolve, reject } = Promise.withResolvers<{
			key: string;
			size: number;
			verified: boolean;
		}>();
		promise.catch(() => {});
		const set = (change: Partial<UploadSnapshot>): void => {
			snapshot = { ...snapshot, ...change };
			for (const listener of listeners) listener();
		};
		begun.push([file.name, key]);
		running.set(file.name, {
			set,
			size: file.size,
			key,
			resolve,
			reject,
		});
		return Object.assign(promise, {
			result: promise,
			snapshot: () => snapshot,
			subscribe(listener: () => void) {
				listeners.add(listener);
				return () => listeners.delete(listener);
			},
			pause: () => set({ state: "paused" }),
			resume: () => set({ state: "uploading" }),
			abort: () => reject(new UploadError("aborted", "The upload was aborted.")),
		}) as unknown as Upload;
	};
	const find = (name: string): Running => {
		const found = running.get(name);
		if (!found) throw new Error(`${name} has not begun`);
		return found;
	};
	const uploads: Uploads = {
		set(name, { code, ...change }) {
			const error = code ? new UploadError(code as Codes, "") : undefined;
			find(name).set({ ...change, error });
		},
		complete(name) {
			const { key, size, resolve } = find(name);
			resolve({ key, size, verified: true });
		},
		fail(name, code, values) {
			find(name).reject(new UploadError(code as Codes, `It failed: ${code}.`, { values }));
		},
		begun,
	};
	const left = {
		key: "files/interview.wav",
		name: "interview.wav",
		size: 100,
		sent: 42,
		begun: 1,
		resume: (file: File) => start(file, "files/interview.wav"),
		forget: async () => {},
	};
	const client = {
		...createClient({ endpoint: "http://localhost/uploads" }),
		uploadFile: start,
		pending: async () => [left],
	} as unknown as Client;
	return { client, uploads };
}
