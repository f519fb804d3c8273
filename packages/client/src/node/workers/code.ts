/**
 * `worker.ts` and all that it imports as one CommonJS script, which the build and the tests put in
 * here (`inline-worker.ts`): a file of its own would be lost when a user bundles this package. Empty
 * where nobody did, and then no worker is started.
 */
export const workerCode: string = "";
