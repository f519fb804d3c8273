import { refuseUnknownOptions } from "../../check-options.js";
import { hasZipEnd } from "../archive/read-directory.js";
import {
	activeContent,
	isPlainEncoding,
	type TextType,
	textOf,
	textType,
} from "../content/text-type.js";
import { fitsBinary, fitsText, isRecognised, isTextName } from "../content/type-groups.js";
import type { ObjectReader } from "../object-reader.js";
import { clean, infected, namedStep, type Step, type StepResult, unscannable } from "../step.js";
import { checkImage, twoFiles } from "./check-image.js";

/** How types are compared. */
export interface SniffTypeOptions {
	/**
	 * Declared types that cannot be told by the content, and count: such as `model/obj` or `application/vnd.acme.*`.
	 * @default []
	 */
	readonly unverified?: readonly string[] | undefined;
}

/** What the content is: a type of file-type, or a kind of text. */
type Found =
	| { readonly mime: string; readonly text?: undefined }
	| { readonly mime: string; readonly text: TextType };

const headLength = 64 * 1024;
/** Bytes of the largest SVG or XML that is looked through. */
const maxMarkup = 4 * 1024 * 1024;

const mimes: Readonly<Record<TextType, string>> = {
	html: "text/html",
	xhtml: "application/xhtml+xml",
	svg: "image/svg+xml",
	xml: "application/xml",
	text: "text/plain",
};

/** Formats that are text themselves. */
const textual = /^(?:text\/|application\/(?:pdf|postscript|eps|rtf|pgp-encrypted)$)/;

/**
 * Makes a step that tells the type of an object by its content, and compares it with the declared type and with
 * the extension of the key. It reads both ends of the object, and all of an SVG, XML, PNG, GIF, JPEG or WebP.
 * `infected`: the content is of another type; an SVG or XML with scripts or the like; a file that is two at once, such
 * as an image with a zip behind it. `unscannable`: other bytes follow a GIF or WebP, or the content cannot be told, and
 * a type was declared. `application/octet-stream`, and no type, declare nothing.
 *
 * @param options - Which declared types count by themselves.
 * @returns The step, for the option `steps` of an object handler.
 * @throws TypeError for an entry that is no type.
 */
export function sniffType(options: SniffTypeOptions = {}): Step {
	refuseUnknownOptions(options, ["unverified"]);
	const { unverified = [] } = options;
	for (const type of unverified) {
		if (/^[^/*\s]+\/[^/\s]+$/.test(type)) continue;
		throw new TypeError(`"${type}" is no type such as "model/obj" or "model/*".`);
	}
	return namedStep("sniffType", async ({ object, finalKey, reader }) => {
		const { fileTypeFromBuffer } = await import("file-type");
		const head = Buffer.from(await reader.read(0, headLength));
		const declared = essence(object.contentType);
		const found = find(head, (await fileTypeFromBuffer(head))?.mime, declared);
		const extension = /\.[a-z0-9]{1,16}$/i.exec(finalKey)?.[0].toLowerCase();
		const facts = { type: found?.mime ?? "application/octet-stream" };

		for (const name of [declared, extension]) {
			const result = name === undefined ? undefined : compare(found, name, unverified);
			if (result) return { ...result, facts };
		}
		const result = found && (await lookInside(found, head, reader, object.contentType));
		return { ...(result ?? clean()), facts };
	});
}

/** The declared type without parameters; undefined where it says nothing. */
function essence(contentType = ""): string | undefined {
	const type = contentType.split(";")[0]?.trim().toLowerCase() ?? "";
	return /^(?:|(?:application|binary)\/octet-stream)$/.test(type) ? undefined : type;
}

function find(
	head: Buffer,
	seen: string | undefined,
	declared: string | undefined,
): Found | undefined {
	const mime = seen?.split(";")[0]?.toLowerCase();
	const text = textOf(head);
	// short magic words, such as the BM of a bitmap, are words of a text too
	if (
		mime !== undefined &&
		mime !== "application/xml" &&
		(text === undefined || textual.test(mime))
	) {
		return { mime };
	}
	if (text === undefined) return undefined;
	const isXml = declared !== undefined && /[/+]xml$/.test(declared);
	const type = textType(text, isXml);
	return { mime: mimes[type], text: type };
}

/** Why a file of this content must not have this type or extension; undefined where it may. */
function compare(
	found: Found | undefined,
	name: string,
	unverified: readonly string[],
): StepResult | undefined {
	const isExtension = name.startsWith(".");
	const isMarkup = found?.text !== undefined && found.text !== "text";
	const as = isExtension ? `is named ${name}` : `was declared ${name}`;
	const isListed = unverified.some(
		(type) => type === name || (type.endsWith("*") && name.startsWith(type.slice(0, -1))),
	);
	if (isListed && !isMarkup) return undefined;
	if (found && (found.text ? fitsText(found.text, name) : fitsBinary(found.mime, name))) {
		return undefined;
	}
	// browsers run markup, whatever else a name may mean
	if (isRecognised(name) || isTextName(name) || (isMarkup && !isExtension)) {
		return mismatch(found?.mime ?? "of an unknown type", as);
	}
	if (isExtension) return undefined;
	const detail = `Nothing in the file says whether it is ${name}. Add the type to the option unverified if it may be stored.`;
	return unscannable("unknown-type", detail);
}

const mismatch = (found: string, as: string): StepResult =>
	infected("type-mismatch", `The content is ${found}, and the file ${as}.`);

/** What is wrong inside of a file whose type is right. */
async function lookInside(
	{ mime, text }: Found,
	head: Buffer,
	reader: ObjectReader,
	contentType: string | undefined,
): Promise<StepResult | undefined> {
	if (text === "svg" || text === "xml") return lookAtMarkup(reader, text, contentType);
	if (text !== undefined || !/^(?:image|audio|video|font)\/|^application\/pdf$/.test(mime)) {
		return undefined;
	}
	if (await hasZipEnd(reader)) return twoFiles(mime, "a zip");
	// readers accept it within the first 1,024 bytes
	const pdf = head.subarray(0, 1024).indexOf("%PDF-");
	if (pdf > 0 && mime !== "application/pdf") return twoFiles(mime, "a PDF");
	return checkImage(mime, reader);
}

async function lookAtMarkup(
	reader: ObjectReader,
	type: "svg" | "xml",
	contentType: string | undefined,
): Promise<StepResult | undefined> {
	if (reader.size > maxMarkup) {
		return unscannable("scan-limit", `The ${type} has more than ${maxMarkup} bytes.`);
	}
	const text = textOf(await reader.read(0, reader.size));
	if (text === undefined || !isPlainEncoding(text, contentType)) {
		return unscannable(
			"unknown-encoding",
			`The ${type} has an encoding that is not looked through.`,
		);
	}
	const what = activeContent(text);
	return what === undefined ? undefined : infected("active-content", `The ${type} has ${what}.`);
}
