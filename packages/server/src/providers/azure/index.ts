export type { PresignProvider } from "../../provider.js";
export type { AzureProviderOptions, AzureToken } from "./options.js";
export { azureProvider } from "./provider.js";
