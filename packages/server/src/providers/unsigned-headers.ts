/** A statement of {@link denyUnsignedHeaders}. */
export interface DenyUnsignedHeader<Text> {
	readonly Effect: "Deny";
	readonly Principal: { readonly AWS: readonly Text[] };
	readonly Action: readonly string[];
	readonly Resource: readonly Text[];
	readonly Condition: { readonly StringLike: Readonly<Record<string, readonly string[]>> };
}

const grants = ["read", "write", "read-acp", "write-acp", "full-control"];

/** Condition keys, and the values to deny. */
const denied: readonly (readonly [key: string, values: readonly string[]])[] = [
	["s3:x-amz-copy-source", ["*"]],
	["s3:x-amz-acl", ["public-*", "authenticated-read"]],
	...grants.map((grant) => [`s3:x-amz-grant-${grant}`, ["*"]] as const),
];

/**
 * Makes the statements of a bucket policy for a storage that accepts `x-amz-*` headers which nobody signed:
 * holders of an upload URL can no longer copy other objects or publish their own.
 *
 * @param principal - ARN of the user or role whose keys sign the URLs.
 * @param resource - ARN of the objects, such as `arn:aws:s3:::my-bucket/*`.
 * @returns One statement for each header; all are needed.
 */
export function denyUnsignedHeaders<Text>(
	principal: Text,
	resource: Text,
): readonly DenyUnsignedHeader<Text>[] {
	return denied.map(([key, values]) => ({
		Effect: "Deny",
		Principal: { AWS: [principal] },
		Action: ["s3:PutObject"],
		Resource: [resource],
		Condition: { StringLike: { [key]: values } },
	}));
}
