"use client";

import "./skyput.css";
import "./upload-dropzone.css";
import type { UseUpload } from "@skyput/client/react";
import { type DragEvent, type ReactNode, useId, useRef, useState } from "react";
import { countInWords } from "./format";
import { Icon } from "./icons";
import { UploadStatus, useRejection } from "./upload-status";
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
	const { inputProps, zoneProps, isOver } = uploads;
	const input = useRef<HTMLInputElement>(null);
	const id = useId();
	const error = useRejection(uploads);
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
					<span className="sk-no-touch">Drop files here or </span>
					<button
						type="button"
						className="sk-link"
						aria-describedby={`${id}-hint ${id}-error`}
						onClick={() => input.current?.click()}
					>
						choose files
					</button>
				</p>
				<p className="sk-zone-title sk-zone-over" aria-hidden="true">
					{over.words}
				</p>
				<p className="sk-hint" id={`${id}-hint`}>
					{hint}
				</p>
			</div>
			{children}
			<input
				{...inputProps}
				ref={input}
				accept={accept?.join(",")}
				aria-label="Files"
				aria-invalid={error !== "" || undefined}
				tabIndex={-1}
				hidden
			/>
			<p role="alert" className="sk-zone-error" id={`${id}-error`}>
				{error}
			</p>
			<p aria-live="assertive" className="sk-hidden">
				{isOver ? over.words : ""}
			</p>
			<UploadStatus uploads={uploads} />
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
