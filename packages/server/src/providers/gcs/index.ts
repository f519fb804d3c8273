export type { CapabilityCorrections } from "../../capabilities.js";
export type { PresignProvider } from "../../provider.js";
export type { GcsCredentials, GcsProviderOptions } from "./options.js";
export { gcsProvider } from "./provider.js";
