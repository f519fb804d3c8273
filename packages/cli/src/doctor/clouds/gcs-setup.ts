import type { GcsProviderOptions } from "@skyput/server/gcs";
import { exchange } from "../exchange.js";
import { type Finding, finding } from "../finding.js";
import { authorizeGcsCall } from "./authorize-gcs-call.js";
import type { CloudSetup } from "./cloud-setup.js";
import { gcsCorsFix } from "./cors-fix.js";

/** Days after which an upload in parts can no longer be resumed. */
const uploadDays = 30;

const lifecycle = JSON.stringify({
	lifecycle: {
		rule: [
			{ action: { type: "AbortIncompleteMultipartUpload" }, condition: { age: uploadDays } },
			{ action: { type: "Delete" }, condition: { age: uploadDays, matchesPrefix: [".skyput/"] } },
		],
	},
});

/** What Google calls a wrong set-up, and the commands that change it. */
export function gcsSetup(options: GcsProviderOptions): CloudSetup {
	const { bucket, credentials } = options;
	const url = `gs://${bucket}`;
	const account = "client_email" in credentials ? credentials.client_email : "ACCOUNT_OF_THE_KEY";
	const key =
		"secret" in credentials
			? `gcloud storage hmac create ${account}`
			: `gcloud iam service-accounts keys create key.json --iam-account=${account}`;
	const documented = `Use Google's service: what answers at ${options.endpoint ?? "its address"} does not do what Google documents.`;
	const lifecycleFix = `gcloud storage buckets update ${url} --lifecycle-file=lifecycle.json   with ${lifecycle}`;
	return {
		title: `Bucket ${bucket} of Google Cloud Storage`,
		refusals: {
			NoSuchBucket: ["bucket-not-found"],
			SignatureDoesNotMatch: ["credentials-refused"],
			InvalidSecurity: ["credentials-refused"],
			AuthenticationRequired: ["credentials-refused"],
			AccessDenied: ["permission-missing"],
			RequestTimeTooSkewed: ["clock-skewed"],
			ExpiredToken: ["clock-skewed"],
			MethodNotAllowed: ["upload-denied"],
		},
		fixes: {
			"bucket-not-found": `Correct bucket of gcsProvider, or: gcloud storage buckets create ${url}`,
			"credentials-refused": `Correct credentials of gcsProvider; a new key: ${key}`,
			"credentials-missing": "gcloud auth application-default login",
			"permission-missing": `gcloud storage buckets add-iam-policy-binding ${url} --member=serviceAccount:${account} --role=roles/storage.objectUser`,
			"create-only-not-enforced": documented,
			"checksum-not-verified": documented,
		},
		corsFix: (origins, needs) => gcsCorsFix(`${bucket}`, origins, needs),
		async checkLifecycle() {
			const { endpoint = "https://storage.googleapis.com" } = options;
			const call = `${endpoint}/${bucket}?lifecycle=`;
			const answer = await exchange(call, { headers: await authorizeGcsCall(call, credentials) });
			if (answer.status !== 200) {
				const look = `gcloud storage buckets describe ${url} --format="json(lifecycle_config)" shows them; they should be ${lifecycle}`;
				const why = `the lifecycle rules could not be read (${answer.status}); that needs storage.buckets.get. ${look}`;
				return { findings: [], skipped: why };
			}
			return { findings: compareRules(answer.text, lifecycleFix) };
		},
	};
}

/** Compares the rules about unfinished uploads with the time for which one can be resumed. */
function compareRules(xml: string, fix: string): readonly Finding[] {
	const rules = xml.match(/<Rule>.*?<\/Rule>/gs) ?? [];
	const aborting = rules.filter((rule) => rule.includes("AbortIncompleteMultipartUpload"));
	const days = aborting.map((rule) => Number(/<Age>(\d+)<\/Age>/.exec(rule)?.[1]));
	if (days.length === 0) {
		return [finding("lifecycle-missing", "No rule has AbortIncompleteMultipartUpload.", fix)];
	}
	const shortest = Math.min(...days);
	if (!(shortest < uploadDays)) return [];
	const seen = `A rule removes parts after ${shortest} days; an upload can be resumed for ${uploadDays}.`;
	return [finding("lifecycle-too-short", seen, fix)];
}
