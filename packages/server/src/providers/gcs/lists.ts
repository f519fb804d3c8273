import type { StorageMaintenance } from "../../maintenance.js";
import { requireList } from "../foreign-answers.js";
import { nextMarker, readPages } from "../read-pages.js";
import { xmlElements, xmlText, xmlTime } from "../xml.js";
import type { SendCall } from "./calls.js";
import { defined } from "./requests.js";

/**
 * Makes the list calls of the XML API.
 * https://docs.cloud.google.com/storage/docs/xml-api/get-bucket-list
 * https://docs.cloud.google.com/storage/docs/xml-api/get-bucket-uploads
 */
export function listCalls(send: SendCall): Pick<StorageMaintenance, "listObjects" | "listUploads"> {
	return {
		listObjects: (prefix) =>
			readPages(async (token: string | undefined) => {
				const query = defined({ "list-type": "2", prefix, "continuation-token": token });
				const { text } = await send("list the objects", { method: "GET", query });
				requireList(text, "ListBucketResult", "list the objects");
				const entries = xmlElements(text, "Contents").map((element) => ({
					key: xmlText(element, "Key") ?? "",
					size: Number(xmlText(element, "Size")),
					modified: xmlTime(element, "LastModified"),
				}));
				return {
					entries,
					next: nextMarker(isTruncated(text), xmlText(text, "NextContinuationToken")),
				};
			}),

		listUploads: (prefix) =>
			readPages(async (after: Readonly<Record<string, string>> | undefined) => {
				const query = { uploads: "", prefix, ...after };
				const { text } = await send("list the uploads", { method: "GET", query });
				requireList(text, "ListMultipartUploadsResult", "list the uploads");
				const entries = xmlElements(text, "Upload").map((element) => ({
					key: xmlText(element, "Key") ?? "",
					id: xmlText(element, "UploadId") ?? "",
					begun: xmlTime(element, "Initiated"),
				}));
				if (!isTruncated(text)) return { entries, next: undefined };
				const key = nextMarker(true, xmlText(text, "NextKeyMarker"));
				const id = xmlText(text, "NextUploadIdMarker");
				return { entries, next: defined({ "key-marker": key, "upload-id-marker": id }) };
			}),
	};
}

function isTruncated(text: string): boolean {
	return xmlText(text, "IsTruncated") === "true";
}
