import { UploadError } from "@skyput/server";
import type { CapabilityCorrections, ProviderCapabilities } from "@skyput/server/provider";
import { denyUnsignedHeaders } from "@skyput/server/s3";
import { exchange } from "../../exchange.js";
import { type Finding, type FindingCode, finding } from "../finding.js";
import { prefixOf, probeFolder, type StorageTrial } from "./storage-trial.js";
import { md5Of } from "./try-upload.js";

/** The finding for an entry that the storage does not honour, by its section. */
const overstated: Readonly<Record<string, FindingCode>> = {
	createOnly: "create-only-not-enforced",
	checksums: "checksum-not-verified",
	enforce: "constraint-not-enforced",
	multipart: "equal-parts-required",
};

/** Whether less was found than is stated. */
function isLess(stated: unknown, found: unknown): boolean {
	if (Array.isArray(stated) && Array.isArray(found)) {
		return stated.some((algorithm) => !found.includes(algorithm));
	}
	return found === "none" || found === false || (stated === false && found === true);
}

/** The line to write for some corrections. */
const optionFor = (capabilities: object): string =>
	`s3Provider({ …, capabilities: ${JSON.stringify(capabilities)} })`;

/** Compares what a probe found with what the preset says: a finding for each section of which less holds. */
function compareCapabilities(
	stated: ProviderCapabilities,
	corrections: CapabilityCorrections,
): readonly Finding[] {
	const known = stated as unknown as Readonly<Record<string, unknown>>;
	const findings: Finding[] = [];
	const more: Record<string, unknown> = {};
	const said: string[] = [];
	for (const [section, corrected] of Object.entries(corrections)) {
		// it has a check of its own
		if (section === "unsignedHeaders") continue;
		const isSection = typeof corrected === "object" && corrected !== null;
		const entries = isSection ? Object.entries(corrected) : [[section, corrected] as const];
		const oldOf = (name: string): unknown =>
			isSection ? Object(known[section])[name] : known[name];
		const isWeaker = ([name, found]: readonly [string, unknown]): boolean =>
			// equal parts are the one capability of which false is the stronger
			section === "multipart"
				? found === true
				: oldOf(name) !== false && isLess(oldOf(name), found);
		const sentence = ([name, found]: readonly [string, unknown]): string =>
			`${isSection ? `${section}.${name}` : section} is ${JSON.stringify(found)}, and the preset says ${JSON.stringify(oldOf(name))}.`;
		const block = (some: typeof entries): unknown =>
			isSection ? Object.fromEntries(some) : corrected;
		const weaker = entries.filter(isWeaker);
		const stronger = entries.filter((entry) => !isWeaker(entry));
		if (weaker.length > 0) {
			const code = overstated[section] ?? "capabilities-overstated";
			const seen = weaker.map(sentence).join(" ");
			findings.push(finding(code, seen, optionFor({ [section]: block(weaker) })));
		}
		if (stronger.length > 0) more[section] = block(stronger);
		said.push(...stronger.map(sentence));
	}
	if (said.length === 0) return findings;
	return [...findings, finding("capabilities-understated", said.join(" "), optionFor(more))];
}

/** What a trial of headers that nobody signed sends; one needs an object that exists. */
const attacks = (source: string): readonly Readonly<Record<string, string>>[] => [
	{ "x-amz-copy-source": source },
	{ "x-amz-acl": "public-read" },
	{ "x-amz-grant-read": 'uri="http://acs.amazonaws.com/groups/global/AllUsers"' },
];

/** Tries what a policy has to deny. @returns the names of headers that were accepted */
async function acceptedHeaders(trial: StorageTrial): Promise<readonly string[]> {
	const { provider } = trial;
	const checksum = provider.capabilities.checksums.required ? md5Of("") : undefined;
	const put = async (key: string, more: Readonly<Record<string, string>>): Promise<number> => {
		const options = { expiresIn: 300, createOnly: false, checksum };
		const signed = await provider.signUpload({ key, size: null }, options);
		const headers = { ...signed.headers, ...more };
		return (await exchange(signed.url, { method: "PUT", headers, body: "" })).status;
	};
	const secret = trial.key("secret");
	await put(secret, {});
	const accepted: string[] = [];
	for (const more of attacks(`/${provider.bucket}/${secret}`)) {
		const key = trial.key("unsigned");
		if ((await put(key, more)) === 200) accepted.push(...Object.keys(more));
		// published for as long as the request takes
		await provider.delete(key).catch(() => undefined);
	}
	return accepted;
}

/** Looks for headers that nobody signed, where the storage takes them and the operator has not accepted it. */
async function checkUnsigned(trial: StorageTrial): Promise<readonly Finding[]> {
	const { provider } = trial;
	if (provider.unsignedHeaders === "accepted") return [];
	const accepted = await acceptedHeaders(trial);
	if (accepted.length === 0 && provider.unsignedHeaders === "denied-by-policy") return [];
	const which = accepted.length > 0 ? accepted.join(", ") : "x-amz-* headers without a signature";
	const statements = denyUnsignedHeaders(
		"THE_ARN_OF_THE_USER_WHOSE_KEYS_SIGN",
		`arn:aws:s3:::${provider.bucket}/*`,
	);
	const fix = `Bucket policy, then unsignedHeaders: "denied-by-policy": ${JSON.stringify(statements)}`;
	return [finding("unsigned-headers-accepted", `The storage takes ${which}.`, fix)];
}

/** What the trial of the bucket's behaviour came to. */
export interface BehaviourResult {
	readonly findings: readonly Finding[];
	/** Why it could not be tried; undefined where it was. */
	readonly skipped?: string;
}

/** Tries what the storage enforces, and compares it with the preset. */
export async function checkBehaviour(trial: StorageTrial): Promise<BehaviourResult> {
	const { provider, keySpaces } = trial;
	if (!provider.probe) return { findings: [], skipped: "this provider has no probe" };
	let corrections: CapabilityCorrections;
	try {
		const prefix = `${prefixOf(keySpaces[0] ?? "*")}${probeFolder}`;
		corrections = await provider.probe(prefix, { print: () => undefined });
	} catch (error) {
		if (!(error instanceof UploadError)) throw error;
		return { findings: [], skipped: error.reason };
	}
	const { capabilities } = provider;
	const unsigned = corrections.unsignedHeaders ?? capabilities.unsignedHeaders;
	return {
		findings: [
			...compareCapabilities(capabilities, corrections),
			...(unsigned === "accepted" ? await checkUnsigned(trial) : []),
		],
	};
}
