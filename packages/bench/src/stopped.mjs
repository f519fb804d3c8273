const controller = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => controller.abort());

/** Aborted by Ctrl-C; benchmarks then clean up. A second Ctrl-C ends the process at once. */
export const stopped = controller.signal;
