"use client";

import "./skyput.css";
import type { UseUpload } from "@skyput/client/react";
import { useId, useRef } from "react";
import { percentInWords } from "./format";
import { Icon } from "./icons";
import { UploadStatus, useRejection } from "./upload-status";

interface UploadButtonProps {
	/** Of `useUpload`. */
	readonly uploads: UseUpload;
	/** @default "Upload files" */
	readonly label?: string;
	/** MIME types or extensions; the server decides in the end. */
	readonly accept?: readonly string[];
}

/** Opens the picker, and shows how far the uploads are. It keeps its width. */
export function UploadButton({ uploads, label = "Upload files", accept }: UploadButtonProps) {
	const input = useRef<HTMLInputElement>(null);
	const id = useId();
	const error = useRejection(uploads);
	const { state, loaded, total } = uploads;
	const busy = state !== "idle";
	const share = busy && total ? loaded / total : 0;
	return (
		<div className="sk sk-upload-button">
			<button
				type="button"
				className="sk-button sk-primary"
				data-busy={busy || undefined}
				aria-describedby={`${id}-error`}
				onClick={() => input.current?.click()}
			>
				<span className="sk-button-fill" style={{ inlineSize: `${share * 100}%` }} />
				<span className="sk-button-label">
					<Icon name="upload" />
					{label}
				</span>
				<span className="sk-button-percent">{busy ? percentInWords(uploads) : ""}</span>
			</button>
			<input
				{...uploads.inputProps}
				ref={input}
				accept={accept?.join(",")}
				aria-label={label}
				aria-invalid={error !== "" || undefined}
				tabIndex={-1}
				hidden
			/>
			<p role="alert" className="sk-zone-error" id={`${id}-error`}>
				{error}
			</p>
			<UploadStatus uploads={uploads} />
		</div>
	);
}
