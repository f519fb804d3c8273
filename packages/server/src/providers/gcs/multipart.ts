import type { StoredPart } from "#protocol";
import { UploadError } from "../../errors.js";
import type { ObjectSpec } from "../../object-spec.js";
import type { PresignProvider } from "../../provider.js";
import type { SendCall } from "./calls.js";
import { checksumsOf, objectHeaders } from "./requests.js";
import { escapeXml, xmlElements, xmlText } from "./xml.js";

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
		async createMultipart(spec: ObjectSpec, { createOnly, checksum }) {
			refuse(createOnly, checksum !== undefined);
			const answer = await send("begin the upload", {
				method: "POST",
				key: spec.key,
				query: { uploads: "" },
				headers: objectHeaders(spec),
			});
			const id = xmlText(answer?.text ?? "", "UploadId");
			if (!id) throw new UploadError("storage-error", "The storage began an upload without an id.");
			return { key: spec.key, id };
		},

		async listParts({ key, id }, { after = 0 }) {
			const query = {
				"max-parts": "1000",
				...(after > 0 ? { "part-number-marker": String(after) } : {}),
				uploadId: id,
			};
			const answer = await send("list the parts", { method: "GET", key, query });
			if (answer === null) throw uploadGone("list the parts");
			const parts = xmlElements(answer.text, "Part").map(storedPart);
			if (xmlText(answer.text, "IsTruncated") !== "true") return { parts };
			const next = parts.at(-1)?.partNumber ?? 0;
			// a page that does not advance would loop forever
			if (next <= after) {
				throw new UploadError("storage-error", "The storage's list of parts does not advance.");
			}
			return { parts, next };
		},

		async completeMultipart({ key, id }, parts, { spec, createOnly, checksum }) {
			refuse(createOnly, checksum !== undefined);
			const listed = [...parts]
				.sort((a, b) => a.partNumber - b.partNumber)
				.map(
					({ partNumber, receipt }) =>
						`<Part><PartNumber>${partNumber}</PartNumber><ETag>${escapeXml(receipt)}</ETag></Part>`,
				);
			const answer = await send("complete the upload", {
				method: "POST",
				key,
				query: { uploadId: id },
				headers: { "content-type": "application/xml" },
				body: `<CompleteMultipartUpload>${listed.join("")}</CompleteMultipartUpload>`,
			});
			if (answer === null) throw uploadGone("complete the upload");
			const etag = xmlText(answer.text, "ETag");
			const version = answer.headers.get("x-goog-generation");
			return {
				key,
				size: spec.size,
				...(etag ? { etag } : {}),
				...(version ? { version } : {}),
				checksums: checksumsOf(answer.headers),
			};
		},

		async abortMultipart({ key, id }) {
			await send("abort the upload", { method: "DELETE", key, query: { uploadId: id } });
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

function uploadGone(action: string): UploadError {
	return new UploadError(
		"upload-not-found",
		`Could not ${action}. The storage has no such upload: it was completed, aborted, or removed.`,
	);
}

function refuse(createOnly: boolean, checksum: boolean): void {
	if (createOnly) {
		throw new UploadError(
			"unsupported",
			"The storage cannot refuse to overwrite when parts are put together.",
		);
	}
	if (checksum) {
		throw new UploadError("unsupported", "The storage verifies no checksum of a whole upload.");
	}
}
