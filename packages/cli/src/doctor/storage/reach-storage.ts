import { UploadError } from "@skyput/server";
import { type Finding, type FindingCode, finding } from "../finding.js";
import type { StorageTrial } from "./storage-trial.js";

/** How the storage names a refusal that concerns the set-up. */
const byName: Readonly<Record<string, FindingCode>> = {
	NoSuchBucket: "bucket-not-found",
	SignatureDoesNotMatch: "credentials-refused",
	InvalidAccessKeyId: "credentials-refused",
	InvalidToken: "credentials-refused",
	InvalidClientTokenId: "credentials-refused",
	CredentialsProviderError: "credentials-missing",
	RequestTimeTooSkewed: "clock-skewed",
	RequestInTheFuture: "clock-skewed",
	RequestExpired: "clock-skewed",
	PermanentRedirect: "region-wrong",
	AuthorizationHeaderMalformed: "region-wrong",
	IllegalLocationConstraintException: "region-wrong",
};

const namesOf = (error: unknown): string[] =>
	error instanceof Error
		? [error.name, String(Object(error).code ?? ""), ...namesOf(error.cause)]
		: [];

/** The finding behind an error of the provider; undefined for one that is not about reaching the bucket. */
export function reachFinding(error: unknown, { options }: StorageTrial): Finding | undefined {
	if (!(error instanceof UploadError)) return undefined;
	const { bucket = "", region } = options;
	const message = error.reason;
	const names = namesOf(error.cause);
	const code = names.map((name) => byName[name]).find((known) => known !== undefined);
	if (error.values?.["seconds"] !== undefined) return finding("clock-skewed", message);
	if (error.values?.["actualRegion"] !== undefined || code === "region-wrong") {
		const actual = error.values?.["actualRegion"] ?? "the bucket's region";
		return finding("region-wrong", message, `region: "${actual}"   (AWS_REGION_NAME=${actual})`);
	}
	if (code === "bucket-not-found") {
		const make = `aws s3api create-bucket --bucket ${bucket}${region ? ` --region ${region}` : ""}`;
		return finding(code, message, `Correct the name, or create the bucket: ${make}`);
	}
	if (code === "credentials-missing" || /no credentials/.test(message)) {
		const seen =
			"No credentials were found in the environment, a profile, or a role of this machine.";
		return finding("credentials-missing", seen);
	}
	if (code) return finding(code, message);
	if (error.code === "storage-unavailable") {
		const [host = options.endpoint ?? "AWS"] = names.filter((name) => /^E[A-Z_]+$/.test(name));
		const why = `${options.endpoint ?? "AWS"} gave no usable answer (${host}).`;
		return finding("storage-unreachable", why);
	}
	return undefined;
}

/**
 * Makes one call with the server's credentials.
 *
 * @returns What keeps the bucket from being reached; undefined where it can be.
 */
export async function reachStorage(trial: StorageTrial): Promise<Finding | undefined> {
	const { provider } = trial;
	try {
		// reads the credentials
		await provider.signUpload({ key: "none", size: 0 }, { expiresIn: 60, createOnly: false });
		// of a key that is free; without s3:ListBucket it is refused, which is an answer too
		await provider.listParts({ key: trial.key("none"), id: "none" }, {});
	} catch (error) {
		return reachFinding(error, trial);
	}
	return undefined;
}
