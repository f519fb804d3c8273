import type { ChecksumAlgorithm, CompleteReply } from "#protocol";
import type { Api } from "../http/api.js";
import type { Settings } from "../options.js";
import type { Platform, StreamSource, UploadSource } from "../platform.js";
import type { Lane, Lanes, Slots } from "./concurrency-limiter.js";
import type { Gate } from "./pause-gate.js";
import type { ProgressMeter } from "./progress.js";

/** Milliseconds that the call may take which forgets an upload on the server. */
export const longestFarewell = 10_000;

/** How the steps of an upload and its handle talk to each other. */
export interface Control {
	readonly settings: Settings;
	/** Aborted by the caller only. */
	readonly signal: AbortSignal;
	/** Closed while paused. */
	readonly gate: Gate;
	readonly meter: ProgressMeter;
	/** Shows in the state whether the device has a network. */
	readonly online: (is: boolean) => void;
	readonly enter: (phase: "uploading" | "completing") => void;
}

/** Carries out the uploads of one client. */
export type Uploader = (control: Control, file: unknown, key: string) => Promise<CompleteReply>;

/** What does the work behind the face. */
export interface Engine {
	/** @param concurrency a ceiling for the bodies in flight of all uploads of the client */
	createUploader(concurrency: number): Uploader;
}

/** What all uploads of a client share. */
export interface EndpointMemory {
	/** The digests that the endpoint said it can bind into a single request. */
	singleChecksums: readonly ChecksumAlgorithm[];
	/** For bodies in flight. */
	readonly lanes: Lanes;
	/** For calls that begin an upload. Never held while waiting for a lane. */
	readonly creates: Slots;
}

/** What all steps of one upload work with. */
export interface Session extends Control {
	readonly platform: Platform;
	readonly api: Api;
	readonly memory: EndpointMemory;
	/** For the whole file as one body. */
	readonly lane: Lane;
	readonly key: string;
	readonly source: UploadSource | StreamSource;
	/** The latest token, sent with every call and renewed by answers of the server; empty before the first plan. */
	token: string;
}

/** Has the server commit what was sent, once the upload is not paused. */
export async function complete(
	{ api, signal, gate, enter }: Session,
	request: Parameters<Api["complete"]>[0],
): Promise<CompleteReply> {
	await gate.pass(signal);
	enter("completing");
	return await api.complete(request, signal);
}
