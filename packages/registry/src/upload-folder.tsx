"use client";

import "./skyput.css";
import "./upload-dropzone.css";
import type { UseUpload } from "@skyput/client/react";
import { type ChangeEvent, useId, useRef, useState } from "react";
import { Icon } from "./icons";
import { UploadFileList } from "./upload-list";
import { UploadStatus, useRejection } from "./upload-status";

interface UploadFolderProps {
	/** Of `useUpload`; `path` of its `key` has the folders, with slashes. */
	readonly uploads: UseUpload;
	/** What may be uploaded. */
	readonly hint?: string;
}

/** Uploads a folder with all that is in it, dropped or chosen. */
export function UploadFolder({ uploads, hint }: UploadFolderProps) {
	const { inputProps, zoneProps, isOver } = uploads;
	const input = useRef<HTMLInputElement>(null);
	const id = useId();
	const rejection = useRejection(uploads);
	const [isEmpty, setEmpty] = useState(false);
	const change = (event: ChangeEvent<HTMLInputElement>): void => {
		setEmpty(event.currentTarget.files?.length === 0);
		inputProps.onChange(event);
	};
	const error = isEmpty ? "This folder is empty." : rejection;
	return (
		<div className="sk sk-folder">
			<div {...zoneProps} className="sk-zone" data-accepted={isOver || undefined}>
				<span className="sk-zone-icon">
					<Icon name="folder" />
				</span>
				<div className="sk-zone-words">
					<p className="sk-zone-title">
						<span className="sk-no-touch">Drop a folder here or </span>
						<button
							type="button"
							className="sk-link"
							aria-describedby={`${id}-hint ${id}-error`}
							onClick={() => input.current?.click()}
						>
							choose a folder
						</button>
					</p>
					<p className="sk-hint" id={`${id}-hint`}>
						{hint}
					</p>
				</div>
				<input
					{...inputProps}
					ref={(element) => {
						input.current = element;
						// React has no property for it
						element?.setAttribute("webkitdirectory", "");
					}}
					onChange={change}
					aria-label="Folder"
					aria-invalid={error !== "" || undefined}
					tabIndex={-1}
					hidden
				/>
				<p role="alert" className="sk-zone-error" id={`${id}-error`}>
					{error}
				</p>
				<UploadStatus uploads={uploads} />
			</div>
			<UploadFileList uploads={uploads} label="Files of the folder" />
		</div>
	);
}
