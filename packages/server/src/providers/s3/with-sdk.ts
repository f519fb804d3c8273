/*
 * What needs the AWS SDK, in one module: each further one would cut another file out of what a cold start loads,
 * and each file adds a third of a millisecond to it.
 */
export { credentialChain } from "./client.js";
export { controlCalls } from "./control-calls.js";
export { maintenanceCalls } from "./maintenance.js";
export { probeBucket } from "./probe.js";
export { sdkSigner } from "./sdk-signer.js";
