const controller = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => controller.abort());

/** Aborted by Ctrl-C. A second Ctrl-C ends the process at once. */
export const stopped = controller.signal;

/** Resolves on Ctrl-C. */
export const whenStopped = new Promise((resolve) => {
	stopped.addEventListener("abort", resolve, { once: true });
});
