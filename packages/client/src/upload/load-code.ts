import { type UploadError, wrap } from "../errors.js";
import { until } from "../http/wait.js";
import type { Platform } from "../platform.js";
import type { Control } from "./context.js";

/** Milliseconds to wait for code to load, since the network may stall. */
const loadTimeout = 30_000;

/** How browsers and bundlers say that a module could not be fetched. */
const fetchFailure = /dynamically imported|module script|chunk|tim(ed |e)out/i;

/** The error where code cannot be loaded: the network is gone, or the site of an open page was deployed anew. */
export const missingCode = (cause: unknown): UploadError =>
	fetchFailure.test(`${cause}`)
		? wrap(cause, "network", "Code of the upload cannot be loaded: reload the page.")
		: wrap(
				cause,
				"unsupported",
				`Code of the upload cannot be loaded by \`import()\`: ${cause}. Bundle a service worker into one file.`,
			);

/**
 * Loads code on demand, once the network is back.
 *
 * @throws UploadError `network` when a new deployment of the site has removed the code.
 */
export async function loadCode<Module>(
	{ platform, setOnline, signal }: Pick<Control, "setOnline" | "signal"> & { platform: Platform },
	load: () => Promise<Module>,
): Promise<Module> {
	const outage = platform.outage?.();
	setOnline(outage === undefined);
	await until(Promise.resolve(outage), signal);
	const deadline = AbortSignal.timeout(loadTimeout);
	return await until(load(), AbortSignal.any([signal, deadline])).catch((cause) => {
		signal.throwIfAborted();
		throw missingCode(cause);
	});
}
