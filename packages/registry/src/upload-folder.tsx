"use client";

import "./skyput.css";
import "./upload-dropzone.css";
import type { UseUpload } from "@skyput/client/react";
import { useId } from "react";
import { Icon } from "./icons";
import { UploadFileList } from "./upload-list";
import { useFilePicker } from "./use-file-picker";

interface UploadFolderProps {
	/** Of `useUpload`; `path` of its `key` has the folders, with slashes. */
	readonly uploads: UseUpload;
	/** What may be uploaded. */
	readonly hint?: string;
}

/** Uploads a folder with all that is in it, dropped or chosen. */
export function UploadFolder({ uploads, hint }: UploadFolderProps) {
	const { zoneProps, isOver } = uploads;
	const hintId = useId();
	const picker = useFilePicker(uploads, { label: "Folder", isFolder: true });
	return (
		<div className="sk sk-folder">
			<div {...zoneProps} className="sk-zone" data-accepted={isOver || undefined}>
				<span className="sk-zone-icon">
					<Icon name="folder" />
				</span>
				<div className="sk-zone-words">
					<p className="sk-zone-title">
						<bdi>
							<span className="sk-no-touch">Drop a folder here or </span>
							<button
								type="button"
								className="sk-link"
								aria-describedby={`${hintId} ${picker.errorId}`}
								onClick={picker.open}
							>
								choose a folder
							</button>
						</bdi>
					</p>
					<p className="sk-hint" id={hintId}>
						<bdi>{hint}</bdi>
					</p>
				</div>
				{picker.elements}
			</div>
			<UploadFileList uploads={uploads} label="Files of the folder" />
		</div>
	);
}
