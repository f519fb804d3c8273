export type { CapabilityCorrections } from "../../capabilities.js";
export type { PresignProvider } from "../../provider.js";
export { type DenyUnsignedHeader, denyUnsignedHeaders } from "../unsigned-headers.js";
export type { CredentialFunction, CredentialSource, S3Credentials } from "./credentials.js";
export type { S3ProviderOptions } from "./options.js";
export { s3Provider } from "./provider.js";
export type { ServiceName } from "./services.js";
