import { UploadError } from "@skyput/server";
import type { CapabilityCorrections, ProviderCapabilities } from "@skyput/server/provider";
import { denyUnsignedHeaders } from "@skyput/server/s3";
import { md5Of } from "../../digests.js";
import { prefixOf } from "../../policy/keys.js";
import { exchange } from "../exchange.js";
import { type CheckResult, type Finding, type FindingCode, finding } from "../finding.js";
import { probeFolder, type StorageTrial } from "./storage-trial.js";

/** The finding for an entry that the storage does not honour, by its section or path. */
const overstated: Readonly<Record<string, FindingCode>> = {
	createOnly: "create-only-not-enforced",
	checksums: "checksum-not-verified",
	enforce: "constraint-not-enforced",
	"multipart.equalParts": "equal-parts-required",
};

/** Whether less was found than is stated. */
function isLess(stated: unknown, found: unknown): boolean {
	if (Array.isArray(stated) && Array.isArray(found)) {
		return stated.some((algorithm) => !found.includes(algorithm));
	}
	return found === "none" || found === false || (stated === false && found === true);
}

/** Compares what a probe found with what the preset says. */
function compareCapabilities(
	stated: ProviderCapabilities,
	corrections: CapabilityCorrections,
): readonly Finding[] {
	const known = stated as unknown as Readonly<Record<string, unknown>>;
	const less: Finding[] = [];
	const understated: string[] = [];
	const fix = `s3Provider({ …, capabilities: ${JSON.stringify(corrections)} })`;
	for (const [section, entries] of Object.entries(corrections)) {
		// it has a check of its own
		if (section === "unsignedHeaders") continue;
		const isSection = typeof entries === "object" && entries !== null;
		const pairs = isSection ? Object.entries(entries) : [["", entries] as const];
		for (const [name, found] of pairs) {
			const old = isSection ? Object(known[section])[name] : known[section];
			const path = name === "" ? section : `${section}.${name}`;
			const said = `${path} is ${JSON.stringify(found)}, and the preset says ${JSON.stringify(old)}.`;
			// equal parts are the one capability of which false is the stronger
			const isWeaker =
				path === "multipart.equalParts" ? found === true : old !== false && isLess(old, found);
			if (!isWeaker) understated.push(said);
			else {
				const code = overstated[path] ?? overstated[section] ?? "capabilities-overstated";
				less.push(finding(code, said, fix));
			}
		}
	}
	return understated.length === 0
		? less
		: [...less, finding("capabilities-understated", understated.join(" "), fix)];
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
	const put = async (key: string, unsigned: Readonly<Record<string, string>>): Promise<number> => {
		const options = { expiresIn: 300, createOnly: false, checksum };
		const signed = await provider.signUpload({ key, size: null }, options);
		const headers = { ...signed.headers, ...unsigned };
		return (await exchange(signed.url, { method: "PUT", headers, body: "" })).status;
	};
	const secret = trial.key("secret");
	await put(secret, {});
	const accepted: string[] = [];
	for (const unsigned of attacks(`/${provider.bucket}/${secret}`)) {
		const key = trial.key("unsigned");
		if ((await put(key, unsigned)) === 200) accepted.push(...Object.keys(unsigned));
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

/** Tries what the storage enforces, and compares it with the preset. */
export async function checkBehaviour(trial: StorageTrial): Promise<CheckResult> {
	const { provider, keySpaces } = trial;
	if (!provider.probe) return { findings: [], skipped: "this provider has no probe" };
	let corrections: CapabilityCorrections;
	try {
		const prefix = `${prefixOf(keySpaces[0] ?? "*")}${probeFolder}`;
		corrections = await provider.probe(prefix, { print: () => undefined, questions: false });
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
