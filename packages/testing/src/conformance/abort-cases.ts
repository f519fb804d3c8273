import { codeOf, verdict } from "./material.js";
import {
	begin,
	commitOptions,
	inParts,
	partedFile,
	partRequest,
	sendAll,
	signAll,
} from "./parted-upload.js";
import type { ProviderCase } from "./provider-case.js";
import { whatIsStored } from "./single-upload.js";

/** Cases about aborting multipart uploads. */
export const abortCases: readonly ProviderCase[] = [
	{
		name: "an upload that never began cannot be listed",
		capability: "multipart.abort",
		refuses: true,
		expected: { code: "upload-not-found" },
		applies: ({ multipart }) => multipart !== false && multipart.abort === "immediate",
		async run(context) {
			const ref = await begin(context, context.key("gone"));
			await context.provider.abortMultipart(ref);
			return { code: await codeOf(context.provider.listParts(ref, {})) };
		},
	},
	{
		name: "an aborted upload takes no more parts and cannot be completed",
		capability: "multipart.abort",
		refuses: true,
		expected: { part: "refused", code: "upload-not-found", stored: "nothing" },
		applies: ({ multipart }) => multipart !== false && multipart.abort === "immediate",
		async run(context) {
			const { provider } = context;
			const key = context.key("aborted");
			const file = partedFile(context, 1);
			const ref = await begin(context, key);
			const window = await signAll(context, ref, file);
			const parts = await sendAll(context, ref, file);
			await provider.abortMultipart(ref);
			const part = verdict(await context.send(partRequest(window, 1, file.bytes)));
			const options = commitOptions(ref, file.bytes.length);
			const code = await codeOf(provider.completeMultipart(ref, parts, options));
			return { part, code, stored: await whatIsStored(context, key, {}) };
		},
	},
	{
		name: "aborting is idempotent and never deletes a committed object",
		capability: "multipart.abort",
		refuses: false,
		expected: { first: "ok", second: "ok", stored: "parts" },
		applies: inParts,
		async run(context) {
			const key = context.key("committed");
			const file = partedFile(context, 1);
			const ref = await begin(context, key);
			const parts = await sendAll(context, ref, file);
			await context.provider.completeMultipart(ref, parts, commitOptions(ref, file.bytes.length));
			return {
				first: await codeOf(context.provider.abortMultipart(ref)),
				second: await codeOf(context.provider.abortMultipart(ref)),
				stored: await whatIsStored(context, key, { parts: file.bytes }),
			};
		},
	},
];
