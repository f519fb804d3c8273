import type { StorageMaintenance } from "../../maintenance.js";
import { requireList } from "../foreign-answers.js";
import { nextMarker, readPages } from "../read-pages.js";
import { unescapeXml, xmlElements, xmlText, xmlTime } from "../xml.js";
import { stagePrefix, uploadAt } from "./block-list.js";
import type { StorageCalls } from "./calls.js";
import type { StorageAction } from "./errors.js";

/** The name of a listed blob. The service percent-encodes one that XML cannot hold. */
function nameOf(blob: string): string {
	const [, isEncoded, name = ""] = /<Name( Encoded="true")?>(.*?)<\/Name>/s.exec(blob) ?? [];
	return isEncoded ? decodeURIComponent(name) : unescapeXml(name);
}

/** Makes the list calls. https://learn.microsoft.com/rest/api/storageservices/list-blobs */
export function listCalls({
	send,
}: StorageCalls): Pick<StorageMaintenance, "listObjects" | "listUploads"> {
	/** The elements of all blobs. A page may be empty, and not be the last one. */
	function listBlobs(
		action: StorageAction,
		parameters: Readonly<Record<string, string>>,
	): AsyncIterable<string> {
		const query = Object.entries({ restype: "container", comp: "list", ...parameters })
			.map(([name, value]) => `&${name}=${encodeURIComponent(value)}`)
			.join("");
		return readPages(async (marker: string | undefined) => {
			const { text } = await send(action, {
				method: "GET",
				key: null,
				permissions: "l",
				query: query + (marker ? `&marker=${encodeURIComponent(marker)}` : ""),
			});
			requireList(text, "EnumerationResults", action);
			return {
				entries: xmlElements(text, "Blob"),
				next: nextMarker(false, xmlText(text, "NextMarker")),
			};
		});
	}

	return {
		async *listObjects(prefix) {
			for await (const blob of listBlobs("list the objects", { prefix })) {
				const size = Number(xmlText(blob, "Content-Length"));
				yield { key: nameOf(blob), size, modified: xmlTime(blob, "Last-Modified") };
			}
		},

		async *listUploads(wanted) {
			const prefix = stagePrefix.startsWith(wanted) ? stagePrefix : wanted;
			if (!prefix.startsWith(stagePrefix)) return;
			// without what is in folders: files in quarantine, and others that are no uploads
			const parameters = { prefix, delimiter: "/", include: "uncommittedblobs" };
			for await (const blob of listBlobs("list the uploads", parameters)) {
				const upload = uploadAt(nameOf(blob));
				if (upload) yield upload;
			}
		},
	};
}
