import type { S3ProviderOptions } from "./options.js";

/** The variables of the AWS SDKs behind two options. */
export const hostVariables = {
	useFipsEndpoint: "AWS_USE_FIPS_ENDPOINT",
	useDualstackEndpoint: "AWS_USE_DUALSTACK_ENDPOINT",
} as const;

/**
 * The options, completed by the standard variables of the AWS SDKs; an option beats them.
 * https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html
 */
export function withEnvironment(options: S3ProviderOptions): S3ProviderOptions {
	const { env } = process;
	const isOn = (name: string): true | undefined =>
		env[name]?.toLowerCase() === "true" ? true : undefined;
	const url = isOn("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
		? undefined
		: env["AWS_ENDPOINT_URL_S3"] || env["AWS_ENDPOINT_URL"] || undefined;
	return {
		...options,
		endpoint: options.endpoint ?? url,
		useFipsEndpoint: options.useFipsEndpoint ?? isOn(hostVariables.useFipsEndpoint),
		useDualstackEndpoint: options.useDualstackEndpoint ?? isOn(hostVariables.useDualstackEndpoint),
	};
}
