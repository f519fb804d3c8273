import { describe, expect, test } from "vitest";
import type { ChecksumAlgorithm } from "#protocol";
import {
	chooseMultipartChecksum,
	chooseSingleChecksum,
} from "../../src/operations/choose-checksum.js";

const none = { single: [], part: [], object: [], reported: [] } as const;
const every: readonly ChecksumAlgorithm[] = ["crc32", "crc32c", "crc64nvme", "md5", "sha256"];
const crc32 = { algorithm: "crc32", value: "AAAAAA==" } as const;
const kinds = ["single", "multipart", "digest"] as const;

describe("a single upload is verified", () => {
	test.each([
		[
			"by the digest that was sent, where the storage binds it",
			{ single: ["md5", "crc32"] },
			"signed crc32",
		],
		[
			"by another one that the client computes first",
			{ single: ["crc64nvme", "md5"] },
			"digest crc64nvme",
		],
		[
			"by a signed one rather than by one that is only reported",
			{ single: ["md5"], reported: ["crc32"] },
			"digest md5",
		],
		[
			"by the server, where the storage only reports the one that was sent",
			{ reported: ["crc32"] },
			"reported crc32",
		],
		[
			"by the server, once the client has computed the one that is reported",
			{ reported: ["crc64nvme"] },
			"digest crc64nvme",
		],
		["by nobody, where nothing is known of the storage", {}, "undefined undefined"],
		[
			"by nobody where only parts and commits are",
			{ part: ["md5"], object: ["crc32"] },
			"undefined undefined",
		],
	] as const)("%s", (_, checksums, expected) => {
		const { stage, algorithm, checksum } = chooseSingleChecksum(
			{ ...none, ...checksums },
			{ algorithms: every, checksums: [crc32], kinds },
		);
		expect(`${stage} ${algorithm}`).toBe(expected);
		expect(checksum).toEqual(stage === "signed" ? crc32 : undefined);
	});

	test.each([
		["that cannot compute it", ["crc32"], kinds],
		["that has computed one for this upload already", every, ["single", "multipart"]],
		["that digests nothing", undefined, kinds],
	] as const)("without another digest by a client %s", (_, algorithms, kinds) => {
		const { stage } = chooseSingleChecksum(
			{ ...none, single: ["md5"] },
			{ algorithms, checksums: [crc32], kinds },
		);
		expect(stage).toBeUndefined();
	});
});

describe("a multipart upload is verified", () => {
	test.each([
		[
			"at the commit, rather than by part",
			{ object: ["crc32"], part: ["md5"] },
			every,
			"object crc32",
		],
		[
			"by part, rather than afterwards",
			{ part: ["md5"], reported: ["crc64nvme"] },
			every,
			"part md5",
		],
		[
			"by the server afterwards, where the storage only reports",
			{ reported: ["crc64nvme"] },
			every,
			"reported crc64nvme",
		],
		[
			"by the first that the client computes",
			{ object: ["crc64nvme", "crc32"] },
			["crc32"],
			"object crc32",
		],
		[
			"by part where the client computes no digest of the whole",
			{ object: ["crc32"], part: ["md5"] },
			["md5"],
			"part md5",
		],
		[
			"by nothing that no parts combine to",
			{ object: ["sha256"], reported: ["sha256"] },
			every,
			"undefined undefined",
		],
		["by nobody, where nothing is known of the storage", {}, every, "undefined undefined"],
		[
			"by nobody where the client digests nothing",
			{ object: ["crc32"], part: ["md5"] },
			undefined,
			"undefined undefined",
		],
	] as const)("%s", (_, checksums, algorithms, expected) => {
		const { stage, algorithm } = chooseMultipartChecksum({ ...none, ...checksums }, algorithms);
		expect(`${stage} ${algorithm}`).toBe(expected);
	});
});

describe("a storage that requires digests", () => {
	const locked = { ...none, single: ["crc32", "md5"], part: ["md5"], object: ["crc32"] } as const;
	const required = { ...locked, reported: ["crc64nvme"], required: true } as const;

	test("gets one with every part, also from a client that wants no checksum", () => {
		for (const algorithms of [every, undefined]) {
			expect(chooseMultipartChecksum(required, algorithms)).toEqual({
				stage: "part",
				algorithm: "md5",
			});
		}
	});

	test("gets one with a single body, also from a client that wants no checksum", () => {
		expect(chooseSingleChecksum(required, { kinds })).toEqual({
			stage: "digest",
			algorithm: "crc32",
		});
		expect(chooseSingleChecksum(required, { checksums: [crc32], kinds })).toMatchObject({
			stage: "signed",
		});
	});

	test("is unsupported for a client that can send none, by a sentence that names Content-MD5", () => {
		const old = { algorithms: ["sha256"], kinds: ["single", "multipart"] } as const;
		const refusal = expect.objectContaining({
			code: "unsupported",
			message: expect.stringContaining("Content-MD5"),
		});
		expect(() => chooseSingleChecksum(required, old)).toThrow(refusal);
		expect(() => chooseSingleChecksum(required, { kinds: ["single"] })).toThrow(refusal);
		expect(() => chooseMultipartChecksum(required, old.algorithms)).toThrow(refusal);
	});
});
