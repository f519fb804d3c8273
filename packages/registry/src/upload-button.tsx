"use client";

import "./skyput.css";
import type { UseUpload } from "@skyput/client/react";
import { percentInWords } from "./format";
import { Icon } from "./icons";
import { useFilePicker } from "./use-file-picker";
import { useFocusInside } from "./use-focus-inside";
import { errorsInWords, listInWords, mayTryAgain } from "./words";

interface UploadButtonProps {
	/** Of `useUpload`. */
	readonly uploads: UseUpload;
	/** @default "Upload files" */
	readonly label?: string;
	/** MIME types or extensions; the server decides in the end. */
	readonly accept?: readonly string[];
}

/** Opens the picker, shows how far the uploads are, and says how they ended. It keeps its width. */
export function UploadButton({ uploads, label = "Upload files", accept }: UploadButtonProps) {
	const { state, loaded, total, ids, list, counts } = uploads;
	const busy = state !== "idle";
	const ended = busy ? [] : ids.flatMap((id) => list.item(id)?.snapshot() ?? []);
	const failed = ended.filter((item) => item.state === "failed");
	const again = failed.filter(mayTryAgain);
	// newer than any failure: the picker says why
	const isRejected = ended.at(-1)?.state === "rejected";
	const error = failed.length > 0 && !isRejected ? errorsInWords(failed) : undefined;
	const box = useFocusInside<HTMLDivElement>(`${state} ${failed.length}`, ".sk-primary");
	const picker = useFilePicker(uploads, { label, accept, error });
	const retry = (): void => {
		for (const { id } of again) list.retry(id);
	};
	const share = busy && total ? loaded / total : 0;
	return (
		<div ref={box} className="sk sk-upload-button">
			<button
				type="button"
				className="sk-button sk-primary"
				data-busy={busy || undefined}
				aria-describedby={picker.errorId}
				onClick={picker.open}
			>
				<span className="sk-button-fill" style={{ inlineSize: `${share * 100}%` }} />
				<span className="sk-button-label">
					<Icon name="upload" />
					{label}
				</span>
				<span className="sk-button-percent">{busy ? percentInWords(uploads) : ""}</span>
			</button>
			{picker.elements}
			{failed.length > 0 && (
				<div className="sk-links">
					{again.length > 0 && (
						<button type="button" className="sk-link" onClick={retry}>
							Try again
						</button>
					)}
					<button type="button" className="sk-link" onClick={() => list.clear()}>
						Clear
					</button>
				</div>
			)}
			{!busy && failed.length === 0 && counts.done && (
				<p className="sk-hint">
					<bdi>{listInWords(uploads)}</bdi>
				</p>
			)}
		</div>
	);
}
