import { UploadError } from "../errors.js";

/** What a body is when nobody says (RFC 9110, section 8.3). */
const unknownType = "application/octet-stream";

const token = "[!#$%&'*+.^_`|~0-9a-z-]+";
const essenceShape = new RegExp(`^${token}/${token}$`);
const parameterShape = new RegExp(`^${token}=(?:${token}|"[ !#-\\[\\]-~]*")$`, "i");

/** Lower-cased `type/subtype`, then the parameters as given; null where it is no media type. */
function parseContentType(
	value: string,
): { readonly essence: string; readonly full: string } | null {
	if (value.length > 255) return null;
	const [first = "", ...parameters] = value.split(";").map((part) => part.trim());
	const essence = first.toLowerCase();
	if (!essenceShape.test(essence) || !parameters.every((p) => parameterShape.test(p))) return null;
	return { essence, full: [essence, ...parameters].join(";") };
}

/** Refuses a rule's list that could never match anything, by TypeError. */
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
 * @throws UploadError `invalid-request` for what is no media type, `unsupported-type` for one that
 * the rule does not list.
 */
export function checkContentType(
	contentType: string | undefined,
	allowed: readonly string[] | undefined,
): string {
	const parsed = parseContentType(contentType ?? unknownType);
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
			contentType === undefined ? ` (no type was given, which counts as ${unknownType})` : "";
		throw new UploadError(
			"unsupported-type",
			`${parsed.essence} is not accepted here${was}. Accepted: ${allowed.join(", ")}.`,
		);
	}
	return parsed.full;
}
