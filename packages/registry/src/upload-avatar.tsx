"use client";

import "./skyput.css";
import "./upload-avatar.css";
import { type UseUpload, useUploadItem } from "@skyput/client/react";
import { useEffect, useId, useState } from "react";
import { percentInWords } from "./format";
import { Icon } from "./icons";
import { ProgressBar } from "./progress-bar";
import { NextStep } from "./upload-next-step";
import { useFilePicker } from "./use-file-picker";
import { useFocusInside } from "./use-focus-inside";
import { errorInWords, stateInWords } from "./words";

interface UploadAvatarProps {
	/** Of `useUpload`. */
	readonly uploads: UseUpload;
	/** Whose picture it is. */
	readonly name: string;
	/** The picture that is stored already. */
	readonly src?: string;
	/** What may be uploaded. */
	readonly hint?: string;
}

/** A picture of a person. The former one stays until the new one is stored; nothing of it is cut off. */
export function UploadAvatar({ uploads, name, src, hint }: UploadAvatarProps) {
	const { ids, list } = uploads;
	const hintId = useId();
	const item = useUploadItem(list, ids.at(-1) ?? "");
	const about = useFocusInside<HTMLDivElement>(item?.state, ".sk-button");
	const stored = useObjectUrl(item?.state === "done" ? item.file : undefined);
	const picture = stored ?? src;
	const isBusy = item !== undefined && !/^(done|failed|aborted|rejected)$/.test(item.state);
	const isWrong = item?.state === "failed" || item?.state === "rejected";
	const picker = useFilePicker(uploads, {
		label: `Picture of ${name}`,
		accept: ["image/*"],
		multiple: false,
		error: isWrong && item.error ? errorInWords(item.error) : "",
	});
	return (
		<div {...uploads.zoneProps} className="sk sk-avatar">
			<div className="sk-avatar-picture">
				{picture ? (
					<>
						<img className="sk-avatar-ground" src={picture} alt="" />
						<img src={picture} alt={name} />
					</>
				) : (
					<span className="sk-avatar-initials" role="img" aria-label={name}>
						{initialsOf(name)}
					</span>
				)}
				{isBusy && (
					<div className="sk-avatar-veil">
						<span aria-hidden="true">{percentInWords(item)}</span>
						<ProgressBar name={item.name} loaded={item.loaded} total={item.total} />
					</div>
				)}
			</div>
			<div ref={about} className="sk-avatar-about">
				<button
					type="button"
					className="sk-button"
					aria-describedby={`${hintId} ${picker.errorId}`}
					onClick={picker.open}
				>
					<Icon name="camera" />
					{picture ? "Change picture" : "Choose a picture"}
				</button>
				<p className="sk-hint" id={hintId}>
					<bdi>{isBusy ? stateInWords(item, Date.now()) : hint}</bdi>
				</p>
				{picker.elements}
				{item && <NextStep item={item} list={list} />}
			</div>
		</div>
	);
}

const initialsOf = (name: string): string =>
	name
		.split(/\s+/)
		.map(([first = ""]) => first)
		.join("")
		.slice(0, 2)
		.toUpperCase();

function useObjectUrl(file: unknown): string | undefined {
	const [url, setUrl] = useState<string>();
	useEffect(() => {
		if (!(file instanceof Blob)) return;
		const made = URL.createObjectURL(file);
		setUrl(made);
		return () => {
			URL.revokeObjectURL(made);
			setUrl(undefined);
		};
	}, [file]);
	return url;
}
