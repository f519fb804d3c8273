import { defineUploads, type Uploads } from "@skyput/server";
import { policyDocuments } from "../policy/documents.js";
import { json } from "../policy/formats/json.js";

/** What a recommendation is made from. */
export interface RecommendationInput {
	/** Of the bucket; absent: rules that allow everything. */
	readonly uploads?: Uploads | undefined;
	/** Of the pages that upload. */
	readonly origins: readonly string[];
}

const everything = defineUploads({ "*path": { authorize: "public" } });

/** What `skyput policy` prints for the rules, on one line: what the bucket should have. */
export function recommend(
	name: "cors" | "lifecycle",
	{ uploads = everything, origins }: RecommendationInput,
): string {
	// their names of providers are those of other buckets
	const rules = uploads.rules.map(({ provider: _, ...rule }) => rule);
	const documents = policyDocuments({ ...uploads, rules }, { plain: false, staged: false });
	const given = { origins, bucketName: undefined, readers: undefined, processor: undefined };
	return JSON.stringify(JSON.parse(json(documents, [name], given)));
}
