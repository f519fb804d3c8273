import { wrap } from "../errors.js";
import { until } from "../http/wait.js";
import type { Platform } from "../platform.js";
import type { Control } from "./context.js";

/** Milliseconds to wait for code to load, since the network may stall. */
const loadTimeout = 30_000;

/** How browsers and bundlers say that a module could not be fetched. */
const fetchFailure = /dynamically imported|module script|chunk|tim(ed |e)out/i;

/**
 * Waits for code that is loaded on demand, for half a minute.
 *
 * @throws UploadError `network` when the network is gone, or a new deployment of the site has removed the code.
 */
export const loaded = <Code>(code: Promise<Code>): Promise<Code> =>
	until(code, AbortSignal.timeout(loadTimeout)).catch((cause) => {
		throw fetchFailure.test(`${cause}`)
			? wrap(cause, "network", "Code of the upload cannot be loaded: reload the page.")
			: wrap(
					cause,
					"unsupported",
					`Code of the upload cannot be loaded by \`import()\`: ${cause}. Bundle a service worker into one file.`,
				);
	});

/** Loads code on demand, once the network is back; throws as {@link loaded}. */
export async function loadCode<Module>(
	{ platform, setOnline, signal }: Pick<Control, "setOnline" | "signal"> & { platform: Platform },
	load: () => Promise<Module>,
): Promise<Module> {
	const outage = platform.outage?.();
	setOnline(outage === undefined);
	await until(Promise.resolve(outage), signal);
	return await loaded(until(load(), signal)).catch((error) => {
		signal.throwIfAborted();
		throw error;
	});
}
