import type { Disposition } from "#protocol";
import { hasCode, UploadError } from "../errors.js";
import type { PresignProvider } from "../provider.js";
import { contentDisposition, filenameProblem } from "../uploads/attachment.js";
import type { CompiledRule } from "../uploads/compile-rule.js";
import { checkExtension, isExecuted } from "../uploads/content-type.js";
import { normalizeKey } from "../uploads/key.js";
import { defined, invalidField, requiredText, textField } from "./fields.js";
import { openObject } from "./open-upload.js";
import type { Operation } from "./operation.js";

/** Groups of types in which a browser executes none. */
const passiveGroups: readonly string[] = ["audio/*", "font/*", "video/*"];

/** Whether all types that the rule accepts are safe to open at the storage's origin. */
function mayOpen({ contentTypes }: CompiledRule): boolean {
	return (
		contentTypes?.every((type) =>
			type.endsWith("/*") ? passiveGroups.includes(type.toLowerCase()) : !isExecuted(type),
		) ?? false
	);
}

function dispositionField(value: string | undefined): Disposition | undefined {
	if (value === undefined || value === "inline" || value === "attachment") return value;
	throw invalidField("disposition", "Must be inline or attachment.");
}

function redirectField(value: string | undefined): boolean | undefined {
	if (value === undefined) return undefined;
	if (value === "true" || value === "false") return value === "true";
	throw invalidField("redirect", "Must be true or false.");
}

/** Refuses a key that holds nothing. A forbidden look says nothing: the storage answers the URL itself. */
async function requireObject(provider: PresignProvider, key: string): Promise<void> {
	const found = await provider.head(key).catch((error: unknown) => {
		if (hasCode(error, "forbidden")) return undefined;
		throw error;
	});
	if (found === null) throw new UploadError("not-found", "There is no object with this key.");
}

/**
 * `GET {base}/download?key=`: a signed URL to read an object. Objects open in the browser only where the
 * rule accepts no type that could run scripts at the storage's origin; all others are saved.
 */
export const download: Operation<"download"> = {
	parse(fields) {
		const filename = textField(fields, "filename");
		const problem = filename === undefined ? null : filenameProblem(filename);
		if (problem !== null) throw invalidField("filename", problem);
		return {
			key: normalizeKey(requiredText(fields, "key")),
			...defined({
				filename,
				disposition: dispositionField(textField(fields, "disposition")),
				redirect: redirectField(textField(fields, "redirect")),
			}),
		};
	},

	async run(context, { key, filename, disposition, redirect }, call) {
		const { rule, provider } = await openObject(context, { call, action: "download", key });
		// a link of this server must not save a file as a program
		if (filename !== undefined) checkExtension(filename, rule.extensions, "filename");
		await requireObject(provider, key);
		const kind = mayOpen(rule) ? disposition : "attachment";
		const isPlain = kind === undefined && filename === undefined;
		// where the rule has none, whoever uploaded the file may have stored any
		const isStored = isPlain && rule.contentDisposition !== undefined;
		const usual = isPlain ? "inline" : "attachment";
		const signed = await provider.signDownload(key, {
			expiresIn: rule.expiresIn,
			...(isStored ? {} : { contentDisposition: contentDisposition(kind ?? usual, filename) }),
		});
		const { method, url, headers, expiresAt } = signed;
		return redirect ? { location: url } : { url, method, headers, expiresAt };
	},

	status: (reply) => ("location" in reply ? 302 : 200),
};
