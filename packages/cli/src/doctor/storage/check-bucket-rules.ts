import {
	GetBucketLifecycleConfigurationCommand,
	type LifecycleRule,
	PutObjectCommand,
	S3Client,
	type S3ClientConfig,
} from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import type { S3ProviderOptions } from "@skyput/server/s3";
import { md5Of } from "../../digests.js";
import { describeAnswer } from "../../exchange.js";
import { uploadDays } from "../../policy/documents.js";
import { prefixOf } from "../../policy/keys.js";
import { exchange } from "../exchange.js";
import { type CheckResult, type Finding, finding } from "../finding.js";
import { recommend } from "../recommend.js";
import type { StorageTrial } from "./storage-trial.js";

/** The AWS SDK's client for what a provider has no call for. */
function clientOf(
	{ options }: StorageTrial,
	{ endpoint, credentials }: Pick<S3ProviderOptions, "endpoint" | "credentials">,
): S3Client {
	const { region = "us-east-1", forcePathStyle = endpoint !== undefined } = options;
	const { useAccelerateEndpoint, useDualstackEndpoint, useFipsEndpoint } = options;
	const all = {
		region,
		endpoint,
		credentials,
		forcePathStyle,
		useAccelerateEndpoint,
		useDualstackEndpoint,
		useFipsEndpoint,
		requestChecksumCalculation: "WHEN_REQUIRED",
		maxAttempts: 2,
	};
	const given = Object.entries(all).filter(([, value]) => value !== undefined);
	return new S3Client(Object.fromEntries(given) as S3ClientConfig);
}

/** Days until a rule aborts uploads below a prefix; undefined for a rule about something else. */
function daysFor(prefix: string, rule: LifecycleRule): number | undefined {
	const filter = rule.Filter?.Prefix ?? rule.Filter?.And?.Prefix ?? rule.Prefix ?? "";
	if (rule.Status !== "Enabled" || !(prefix.startsWith(filter) || filter.startsWith(prefix))) {
		return undefined;
	}
	return rule.AbortIncompleteMultipartUpload?.DaysAfterInitiation;
}

/** Compares the bucket's lifecycle rules with the time for which an upload can be resumed. */
export async function checkLifecycle(trial: StorageTrial): Promise<CheckResult> {
	const { capabilities, bucket } = trial.provider;
	const { multipart } = capabilities;
	const life = multipart === false ? 0 : multipart.uploadLife / 86_400;
	// the storage removes them itself
	if (life < uploadDays - 1) return { findings: [] };
	const client = clientOf(trial, trial.options);
	let rules: readonly LifecycleRule[] = [];
	try {
		const command = new GetBucketLifecycleConfigurationCommand({ Bucket: bucket });
		rules = (await client.send(command)).Rules ?? [];
	} catch (error) {
		const name = error instanceof Error ? error.name : String(error);
		if (name !== "NoSuchLifecycleConfiguration") {
			const needs =
				name === "AccessDenied" ? "; the role needs s3:GetLifecycleConfiguration for that" : "";
			return { findings: [], skipped: `the lifecycle rules could not be read (${name})${needs}` };
		}
	} finally {
		client.destroy();
	}
	const findings: Finding[] = [];
	const fix = recommend("lifecycle", trial);
	for (const prefix of new Set(trial.keySpaces.map(prefixOf))) {
		const days = rules.map((rule) => daysFor(prefix, rule)).filter((n) => n !== undefined);
		const shortest = Math.min(...days);
		const where = prefix === "" ? `of ${bucket}` : `below ${prefix}`;
		if (days.length === 0) {
			const seen = `No rule ${where} has AbortIncompleteMultipartUpload.`;
			findings.push(finding("lifecycle-missing", seen, fix));
		} else if (shortest < uploadDays) {
			const seen = `A rule removes parts ${where} after ${shortest} days; an upload can be resumed for ${uploadDays - 1}.`;
			findings.push(finding("lifecycle-too-short", seen, fix));
		}
	}
	return { findings };
}

/** Seconds that a URL that is about to expire has left, for the trial. */
const margin = 30;

/** Sends a URL that was signed as long ago as the rules let it live. */
export async function checkSignatureAge(trial: StorageTrial): Promise<readonly Finding[]> {
	const { rules, provider } = trial;
	const expiresIn = Math.max(300, ...rules.map((rule) => rule.expiresIn));
	const age = expiresIn - margin;
	const { options } = trial;
	const client = clientOf(trial, {
		endpoint: options.publicEndpoint ?? options.endpoint,
		credentials: options.signingCredentials ?? options.credentials,
	});
	try {
		const command = new PutObjectCommand({
			Bucket: provider.bucket,
			Key: trial.key("old"),
			ContentType: "text/plain",
			ContentMD5: md5Of("old").value,
		});
		const signingDate = new Date(Date.now() - age * 1000);
		const url = await getSignedUrl(client, command, { expiresIn, signingDate });
		const headers = { "content-type": "text/plain", "content-md5": md5Of("old").value };
		const answer = await exchange(url, { method: "PUT", headers, body: "old" });
		if (answer.status !== 403) return [];
		const seen = `A URL that lives ${expiresIn} seconds was refused ${age} seconds after it was signed: ${describeAnswer(answer)}.`;
		const fix = `Raise "s3:signatureAge" of the bucket policy to at least ${expiresIn * 1000} (milliseconds), or shorten expiresIn of the rules.`;
		return [finding("signature-age-limited", seen, fix)];
	} finally {
		client.destroy();
	}
}
