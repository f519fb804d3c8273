import { repeatCall } from "../repeat-call.js";
import type { StorageAction } from "./errors.js";
import { type Answer, exchange } from "./exchange.js";
import type { AzureSettings } from "./options.js";
import { blobPath, type SignBlob, type SigningKeys, serviceVersion } from "./signer.js";

/** One request with the server's own rights. */
export interface StorageCall {
	readonly method: "GET" | "HEAD" | "PUT" | "DELETE";
	/** null: the call is on the container. */
	readonly key: string | null;
	/** Of the SAS that authorizes it. */
	readonly permissions: string;
	/** `comp` and what belongs to it, encoded. @default none */
	readonly query?: string | undefined;
	readonly headers?: Readonly<Record<string, string | undefined>> | undefined;
	readonly body?: string | undefined;
	/** Milliseconds of one attempt. @default 20,000 for all attempts together */
	readonly timeout?: number | undefined;
	/** How often it is made while the storage is unavailable. @default 3 */
	readonly attempts?: number | undefined;
}

/** Makes requests to the storage. @throws UploadError for every answer that is no success. */
export interface StorageCalls {
	/** Sends a request. @param action - For the message of an error. */
	send(action: StorageAction, call: StorageCall): Promise<Answer>;
	/** A URL by which the storage itself may read an object. */
	sourceUrl(key: string): Promise<string>;
}

/** Gateways time out at 30 s; the caller must get an answer before that. */
const defaultTimeout = 20_000;

/** Seconds. Reading the source of a copy may take long. */
const callLife = 3_600;

/** Makes the function that calls the storage by URLs of its own: no other kind of authorization is needed. */
export function storageCalls(
	{ endpoint, container }: AzureSettings,
	sign: SignBlob,
	keys: SigningKeys,
): StorageCalls {
	const urlOf = async (key: string | null, permissions: string): Promise<string> => {
		const path = key === null ? "" : `/${blobPath(key)}`;
		const { signing, expires } = await keys(callLife);
		return `${endpoint}/${container}${path}?${sign(key, { permissions, expires }, signing)}`;
	};
	return {
		sourceUrl: (key) => urlOf(key, "r"),
		async send(action, { method, key, permissions, query = "", headers = {}, ...call }) {
			const { body, timeout, attempts } = call;
			const url = (await urlOf(key, permissions)) + query;
			const given = Object.entries(headers).flatMap(([name, value]) =>
				value === undefined ? [] : [[name, value] as const],
			);
			const init: RequestInit = {
				method,
				headers: Object.fromEntries([["x-ms-version", serviceVersion], ...given]),
				...(body === undefined ? {} : { body }),
			};
			const limit = (): AbortSignal => AbortSignal.timeout(timeout ?? defaultTimeout);
			const all = timeout === undefined ? limit() : undefined;
			return repeatCall(() => exchange(action, url, { ...init, signal: all ?? limit() }), attempts);
		},
	};
}
