/** As packages/server/test/defences.mjs, for the client. */
export const defences = [
	{
		defence: "a plan sends PUT only",
		file: "src/http/send.ts",
		search: 'method !== "PUT"',
		replace: 'method === ""',
		test: "test/end-to-end/hostile-endpoint.test.ts",
		name: "a plan with %s and headers %o is not carried out",
	},
	{
		defence: "a plan sets no header that browsers forbid",
		file: "src/http/send.ts",
		search: "Object.keys(headers).find((name) => forbiddenHeader.test(name))",
		replace: "undefined",
		test: "test/end-to-end/hostile-endpoint.test.ts",
		name: "a plan with %s and headers %o is not carried out",
	},
	{
		defence: "a plan names URLs of http and https only",
		file: "src/http/send.ts",
		search: "/^https?:\\/\\//i.test(url)",
		replace: "true",
		test: "test/end-to-end/hostile-endpoint.test.ts",
		name: "a plan for %s is not carried out",
	},
	{
		defence: "a download URL has http or https",
		file: "src/object-calls.ts",
		search: "if (/^https?:\\/\\//i.test(url)) return url;",
		replace: "if (url !== undefined) return url;",
		test: "test/end-to-end/hostile-endpoint.test.ts",
		name: "a download URL of %j is not handed to the app",
	},
	{
		defence: "a plan has at most 50,000 parts",
		file: "src/multipart/part.ts",
		search: "(plan.partCount ?? 0) <= maxParts &&",
		replace: "",
		test: "test/end-to-end/hostile-endpoint.test.ts",
		name: "a plan of millions of parts is refused before a part is made",
	},
	{
		defence: "no call is redirected to another origin",
		file: "src/node/redirects.ts",
		search: "url.origin === new URL(request.url).origin && ",
		replace: "",
		test: "test/end-to-end/hostile-endpoint.test.ts",
		name: "a redirect by %i to another origin gets neither headers nor token",
	},
	{
		defence: "an answer is read to 1 MB",
		file: "src/http/message.ts",
		search: "maxReplyBytes = 1_000_000",
		replace: "maxReplyBytes = 100_000_000",
		test: "test/end-to-end/hostile-endpoint.test.ts",
		name: "an endless answer with status %i is not read beyond what the contract allows",
	},
	{
		defence: "a completion of another file is no success",
		file: "src/run-upload.ts",
		search: "if (!isResult(reply, source.size)) throw incompatibleReply();",
		replace: "",
		test: "test/end-to-end/hostile-endpoint.test.ts",
		name: "an upload that the endpoint completes with %o is not told as stored",
	},
];

/** Beginnings of the rows whose defence stands elsewhere. */
export const elsewhere = [];
