import type { StoredPart } from "#protocol";
import { hasCode, UploadError } from "../../errors.js";
import type { PresignProvider } from "../../provider.js";
import { answeredByOther, requireList } from "../foreign-answers.js";
import { escapeXml, xmlElements, xmlText } from "../xml.js";
import type { SendCall } from "./calls.js";
import { checksumsOf, objectHeaders, unsupported } from "./requests.js";

/** The control calls on multipart uploads. */
export type MultipartCalls = Pick<
	PresignProvider,
	"createMultipart" | "listParts" | "completeMultipart" | "abortMultipart"
>;

/**
 * Makes the multipart calls of the XML API, which has no preconditions for them.
 * https://docs.cloud.google.com/storage/docs/multipart-uploads
 */
export function multipartCalls(send: SendCall): MultipartCalls {
	return {
		async createMultipart(spec, options) {
			checkOptions(options);
			const { key } = spec;
			const { text } = await send("begin the upload", {
				method: "POST",
				key,
				query: { uploads: "" },
				headers: objectHeaders(spec),
			});
			const id = xmlText(text, "UploadId");
			if (!id) throw new UploadError("storage-error", "The storage began an upload without an id.");
			return { key, id };
		},

		async listParts({ key, id }, { after = 0 }) {
			const query = { "part-number-marker": String(after), uploadId: id };
			const { text } = await send("list the parts", { method: "GET", key, query });
			requireList(text, "ListPartsResult", "list the parts");
			const parts = xmlElements(text, "Part").map(storedPart);
			if (xmlText(text, "IsTruncated") !== "true") return { parts };
			const next = parts.at(-1)?.partNumber ?? 0;
			// a page that does not advance would loop forever
			if (next <= after) {
				throw new UploadError("storage-error", "The storage's list of parts does not advance.");
			}
			return { parts, next };
		},

		async completeMultipart({ key, id }, parts, options) {
			checkOptions(options);
			const listed = parts
				.toSorted((a, b) => a.partNumber - b.partNumber)
				.map(
					({ partNumber, receipt }) =>
						`<Part><PartNumber>${partNumber}</PartNumber><ETag>${escapeXml(receipt)}</ETag></Part>`,
				);
			const { text, headers } = await send("complete the upload", {
				method: "POST",
				key,
				query: { uploadId: id },
				body: `<CompleteMultipartUpload>${listed.join("")}</CompleteMultipartUpload>`,
			});
			const etag = xmlText(text, "ETag");
			if (!etag) throw answeredByOther("completion");
			return {
				key,
				size: options.spec.size,
				etag,
				version: headers.get("x-goog-generation") ?? undefined,
				checksums: checksumsOf(headers),
			};
		},

		async abortMultipart({ key, id }) {
			const request = { method: "DELETE", key, query: { uploadId: id } } as const;
			await send("abort the upload", request).catch((error: unknown) => {
				if (!hasCode(error, "upload-not-found")) throw error;
			});
		},
	};
}

function storedPart(element: string): StoredPart {
	const receipt = xmlText(element, "ETag");
	return {
		partNumber: Number(xmlText(element, "PartNumber")),
		size: Number(xmlText(element, "Size")),
		...(receipt ? { receipt } : {}),
	};
}

function checkOptions({ createOnly, checksum }: { createOnly: boolean; checksum?: unknown }): void {
	if (createOnly) throw unsupported("cannot refuse to overwrite when parts are put together");
	if (checksum) throw unsupported("verifies no checksum of a multipart upload");
}
