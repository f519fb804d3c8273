import type { PresignProvider } from "@skyput/server";
import type { AzureProviderOptions } from "@skyput/server/azure";
import type { GcsProviderOptions } from "@skyput/server/gcs";
import type { S3ProviderOptions } from "@skyput/server/s3";

/** What a provider was made with, by its cloud. */
export type MadeWith =
	| { readonly cloud: "s3"; readonly options: S3ProviderOptions }
	| { readonly cloud: "gcs"; readonly options: GcsProviderOptions }
	| { readonly cloud: "azure"; readonly options: AzureProviderOptions };

const made = new WeakMap<PresignProvider, MadeWith>();

/** The options of a provider that a file of the user's made; undefined for one of another package. */
export const madeWith = (provider: PresignProvider): MadeWith | undefined => made.get(provider);

function remember(provider: PresignProvider, about: MadeWith | undefined): PresignProvider {
	if (about) made.set(provider, about);
	return provider;
}

/**
 * The entry points of `@skyput/server` that a table's file may import, by name. They are always those of this
 * command: their errors and rules are then ours, and a project that has not installed the package yet works too.
 */
export async function serverModules(): Promise<Readonly<Record<string, object>>> {
	const [main, events, provider, s3, gcs, azure] = await Promise.all([
		import("@skyput/server"),
		import("@skyput/server/events"),
		import("@skyput/server/provider"),
		import("@skyput/server/s3"),
		import("@skyput/server/gcs"),
		import("@skyput/server/azure"),
	]);
	return {
		"@skyput/server": main,
		"@skyput/server/events": events,
		"@skyput/server/provider": {
			...provider,
			staged: (inner: PresignProvider) => remember(provider.staged(inner), made.get(inner)),
		},
		"@skyput/server/s3": {
			...s3,
			s3Provider: (options: S3ProviderOptions) =>
				remember(s3.s3Provider(options), { cloud: "s3", options }),
		},
		"@skyput/server/gcs": {
			...gcs,
			gcsProvider: (options: GcsProviderOptions) =>
				remember(gcs.gcsProvider(options), { cloud: "gcs", options }),
		},
		"@skyput/server/azure": {
			...azure,
			azureProvider: (options: AzureProviderOptions) =>
				remember(azure.azureProvider(options), { cloud: "azure", options }),
		},
	};
}
