import { codeOf, pattern } from "./material.js";
import { begin, commitOptions, partedFile, sendPart } from "./parted-upload.js";
import type { ProviderCase } from "./provider-case.js";
import { whatIsStored } from "./single-upload.js";

/** Cases about parts of unequal sizes. */
export const equalPartCases: readonly ProviderCase[] = [
	{
		name: "parts of unequal sizes become one object",
		capability: "multipart.equalParts",
		refuses: false,
		expected: { stored: "parts" },
		applies: ({ multipart }) => multipart !== false && !multipart.equalParts,
		run: (context) => sendUnequal(context),
	},
	{
		name: "parts of unequal sizes are refused",
		capability: "multipart.equalParts",
		refuses: true,
		expected: { stored: "nothing" },
		applies: ({ multipart }) => multipart !== false && multipart.equalParts,
		run: (context) => sendUnequal(context),
	},
];

/** Sends a part, a longer one and a short one. */
async function sendUnequal(context: Parameters<ProviderCase["run"]>[0]) {
	const { provider } = context;
	const key = context.key("unequal");
	const { partSize } = partedFile(context, 1);
	const ref = await begin(context, key);
	const bodies = [pattern(partSize, 1), pattern(partSize + 512, 2), pattern(100, 3)];
	const parts = [];
	const [partChecksum] = provider.capabilities.checksums.part;
	for (const [index, body] of bodies.entries()) {
		const range = { first: index + 1, count: 1, partSize: body.length };
		const window = await provider.signParts(ref, range, { expiresIn: 300, partChecksum });
		parts.push(await sendPart(context, window, index + 1, body));
	}
	const listed = (await provider.listParts(ref, {})).parts;
	const commit = listed.map(({ partNumber, receipt = "" }) => ({ partNumber, receipt }));
	const bytes = Buffer.concat(bodies);
	const code = await codeOf(
		provider.completeMultipart(ref, commit, commitOptions(ref, bytes.length)),
	);
	if (code !== "ok") await provider.abortMultipart(ref);
	return { stored: await whatIsStored(context, key, { parts: bytes }) };
}
