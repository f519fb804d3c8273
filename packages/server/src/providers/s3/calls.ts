import { type Connection, defaultTimings, lazyConnection, type Timings } from "./client.js";
import { type StorageAction, uploadError } from "./errors.js";
import type { S3Settings } from "./settings.js";

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

/** Makes the function that runs the control calls of one provider; all share one client. */
export function callRunner(settings: S3Settings, timings: Timings = defaultTimings): RunCall {
	const connection = lazyConnection(settings, timings);
	return async (action, run) => {
		try {
			const limits = { abortSignal: AbortSignal.timeout(timings.total) };
			return await run(
				await connection(),
				action === "complete the upload"
					? { ...limits, requestTimeout: timings.completion }
					: limits,
			);
		} catch (error) {
			throw uploadError(error, action);
		}
	};
}
