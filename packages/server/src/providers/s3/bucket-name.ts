// old buckets of us-east-1 and those of Ceph may have capitals, underscores and up to 255 characters
const name = /^[A-Za-z0-9](?!.*\.\.)[A-Za-z0-9._-]{1,253}[A-Za-z0-9]$/;

const accessPoint =
	/^arn:aws[a-z-]*:s3(-outposts)?:[a-z0-9-]+:\d{12}:(accesspoint|outpost)[/:][A-Za-z0-9/:-]+$/;

/** Whether a bucket is named by an ARN. */
export function isArn(bucket: string): boolean {
	return bucket.startsWith("arn:");
}

/** Whether a text can be a bucket's name, or is the ARN of an access point that this package signs for. */
export function isBucket(bucket: string): boolean {
	return isArn(bucket) ? accessPoint.test(bucket) : name.test(bucket);
}

/** The form that {@link isBucket} requires, in words for an error. */
export function bucketForm(bucket: string): string {
	return isArn(bucket)
		? "the ARN of an access point with a region (those of many regions need another kind of signature)"
		: "3 to 255 letters, digits, dots, hyphens and underscores, with a letter or digit at both ends";
}

/** Whether a bucket can stand in a host name. */
// a dot would not match the wildcard certificate; upper-case letters become lower-case in host names
export function isHostLabel(bucket: string): boolean {
	return /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/.test(bucket);
}
