import { createHash } from "node:crypto";
import { UploadError } from "../../errors.js";
import type { PresignProvider } from "../../provider.js";
import type { Keys } from "./probe-objects.js";
import { digestOf, fetchOnce, type Prober } from "./probe-requests.js";
import type { UnsignedRequest } from "./requests.js";

/** What the questions are asked with. */
export interface QuestionBench {
	readonly provider: PresignProvider;
	readonly prober: Prober;
	readonly key: Keys;
	/** Of a page that the bucket's CORS rules allow. */
	readonly origin: string;
	/** Signs a request. @param ahead - Seconds by which its date is ahead. */
	sign(request: UnsignedRequest, ahead?: number): Promise<string>;
}

/** By what is asked; each resolves with the answer in words. */
type Questions = Readonly<Record<string, (bench: QuestionBench) => Promise<string>>>;

const body = "body";
/** Buckets with Object Lock want it. */
const digest = { "content-md5": createHash("md5").update(body).digest("base64") };
const createOnly = { ...digest, "if-none-match": "*" };
const parts = [Buffer.from(body)];

/** Writers at once to one key. */
const writers = 10;

/** Sends a request and drops what it is answered with. */
async function request(url: string, init: RequestInit): Promise<Response> {
	const response = await fetchOnce(url, init);
	await response.body?.cancel();
	return response;
}

async function put(
	{ sign }: Pick<QuestionBench, "sign">,
	key: string,
	{
		query = {},
		headers = {},
		unsigned = {},
	}: Partial<Record<"query" | "headers" | "unsigned", Record<string, string>>>,
): Promise<Response> {
	const url = await sign({ method: "PUT", key, query, headers });
	return await request(url, { method: "PUT", body, headers: { ...headers, ...unsigned } });
}

/** Tells the status of an answer and whether a page may read it. */
const cors = ({ status, headers }: Response): string =>
	`${status} ${headers.has("access-control-allow-origin") ? "with" : "without"} CORS headers`;

/**
 * What nobody has recorded of AWS, as docs/aws.md lists it. Left out are the answers that take hours: to a URL of an
 * expired session, and how long a repeated Complete succeeds.
 */
const questions: Questions = {
	async "a 200, to compare"({ prober, sign, key, origin }) {
		const kept = key("page");
		await prober.put(kept, body);
		const url = await sign({ method: "GET", key: kept, query: {}, headers: {} });
		return cors(await request(url, { headers: { origin } }));
	},

	async "a 403"({ sign, key, origin }) {
		const url = await sign({ method: "PUT", key: key("unsigned"), query: {}, headers: {} });
		const [unsigned = ""] = url.split("?");
		return cors(await request(unsigned, { method: "PUT", body, headers: { origin } }));
	},

	async "a 404"({ sign, key, origin }) {
		const url = await sign({ method: "GET", key: key("missing"), query: {}, headers: {} });
		return cors(await request(url, { headers: { origin } }));
	},

	async "a 412"(bench) {
		const taken = bench.key("taken");
		await bench.prober.put(taken, body);
		return cors(
			await put(bench, taken, { headers: createOnly, unsigned: { origin: bench.origin } }),
		);
	},

	async "a 409 to a Complete, after a DELETE of an object"({
		prober,
		provider,
		sign,
		key,
		origin,
	}) {
		const deleted = key("deleted");
		await prober.put(deleted, body);
		let answer = "";
		await prober.upload(deleted, parts, {
			createOnly: true,
			async beforeCommit(ref, [part]) {
				await provider.delete(deleted);
				const headers = { "if-none-match": "*" };
				const query = { uploadId: ref.id };
				const url = await sign({ method: "POST", key: deleted, query, headers });
				const list = `<Part><PartNumber>1</PartNumber><ETag>${part?.receipt}</ETag></Part>`;
				const document = `<CompleteMultipartUpload>${list}</CompleteMultipartUpload>`;
				const init = { method: "POST", body: document, headers: { ...headers, origin } };
				answer = cors(await request(url, init));
			},
		});
		return answer;
	},

	async "two PUTs that sign If-None-Match, Cache-Control, Content-Length and metadata"(bench) {
		const { provider, key } = bench;
		const spec = {
			key: key("signed"),
			size: body.length,
			cacheControl: "no-store",
			metadata: { a: "b" },
		};
		const checksum = digestOf("md5", Buffer.from(body));
		const signed = await provider.signUpload(spec, { expiresIn: 300, createOnly: true, checksum });
		const init = { method: "PUT", body, headers: signed.headers };
		const first = await request(signed.url, init);
		return `${first.status}, ${(await request(signed.url, init)).status}`;
	},

	async "a Complete without part checksums of an upload with FULL_OBJECT"({ prober, key }) {
		const checksum = digestOf("crc32", Buffer.from(body));
		return await prober.upload(key("whole"), parts, checksum && { checksum });
	},

	async "a Complete after a DELETE of a key without an object"({ prober, provider, key }) {
		const free = key("free");
		const beforeCommit = async (): Promise<void> => provider.delete(free);
		return await prober.upload(free, parts, { createOnly: true, beforeCommit });
	},

	async "the same Complete again, at once"({ prober, provider, key }) {
		const repeated = key("repeated");
		const spec = { key: repeated, size: body.length };
		return await prober.upload(repeated, parts, {
			async beforeCommit(ref, commit) {
				await provider.completeMultipart(ref, commit, { spec, createOnly: false });
			},
		});
	},

	async "a HEAD of a missing key"({ provider, key }) {
		return (await provider.head(key("absent"))) ? "200" : "404";
	},

	async "a second PUT with a lower-case if-none-match in the query"(bench) {
		const taken = bench.key("query");
		const options = { query: { "if-none-match": "*" }, headers: digest };
		await put(bench, taken, options);
		return `${(await put(bench, taken, options)).status}`;
	},

	async "a date 14 minutes ahead, and 16"({ prober, sign, key }) {
		const kept = key("early");
		await prober.put(kept, body);
		const statuses = [14, 16].map(async (minutes) => {
			const url = await sign({ method: "GET", key: kept, query: {}, headers: {} }, minutes * 60);
			return (await request(url, {})).status;
		});
		return (await Promise.all(statuses)).join(", ");
	},

	async "10 PUTs at once that sign If-None-Match"(bench) {
		const key = bench.key("race");
		const answers = Array.from({ length: writers }, () => put(bench, key, { headers: createOnly }));
		return (await Promise.all(answers))
			.map(({ status }) => status)
			.toSorted()
			.join(", ");
	},
};

/** Asks all questions in turn, and prints each answer. */
export async function askQuestions(
	bench: QuestionBench,
	print: (line: string) => void,
): Promise<void> {
	for (const [question, probe] of Object.entries(questions)) {
		const answer = await probe(bench).catch((error) => {
			if (!(error instanceof UploadError)) throw error;
			return error.code === "forbidden" ? "403" : `${error.code}: ${error.message}`;
		});
		print(`${question}: ${answer}`);
	}
}
