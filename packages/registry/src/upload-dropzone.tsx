"use client";

import "./skyput.css";
import "./upload-dropzone.css";
import type { UseUpload } from "@skyput/client/react";
import { type DragEvent, type ReactNode, useId, useState } from "react";
import { countInWords } from "./format";
import { Icon } from "./icons";
import { useFilePicker } from "./use-file-picker";
import { typesInWords } from "./words";

interface UploadDropzoneProps {
	/** Of `useUpload`. */
	readonly uploads: UseUpload;
	/** MIME types or extensions; the server decides in the end. */
	readonly accept?: readonly string[];
	/** What may be uploaded: "PNG or JPEG, up to 5 MB". */
	readonly hint?: string;
	/** More controls below the button. */
	readonly children?: ReactNode;
}

/** Takes dropped and pasted files, and has a button that opens the picker. */
export function UploadDropzone({ uploads, accept, hint, children }: UploadDropzoneProps) {
	const { zoneProps, isOver } = uploads;
	const hintId = useId();
	const picker = useFilePicker(uploads, { label: "Files", accept });
	const [over, setOver] = useState<Over>({ words: "Drop to upload", accepted: true });
	const props = {
		...zoneProps,
		onDragEnter(event: DragEvent) {
			zoneProps.onDragEnter(event);
			setOver(describeDrag(event, accept));
		},
	};
	return (
		<div {...props} className="sk sk-zone" data-accepted={isOver ? over.accepted : undefined}>
			<span className="sk-zone-icon">
				<Icon name="upload" />
			</span>
			<div className="sk-zone-words">
				<p className="sk-zone-title sk-zone-idle">
					<bdi>
						<span className="sk-no-touch">Drop files here or </span>
						<button
							type="button"
							className="sk-link"
							aria-describedby={`${hintId} ${picker.errorId}`}
							onClick={picker.open}
						>
							choose files
						</button>
					</bdi>
				</p>
				<p className="sk-zone-title sk-zone-over" aria-hidden="true">
					{over.words}
				</p>
				<p className="sk-hint" id={hintId}>
					<bdi>{hint}</bdi>
				</p>
			</div>
			{children}
			{picker.elements}
			<p aria-live="assertive" className="sk-hidden">
				{isOver ? over.words : ""}
			</p>
		</div>
	);
}

interface Over {
	readonly words: string;
	readonly accepted: boolean;
}

/** What a drag holds, as far as the browser tells before the drop. */
function describeDrag({ dataTransfer }: DragEvent, accept: readonly string[] = []): Over {
	const items = Array.from(dataTransfer.items ?? []);
	if (items.length === 0) return { words: "Drop to check", accepted: true };
	const types = accept.filter((one) => one.includes("/"));
	// extensions and folders are not known yet
	const isRefused = ({ type }: DataTransferItem): boolean =>
		type !== "" &&
		!types.some((one) => (one.endsWith("/*") ? type.startsWith(one.slice(0, -1)) : type === one));
	if (types.length > 0 && types.length === accept.length && items.every(isRefused)) {
		const files = accept.at(-1)?.endsWith("/*") ? "" : " files";
		return { words: `Only ${typesInWords(accept)}${files}`, accepted: false };
	}
	return { words: `Drop to upload ${countInWords(items.length, "file")}`, accepted: true };
}
