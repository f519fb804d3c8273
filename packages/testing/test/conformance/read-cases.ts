import { createHash } from "node:crypto";
import { type Signing, textOf, type Wire, type WireCase } from "./wire.js";

const body = Buffer.from("0123456789abcdef");
const md5 = (bytes: Buffer): string => createHash("md5").update(bytes).digest("base64");

/** The outcome of a signed GET of a stored object. */
async function getWith(wire: Wire, signing: Signing): Promise<string> {
	const key = wire.key();
	await wire.put(key, body, { "content-type": "text/plain" });
	const get = await wire.send(wire.presign("GET", { key, ...signing }));
	return get.status < 300 ? `${get.outcome} ${get.body}` : get.outcome;
}

/** Cases about reading, listing and deleting objects. */
export const readCases: readonly WireCase[] = [
	{
		name: "a range of an object is read",
		refuses: false,
		expected: "206 2345",
		run: (wire) => getWith(wire, { headers: { range: "bytes=2-5" } }),
	},
	{
		name: "the last bytes of an object are read",
		refuses: false,
		expected: "206 def",
		run: (wire) => getWith(wire, { headers: { range: "bytes=-3" } }),
	},
	{
		// recorded on AWS by LocalStack: test_s3.py, test_invalid_range_error, 2026-02-21
		name: "a range beyond the end is refused",
		refuses: true,
		expected: "416 InvalidRange",
		run: (wire) => getWith(wire, { headers: { range: "bytes=16-" } }),
	},
	{
		name: "a GET with the current ETag in If-None-Match gets 304",
		refuses: false,
		expected: "304",
		run: (wire) =>
			getWith(wire, {
				headers: { "if-none-match": `"${Buffer.from(md5(body), "base64").toString("hex")}"` },
			}),
	},
	{
		// recorded on AWS by LocalStack: test_s3.py, test_precondition_failed_error, 2026-02-21
		name: "reading another version than the one named is refused",
		refuses: true,
		expected: "412 PreconditionFailed",
		run: (wire) => getWith(wire, { headers: { "if-match": '"0123"' } }),
	},
	...(
		[
			["=?UTF-8?Q?actually-ascii?=", "actually-ascii"],
			["=?UTF-8?B?YWJj?=", "abc"],
			["=?UTF-8?Q?=C3=84M=C3=84Z=C3=95=C3=91_S3?=", "=?UTF-8?Q?=C3=84M=C3=84Z=C3=95=C3=91_S3?="],
			["=?UTF-8?B?AAECAw==?=", "=?UTF-8?B?AAECAw==?="],
		] as const
	).map(
		([stored, returned]): WireCase => ({
			// recorded on AWS by LocalStack: test_s3.py, test_user_metadata_rfc2047_encoded, 2026-02-21
			name: `the metadata ${stored} ${stored === returned ? "comes back unchanged" : "comes back decoded"}`,
			refuses: false,
			expected: returned,
			async run(wire) {
				const key = wire.key();
				await wire.put(key, body, { "x-amz-meta-word": stored });
				return (await wire.call("HEAD", { key })).headers["x-amz-meta-word"] ?? "none";
			},
		}),
	),
	{
		// recorded on AWS by LocalStack: test_s3.py, test_s3_get_object_preconditions, 2026-02-21
		name: "a GET ignores missing quotes, and an If-Modified-Since in the future",
		refuses: false,
		expected: "304, 200 0123456789abcdef",
		async run(wire) {
			const current = Buffer.from(md5(body), "base64").toString("hex");
			const tomorrow = new Date(Date.now() + 86_400_000).toUTCString();
			const unquoted = await getWith(wire, { headers: { "if-none-match": current } });
			return `${unquoted}, ${await getWith(wire, { headers: { "if-modified-since": tomorrow } })}`;
		},
	},
	{
		name: "a presigned GET overrides type and disposition",
		refuses: false,
		expected: "text/x-new, attachment",
		async run(wire) {
			const key = wire.key();
			await wire.put(key, body);
			const query = {
				"response-content-type": "text/x-new",
				"response-content-disposition": "attachment",
			};
			const { headers } = await wire.send(wire.presign("GET", { key, query }));
			return `${headers["content-type"]}, ${headers["content-disposition"]}`;
		},
	},
	{
		name: "reading a key without an object is refused",
		refuses: true,
		expected: "404 NoSuchKey, 404",
		async run(wire) {
			const key = wire.key();
			const get = await wire.call("GET", { key });
			return `${get.outcome}, ${(await wire.call("HEAD", { key })).outcome}`;
		},
	},
	{
		// verified on AWS by moto: test_s3_conditionals.py, test_put_object_if_match
		name: "If-Match of a PUT ignores quotes, also where one is missing",
		refuses: false,
		expected: "200, 200, 200",
		async run(wire) {
			const key = wire.key();
			const hex = Buffer.from(md5(body), "base64").toString("hex");
			await wire.put(key, body);
			const outcomes: string[] = [];
			for (const etag of [`"${hex}"`, hex, `${hex}"`]) {
				const headers = { "if-match": etag };
				outcomes.push((await wire.send(wire.presign("PUT", { key, headers }), body)).outcome);
			}
			return outcomes.join(", ");
		},
	},
	{
		name: "deleting a missing object succeeds",
		refuses: false,
		expected: "204, 204, 404",
		async run(wire) {
			const key = wire.key();
			await wire.put(key, body);
			const first = await wire.call("DELETE", { key });
			const second = await wire.call("DELETE", { key });
			return `${first.outcome}, ${second.outcome}, ${(await wire.call("HEAD", { key })).outcome}`;
		},
	},
	{
		// recorded on AWS by LocalStack: test_s3_api.py, test_delete_object_if_match_non_express, 2026-02-21
		name: "deleting another version than the one named is refused",
		refuses: true,
		expected: "412 PreconditionFailed",
		async run(wire) {
			const key = wire.key();
			await wire.put(key, body);
			return (await wire.call("DELETE", { key, headers: { "if-match": '"0123"' } })).outcome;
		},
	},
	{
		name: "DeleteObjects deletes several objects",
		refuses: false,
		expected: "200, 404, 404",
		async run(wire) {
			const keys = [wire.key(), wire.key()];
			for (const key of keys) await wire.put(key, body);
			const entries = keys.map((key) => `<Object><Key>${key}</Key></Object>`).join("");
			const document = `<Delete>${entries}</Delete>`;
			const headers = { "content-md5": md5(Buffer.from(document)) };
			const done = await wire.call("POST", { query: { delete: "" }, headers }, document);
			const left = await Promise.all(keys.map((key) => wire.call("HEAD", { key })));
			return [done.outcome, ...left.map(({ outcome }) => outcome)].join(", ");
		},
	},
	{
		name: "objects are listed by prefix and delimiter, page after page",
		refuses: false,
		expected: "a, b/, c",
		async run(wire) {
			const prefix = `${wire.key()}/`;
			for (const name of ["a", "b/1", "b/2", "c"]) await wire.put(`${prefix}${name}`, body);
			const names: string[] = [];
			let token: string | undefined;
			do {
				const page = await wire.call("GET", {
					query: {
						"list-type": "2",
						prefix,
						delimiter: "/",
						"max-keys": "1",
						...(token === undefined ? {} : { "continuation-token": token }),
					},
				});
				const text = page.body.toString("utf8");
				const found = [...text.matchAll(/<(?:Key|CommonPrefixes><Prefix)>([^<]*)</g)];
				names.push(...found.map(([, name = ""]) => name.slice(prefix.length)));
				token = textOf(page, "NextContinuationToken");
			} while (token !== undefined && names.length < 9);
			return names.join(", ");
		},
	},
];
