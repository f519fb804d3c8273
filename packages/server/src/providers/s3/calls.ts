import { type Connection, defaultTimings, lazyConnection, type Timings } from "./client.js";
import { type Call, uploadError } from "./errors.js";
import type { Settings } from "./settings.js";

/** What every request of one call gets. */
export interface CallLimits {
	readonly abortSignal: AbortSignal;
	/** Milliseconds until one attempt is answered, where the client's own are too few. */
	readonly requestTimeout?: number;
}

/** Runs one control call: connected, within its time, and with errors that may leave the provider. */
export type RunCall = <Result>(
	call: Call,
	act: (connection: Connection, limits: CallLimits) => Promise<Result>,
) => Promise<Result>;

/** Makes the runner of all control calls of one provider: they share one client. */
export function callRunner(settings: Settings, timings: Timings = defaultTimings): RunCall {
	const connection = lazyConnection(settings, timings);
	return async (call, act) => {
		try {
			const limits = { abortSignal: AbortSignal.timeout(timings.total) };
			return await act(
				await connection(),
				call === "complete the upload" ? { ...limits, requestTimeout: timings.completion } : limits,
			);
		} catch (error) {
			throw uploadError(error, call);
		}
	};
}
