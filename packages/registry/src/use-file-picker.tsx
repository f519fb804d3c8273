"use client";

import type { UseUpload } from "@skyput/client/react";
import { type ChangeEvent, type ReactNode, useEffect, useId, useRef, useState } from "react";
import { UploadStatus } from "./upload-status";
import { errorsInWords } from "./words";

interface FilePickerOptions {
	/** Names the input. */
	readonly label: string;
	/** MIME types or extensions; the server decides in the end. @default all */
	readonly accept?: readonly string[] | undefined;
	/** Whether a folder is chosen. @default false */
	readonly isFolder?: boolean;
	/** Whether several files can be chosen at once. @default as `inputProps` of the list */
	readonly multiple?: boolean;
	/** A sentence about what was chosen. @default why files were not added */
	readonly error?: string | undefined;
}

/** What a component needs for a button that opens the browser's picker. */
interface FilePicker {
	readonly open: () => void;
	/** Of the error's element, to describe the button. */
	readonly errorId: string;
	/** The hidden input, the error, and what screen readers are told. */
	readonly elements: ReactNode;
}

/**
 * Chooses files for a list, and says why it does not take them.
 *
 * @param uploads - Of `useUpload`.
 * @param options - Of the input.
 * @returns What opens the picker, and the elements to render once.
 */
export function useFilePicker(uploads: UseUpload, options: FilePickerOptions): FilePicker {
	const { label, accept, isFolder = false } = options;
	const { inputProps } = uploads;
	const { multiple = inputProps.multiple } = options;
	const input = useRef<HTMLInputElement>(null);
	const errorId = useId();
	const rejection = useRejection(uploads);
	const [isEmpty, setEmpty] = useState(false);
	const error = isEmpty ? "This folder is empty." : (options.error ?? rejection);
	const change = (event: ChangeEvent<HTMLInputElement>): void => {
		setEmpty(isFolder && event.currentTarget.files?.length === 0);
		inputProps.onChange(event);
	};
	const elements = (
		<>
			<input
				{...inputProps}
				ref={(element) => {
					input.current = element;
					// React has no property for it
					element?.toggleAttribute("webkitdirectory", isFolder);
				}}
				onChange={change}
				multiple={multiple}
				accept={accept?.join(",")}
				aria-label={label}
				aria-invalid={error !== "" || undefined}
				tabIndex={-1}
				hidden
			/>
			<p role="alert" className="sk-zone-error" id={errorId}>
				{error && <bdi>{error}</bdi>}
			</p>
			<UploadStatus uploads={uploads} />
		</>
	);
	return { open: () => input.current?.click(), errorId, elements };
}

/**
 * Why files were not added: one sentence for all that were chosen together, until the next files are accepted or the
 * list is empty.
 */
function useRejection({ ids, list }: UseUpload): string {
	const seen = useRef<readonly string[]>([]);
	const [sentence, setSentence] = useState("");
	useEffect(() => {
		const known = new Set(seen.current);
		const added = ids.flatMap((id) => (known.has(id) ? [] : (list.item(id)?.snapshot() ?? [])));
		seen.current = ids;
		if (added.length > 0 || ids.length === 0) setSentence(errorsInWords(added));
	}, [ids, list]);
	return sentence;
}
