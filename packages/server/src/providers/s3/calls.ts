import { UploadError } from "../../errors.js";
import { type Connection, defaultTimings, lazyConnection, type Timings } from "./client.js";
import { uploadError } from "./errors.js";
import type { S3Settings } from "./settings.js";
import { clockFault, type StorageAction } from "./setup-faults.js";

/** Limits of every request of one control call. */
export interface CallLimits {
	readonly abortSignal: AbortSignal;
	/** Milliseconds of one attempt, where the client's default is too short. */
	readonly requestTimeout?: number;
}

/** Runs one control call with a connected client, a time limit, and conversion of errors. */
export type RunCall = <Result>(
	action: StorageAction,
	run: (connection: Connection, limits: CallLimits) => Promise<Result>,
) => Promise<Result>;

function limitsOf(action: StorageAction, timings: Timings): CallLimits {
	const isCopy = action === "copy the object";
	const abortSignal = AbortSignal.timeout(isCopy ? timings.copy : timings.total);
	if (isCopy) return { abortSignal, requestTimeout: timings.copy };
	if (action !== "complete the upload") return { abortSignal };
	return { abortSignal, requestTimeout: timings.completion };
}

/** Makes the function that runs the control calls of one provider; all share one client. */
export function callRunner(settings: S3Settings, timings: Timings = defaultTimings): RunCall {
	const connection = lazyConnection(settings, timings);
	return async (action, run) => {
		let connected: Connection | undefined;
		try {
			connected = await connection();
			const result = await run(connected, limitsOf(action, timings));
			// the SDK corrects its own signatures; the URLs that follow would be refused
			const signsNext = action === "begin the upload" || (action === "check the object" && !result);
			const fault = signsNext ? clockFault(connected.skew() ?? 0) : undefined;
			if (fault) throw new UploadError(fault.code, fault.message, { values: fault.values });
			return result;
		} catch (error) {
			throw uploadError(error, action, settings, connected?.skew());
		}
	};
}

/** A list as the SDK read it, without `$metadata`. @throws Error where it has no members, as what is read of a web page. */
export function requireMembers<List extends { readonly $metadata: unknown }>(
	{ $metadata, ...list }: List,
	action: StorageAction,
): Omit<List, "$metadata"> {
	if (Object.values(list).some((value) => value !== undefined)) return list;
	throw Object.assign(new Error(`Could not ${action}: no list`), { $metadata });
}
