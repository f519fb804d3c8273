import type { ServiceBehaviour } from "./compatibility.js";
import { S3Error } from "./s3-error.js";

/** The only valid credentials, and the region they are valid in. */
export interface AuthRules {
	readonly accessKeyId: string;
	readonly secretAccessKey: string;
	readonly region: string;
	readonly behaviour: Pick<ServiceBehaviour, "acceptsUnsignedHeaders">;
}

/** The credential and the date of a signature. */
export interface SigningScope {
	/** `accessKeyId/date/region/service/aws4_request`. */
	readonly credential: string;
	/** `yyyyMMddTHHmmssZ`. */
	readonly amzDate: string;
}

const dateForm = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/;

/** Parses `yyyyMMddTHHmmssZ`; undefined for anything else. */
export function parseAmzDate(text: string): Date | undefined {
	const date = new Date(text.replace(dateForm, "$1-$2-$3T$4:$5:$6Z"));
	return dateForm.test(text) && !Number.isNaN(date.getTime()) ? date : undefined;
}

/**
 * Checks access key, date, region and service of a credential.
 *
 * @returns the credential scope: the credential without its access key
 */
export function checkScope(
	{ credential, amzDate }: SigningScope,
	rules: AuthRules,
	inQuery: boolean,
): string {
	const malformed = (problem: string, details = {}): S3Error =>
		inQuery
			? new S3Error(
					"AuthorizationQueryParametersError",
					`Error parsing the X-Amz-Credential parameter; ${problem}`,
					details,
				)
			: new S3Error(
					"AuthorizationHeaderMalformed",
					`The authorization header is malformed; ${problem}`,
					details,
				);
	const parts = credential.split("/");
	// access keys may contain slashes: count from the end
	const [date, region, service, terminal] = parts.slice(-4);
	if (parts.length < 5 || terminal !== "aws4_request") {
		throw malformed(
			'the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".',
		);
	}
	if (date !== amzDate.slice(0, 8)) {
		throw malformed(
			`Invalid credential date "${date}". This date is not the same as X-Amz-Date: "${amzDate.slice(0, 8)}".`,
		);
	}
	if (region !== rules.region) {
		throw malformed(`the region '${region}' is wrong; expecting '${rules.region}'`, {
			Region: rules.region,
		});
	}
	if (service !== "s3") {
		throw malformed(`incorrect service "${service}". This endpoint belongs to "s3".`);
	}
	const accessKeyId = parts.slice(0, -4).join("/");
	if (accessKeyId !== rules.accessKeyId) {
		throw new S3Error(
			"InvalidAccessKeyId",
			"The AWS Access Key Id you provided does not exist in our records.",
			{ AWSAccessKeyId: accessKeyId },
		);
	}
	return parts.slice(-4).join("/");
}
