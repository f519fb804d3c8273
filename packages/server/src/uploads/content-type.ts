import { UploadError } from "../errors.js";

/** The type of a body without one (RFC 9110, section 8.3). */
const defaultType = "application/octet-stream";

/** Characters. */
const maxLength = 255;
const token = "[!#$%&'*+.^_`|~0-9a-z-]+";
const essenceShape = new RegExp(`^${token}/${token}$`);
const parameterShape = new RegExp(`^${token}=(?:${token}|"[ !#-\\[\\]-~]*")$`, "i");
// browsers read it as if it had quotes (https://mimesniff.spec.whatwg.org/#parsing-a-mime-type)
const withoutQuotes = new RegExp(`^(${token}=)([!#-\\[\\]-~]+)$`, "i");
const outsideOfQuotes = /;(?=(?:[^"]*"[^"]*")*[^"]*$)/;

/** A parameter as RFC 9110 spells it: of recorders in browsers comes `codecs=vp8,opus`, without quotes. */
const spellParameter = (parameter: string): string =>
	parameterShape.test(parameter) ? parameter : parameter.replace(withoutQuotes, '$1"$2"');

/** Lower-cased `type/subtype`, then the parameters; null if the text is no media type. */
function parseContentType(
	value: string,
): { readonly essence: string; readonly full: string } | null {
	if (value.length > maxLength) return null;
	const [first = "", ...rest] = value.split(outsideOfQuotes).map((part) => part.trim());
	const essence = first.toLowerCase();
	const parameters = rest.filter(Boolean).map(spellParameter);
	if (!essenceShape.test(essence) || !parameters.every((p) => parameterShape.test(p))) return null;
	const full = [essence, ...parameters].join(";");
	// quotes may have made it longer; the calls that follow look at it again
	return full.length > maxLength ? null : { essence, full };
}

/** Refuses a single text, and an empty list, which no file fits. @throws TypeError */
function requireEntries(name: string, list: unknown, example: string): void {
	if (Array.isArray(list) && list.length > 0) return;
	throw new TypeError(
		`${name} must be a list of at least one, such as ["${example}"], not ${JSON.stringify(list)}; omit it to accept any`,
	);
}

/** @throws TypeError for no list, and for an entry of a rule that could never match. */
export function checkContentTypes(types: readonly string[]): void {
	requireEntries("contentTypes", types, "image/png");
	for (const type of types) {
		const concrete = type.endsWith("/*") ? type.replace("*", "x") : type;
		if (concrete.includes("*") || concrete.includes(";") || !parseContentType(concrete)) {
			throw new TypeError(`"${type}" is not a content type such as "image/png" or "image/*"`);
		}
	}
}

/** Types that a browser executes when it opens an object: stored, they could run in the bucket's origin. */
const executed =
	/^(?:text\/(?:html|xsl)|[^/]+\/(?:[^/]*\+)?xml|[^/]+\/(?:x-)?(?:java|ecma|j|live)script[\d.]*)$/;

// https://mimesniff.spec.whatwg.org/#interpreting-the-resource-metadata; Firefox has the last two
const guessed =
	/^(?:(?:application|unknown)\/unknown|\*\/\*|application\/x-unknown-content-type|multipart\/x-mixed-replace)$/;

/** Whether a browser may run scripts in an object of this type. */
export function isExecuted(contentType: string): boolean {
	const essence = (contentType.split(";")[0] ?? "").trim().toLowerCase();
	// whose content decides: it may be HTML
	return executed.test(essence) || guessed.test(essence);
}

/**
 * The content type to sign. Matched on the essence, without parameters; an absent one counts as
 * application/octet-stream.
 *
 * @param allowed - Types such as `image/png` or `image/*`; absent = any.
 * @throws UploadError `invalid-request` for a text that is not a media type, `unsupported-type` for one
 * that the rule does not list.
 */
export function checkContentType(
	contentType: string | undefined,
	allowed: readonly string[] | undefined,
): string {
	const parsed = parseContentType(contentType ?? defaultType);
	if (!parsed) {
		throw new UploadError(
			"invalid-request",
			"contentType must be a media type such as image/png; in a query, write + as %2B.",
			{
				errors: [{ field: "contentType", detail: "Not a media type (RFC 9110, section 8.3.1)." }],
				values: { name: "contentType" },
			},
		);
	}
	const [group] = parsed.essence.split("/");
	const fits = (type: string): boolean => {
		const lower = type.toLowerCase();
		return lower === parsed.essence || lower === `${group}/*`;
	};
	if (allowed && !allowed.some(fits)) {
		const was =
			contentType === undefined ? ` (no type was sent, which counts as ${defaultType})` : "";
		throw new UploadError(
			"unsupported-type",
			`${parsed.essence} is not accepted here${was}. Accepted: ${allowed.join(", ")}.`,
			{ values: { contentType: parsed.essence, accepted: allowed.join(", ") } },
		);
	}
	return parsed.full;
}

const extensionShape = /^[a-z0-9]{1,16}$/;

/**
 * The extensions of a rule, in lower case.
 *
 * @throws TypeError for no list, and for an entry that is no extension.
 */
export function parseExtensions(extensions: readonly string[]): readonly string[] {
	requireEntries("extensions", extensions, "png");
	return extensions.map((extension) => {
		const lower = extension.toLowerCase();
		if (extensionShape.test(lower)) return lower;
		throw new TypeError(
			`"${extension}" is not an extension such as "png"; write it without the dot`,
		);
	});
}

/**
 * Refuses a key or a file name whose extension is not accepted.
 *
 * @param allowed - In lower case; absent = any.
 * @param field - Where it stands in the request.
 * @throws UploadError `unsupported-type`.
 */
export function checkExtension(
	key: string,
	allowed: readonly string[] | undefined,
	field: "key" | "filename" = "key",
): void {
	if (!allowed) return;
	const name = key.slice(key.lastIndexOf("/") + 1);
	const dot = name.lastIndexOf(".");
	const extension = dot < 0 ? "" : name.slice(dot + 1).toLowerCase();
	if (allowed.includes(extension)) return;
	const has = extension === "" ? "has no extension" : `ends in .${extension}`;
	const accepted = allowed.map((e) => `.${e}`).join(", ");
	const detail = `The ${field} ${has}; accepted are ${accepted}.`;
	throw new UploadError("unsupported-type", detail, {
		errors: [{ field, detail }],
		values: { extension, accepted },
	});
}
