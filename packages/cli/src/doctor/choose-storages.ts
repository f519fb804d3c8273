import type { PresignProvider, Uploads } from "@skyput/server";
import { usageError } from "../errors.js";
import type { LoadedUploads } from "../load-uploads.js";
import { rulesOf } from "../providers.js";
import { type MadeWith, madeWith } from "../server-modules.js";
import { type DoctorOptions, type Environment, storageOptions } from "./doctor-options.js";

/** What a provider of another cloud than S3 was made with. */
export type CloudMade = Exclude<MadeWith, { readonly cloud: "s3" }>;

/** A storage to try, with the table of its rules; without one, the whole bucket. */
export type Storage =
	| (Extract<MadeWith, { readonly cloud: "s3" }> & {
			readonly provider?: PresignProvider;
			readonly uploads?: Uploads | undefined;
	  })
	| (CloudMade & { readonly provider: PresignProvider; readonly uploads: Uploads });

/**
 * The bucket of `--bucket`, else the storages that the table's file exports, else the bucket of the ready handler.
 *
 * @param loaded - The table's file; undefined without one.
 * @throws CommandError `invalid-usage` for a `--provider` that there is not.
 */
export function chooseStorages(
	options: DoctorOptions,
	env: Environment,
	loaded: LoadedUploads | undefined,
): readonly Storage[] {
	const { provider: name, bucket } = options;
	const exported = Object.entries(loaded?.providers ?? {});
	if (bucket === undefined && loaded && exported.length > 0) {
		const chosen = exported.filter(([other]) => name === undefined || other === name);
		if (chosen.length > 0) return chosen.map((one) => exportedStorage(one, loaded));
		const names = exported.map(([other]) => other).join(", ");
		throw usageError(`the table's file exports no provider "${name}", only ${names}.`);
	}
	const given = storageOptions(options, env);
	if (given.bucket === undefined) return [];
	const uploads = loaded?.uploads;
	if (!uploads || name === undefined) return [{ cloud: "s3", options: given, uploads }];
	const rules = rulesOf(uploads, name);
	return [{ cloud: "s3", options: given, uploads: { ...uploads, rules } }];
}

function exportedStorage(
	[name, provider]: readonly [string, PresignProvider],
	{ uploads, providers }: LoadedUploads,
): Storage {
	const made = madeWith(provider);
	if (!made) {
		throw usageError(
			`the provider "${name}" was made by another package than @skyput/server: give its bucket with --bucket.`,
		);
	}
	const isOnly = Object.keys(providers).length === 1;
	const rules = uploads.rules.filter((rule) => isOnly || (rule.provider ?? "default") === name);
	return { ...made, provider, uploads: { ...uploads, rules } };
}
