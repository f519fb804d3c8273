import { refuseUnknownOptions } from "../../check-options.js";
import {
	clean,
	failed,
	infected,
	namedStep,
	type Step,
	type StepResult,
	unscannable,
} from "../step.js";

/** Where GuardDuty's results are found. */
export interface GuardDutyOptions {
	/**
	 * Reads the tag `GuardDutyMalwareScanStatus` where no event of a scan has arrived. Whoever may tag the object can
	 * set it: allow `s3:PutObjectTagging` to GuardDuty and the object handler alone. @default true
	 */
	readonly tag?: boolean | undefined;
}

const tagName = "GuardDutyMalwareScanStatus";

/**
 * Makes a step that takes the result of GuardDuty's Malware Protection for S3: from its event "GuardDuty Malware
 * Protection Object Scan Result", or from the object's tag. Until there is one, the object waits. What GuardDuty
 * does not look into (passwords, its quotas of size, files and depth) is `unscannable`; a scan that failed, and every
 * result that is not known here, `failed`.
 *
 * @param options - Whether the tag counts.
 * @returns The step, for the option `steps` of an object handler.
 * @throws TypeError for an unknown option.
 */
export function guardDuty(options: GuardDutyOptions = {}): Step {
	refuseUnknownOptions(options, ["tag"]);
	const { tag = true } = options;
	return namedStep("guardDuty", async ({ scanReport, tags }) => {
		if (scanReport) {
			const { status, result = status, threats } = scanReport;
			const isUnfinished = result === "NO_THREATS_FOUND" && status !== "COMPLETED";
			return resultOf(isUnfinished ? status : result, threats);
		}
		const result = tag ? (await tags?.())?.[tagName] : undefined;
		if (result !== undefined) return resultOf(result);
		return { verdict: "pending", reason: "no-scan-yet", detail: "GuardDuty has not reported yet." };
	});
}

/** https://docs.aws.amazon.com/guardduty/latest/ug/monitoring-malware-protection-s3-scans-gdu.html */
function resultOf(result: string, threats: readonly string[] = []): StepResult {
	const facts = { guardDuty: plain(result) };
	switch (result) {
		case "NO_THREATS_FOUND":
			return clean(facts);
		case "THREATS_FOUND":
			return infected(
				"malware",
				`GuardDuty found ${plain(threats.join(", ")) || "malware"}.`,
				facts,
			);
		case "UNSUPPORTED":
			return unscannable(
				"scan-limit",
				"GuardDuty does not look into this file: it has a password, or is beyond a quota.",
				facts,
			);
		case "ACCESS_DENIED":
			return failed(
				"scanner-error",
				"GuardDuty may not read the object. Look at the role of its protection plan.",
				facts,
			);
		default:
			return failed(
				"scanner-error",
				`GuardDuty could not scan the object (${plain(result)}).`,
				facts,
			);
	}
}

const plain = (text: string): string => text.replace(/[^\w .,:/-]/g, "_").slice(0, 200);
