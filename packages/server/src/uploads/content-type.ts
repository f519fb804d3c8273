import { UploadError } from "../errors.js";

/** The type of a body without one (RFC 9110, section 8.3). */
const defaultType = "application/octet-stream";

const token = "[!#$%&'*+.^_`|~0-9a-z-]+";
const essenceShape = new RegExp(`^${token}/${token}$`);
const parameterShape = new RegExp(`^${token}=(?:${token}|"[ !#-\\[\\]-~]*")$`, "i");

/** Lower-cased `type/subtype`, then the parameters as sent; null if the text is no media type. */
function parseContentType(
	value: string,
): { readonly essence: string; readonly full: string } | null {
	if (value.length > 255) return null;
	const [first = "", ...parameters] = value.split(";").map((part) => part.trim());
	const essence = first.toLowerCase();
	if (!essenceShape.test(essence) || !parameters.every((p) => parameterShape.test(p))) return null;
	return { essence, full: [essence, ...parameters].join(";") };
}

/** @throws TypeError for an entry of a rule that could never match. */
export function checkContentTypes(types: readonly string[]): void {
	for (const type of types) {
		const concrete = type.endsWith("/*") ? type.replace("*", "x") : type;
		if (concrete.includes("*") || concrete.includes(";") || !parseContentType(concrete)) {
			throw new TypeError(`"${type}" is not a content type such as "image/png" or "image/*"`);
		}
	}
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
		);
	}
	return parsed.full;
}
