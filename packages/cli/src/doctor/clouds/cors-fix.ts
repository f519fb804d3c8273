import type { ProviderCapabilities } from "@skyput/server/provider";
import { recommend } from "../recommend.js";

/** What pages send, and read. */
export type CorsNeeds = ProviderCapabilities["cors"];

/** The command that lets pages of these origins upload to a bucket of Google. */
export function gcsCorsFix(bucket: string, origin: readonly string[], needs: CorsNeeds): string {
	// a header counts in both directions
	const responseHeader = [...needs.requestHeaders, ...needs.exposeHeaders];
	const rule = { origin, method: needs.methods, responseHeader, maxAgeSeconds: 3600 };
	return `gcloud storage buckets update gs://${bucket} --cors-file=cors.json   with ${JSON.stringify([rule])}`;
}

/** The command that lets pages of these origins upload to an account of Azure. */
export const azureCorsFix = (
	account: string,
	origins: readonly string[],
	{ methods, requestHeaders, exposeHeaders }: CorsNeeds,
): string =>
	`az storage cors add --services b --account-name ${account} --methods ${methods.join(" ")} --origins ${origins.join(" ")} --allowed-headers ${requestHeaders.join(" ")} --exposed-headers "${exposeHeaders.join(" ")}" --max-age 3600`;

/**
 * The rule or command that lets pages upload by a signed URL, for the storage that its signature is of.
 *
 * @param url - Of a plan.
 * @param origins - Of the pages.
 * @param headers - Names of the headers that they send.
 */
export function corsFixOf(
	url: string,
	origins: readonly string[],
	headers: readonly string[],
): string {
	const { hostname, pathname, searchParams } = new URL(url);
	const needs = { methods: ["PUT"], requestHeaders: headers } as const;
	if (searchParams.has("X-Goog-Signature")) {
		const [, bucket = ""] = pathname.split("/");
		return gcsCorsFix(bucket, origins, { ...needs, exposeHeaders: ["ETag"] });
	}
	if (searchParams.has("sig") && searchParams.has("sv")) {
		const [account = ""] = hostname.split(".");
		return azureCorsFix(account, origins, { ...needs, exposeHeaders: [] });
	}
	return recommend("cors", { origins });
}
