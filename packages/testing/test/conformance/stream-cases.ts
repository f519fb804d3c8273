import { createHash } from "node:crypto";
import { digest } from "../../src/conformance/material.js";
import { sign, signingKey } from "../../src/s3-server/signature.js";
import { tampered, type Wire, type WireCase } from "./wire.js";

const sha256 = (data: string | Buffer): string => createHash("sha256").update(data).digest("hex");

const content = Buffer.alloc(100_000, "skyput ");
const chunkSize = 65_536;
const chunks = [content.subarray(0, chunkSize), content.subarray(chunkSize), Buffer.alloc(0)];

/** Sends signed chunks; `spoil` changes one signature. */
async function sendSigned(
	wire: Wire,
	key: string,
	spoil: (signature: string, index: number) => string,
): Promise<string> {
	const request = wire.signHeader("PUT", {
		key,
		payloadHash: "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
		headers: {
			"content-encoding": "aws-chunked",
			"x-amz-decoded-content-length": String(content.length),
		},
	});
	const date = request.headers["x-amz-date"] ?? "";
	const scope = `${date.slice(0, 8)}/${wire.target.region}/s3/aws4_request`;
	const signing = signingKey(wire.target.secretAccessKey, scope);
	let previous = /Signature=(.*)/.exec(request.headers["authorization"] ?? "")?.[1] ?? "";
	const framed = chunks.map((chunk, index) => {
		const text = ["AWS4-HMAC-SHA256-PAYLOAD", date, scope, previous, sha256(""), sha256(chunk)];
		previous = sign(signing, text.join("\n"));
		const head = `${chunk.length.toString(16)};chunk-signature=${spoil(previous, index)}\r\n`;
		return Buffer.concat([Buffer.from(head), chunk, Buffer.from("\r\n")]);
	});
	return (await wire.send(request, Buffer.concat(framed))).outcome;
}

/** Sends chunks with a trailing checksum, as the AWS SDKs send streams. */
async function sendTrailer(wire: Wire, key: string, checksum: string): Promise<string> {
	const request = wire.signHeader("PUT", {
		key,
		payloadHash: "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
		headers: {
			"content-encoding": "aws-chunked",
			"x-amz-decoded-content-length": String(content.length),
			"x-amz-sdk-checksum-algorithm": "CRC32",
			"x-amz-trailer": "x-amz-checksum-crc32",
		},
	});
	const framed = chunks.map((chunk) =>
		Buffer.concat([
			Buffer.from(`${chunk.length.toString(16)}\r\n`),
			chunk,
			Buffer.from(chunk.length > 0 ? "\r\n" : `x-amz-checksum-crc32:${checksum}\r\n\r\n`),
		]),
	);
	return (await wire.send(request, Buffer.concat(framed))).outcome;
}

const stored = async (wire: Wire, key: string): Promise<string> => {
	const get = await wire.call("GET", { key });
	if (get.status !== 200) return "nothing stored";
	return `${get.body.equals(content) ? "same" : "other"} bytes`;
};

const same = (signature: string): string => signature;

/** Cases about bodies in `aws-chunked` framing, which the AWS SDKs use for streams. */
export const streamCases: readonly WireCase[] = [
	{
		name: "a body of signed chunks is stored without its framing",
		refuses: false,
		expected: "200, same bytes",
		async run(wire) {
			const key = wire.key();
			return `${await sendSigned(wire, key, same)}, ${await stored(wire, key)}`;
		},
	},
	...[0, 1, 2].map(
		(spoiled): WireCase => ({
			name: `a body whose chunk ${spoiled + 1} of 3 has a changed signature is refused`,
			refuses: true,
			expected: "403 SignatureDoesNotMatch, nothing stored",
			async run(wire) {
				const key = wire.key();
				const outcome = await sendSigned(wire, key, (signature, index) =>
					index === spoiled ? tampered(signature) : signature,
				);
				return `${outcome}, ${await stored(wire, key)}`;
			},
		}),
	),
	{
		name: "a body of chunks with its checksum at the end is stored without its framing",
		refuses: false,
		expected: "200, same bytes",
		async run(wire) {
			const key = wire.key();
			const outcome = await sendTrailer(wire, key, digest("crc32", content).value);
			return `${outcome}, ${await stored(wire, key)}`;
		},
	},
	{
		name: "a body of chunks with another checksum at the end is refused",
		refuses: true,
		expected: "400 BadDigest, nothing stored",
		async run(wire) {
			const key = wire.key();
			const outcome = await sendTrailer(wire, key, digest("crc32", Buffer.from("a")).value);
			return `${outcome}, ${await stored(wire, key)}`;
		},
	},
];
