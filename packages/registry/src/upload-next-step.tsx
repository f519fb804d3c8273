"use client";

import type { UploadItemSnapshot, UploadList } from "@skyput/client/react";
import { useRef, useState } from "react";
import { againInWords } from "./words";

/** What mends a file that failed, or that must be chosen again. */
export function NextStep({
	item,
	list,
}: {
	readonly item: UploadItemSnapshot;
	readonly list: UploadList;
}) {
	const { id, name, state, error, key = "" } = item;
	if (state === "needs-file") return <ChooseAgain item={item} list={list} />;
	const label = state === "aborted" ? "Try again" : againInWords(error);
	if (!/^(failed|aborted)$/.test(state) || label === undefined) return null;
	const isTaken = error?.code === "already-exists";
	return (
		<button
			type="button"
			className="sk-link"
			aria-label={`${label}: ${name}`}
			onClick={() => (isTaken ? list.rename(id, nextName(key)) : list.retry(id))}
		>
			{label}
		</button>
	);
}

/** `film.mp4`, `film (2).mp4`, `film (3).mp4`, … */
function nextName(key: string): string {
	const [, stem, count = "1", extension = ""] =
		/^(.*?[^/])(?: \((\d+)\))?(\.[^./]+)?$/.exec(key) ?? [];
	return `${stem} (${Number(count) + 1})${extension}`;
}

function ChooseAgain({
	item,
	list,
}: {
	readonly item: UploadItemSnapshot;
	readonly list: UploadList;
}) {
	const { id, name, size } = item;
	const input = useRef<HTMLInputElement>(null);
	const [isOther, setOther] = useState(false);
	return (
		<>
			{isOther && (
				<>
					<bdi role="alert">This isn’t the same file.</bdi>{" "}
				</>
			)}
			<button
				type="button"
				className="sk-link"
				aria-label={`Choose file: ${name}`}
				onClick={() => input.current?.click()}
			>
				Choose file
			</button>
			<input
				ref={input}
				type="file"
				aria-label={name}
				tabIndex={-1}
				hidden
				onChange={({ currentTarget }) => {
					const file = currentTarget.files?.[0];
					if (!file) return;
					const isSame = file.name === name && file.size === size;
					setOther(!isSame);
					if (isSame) list.attach(id, file);
					currentTarget.value = "";
				}}
			/>
		</>
	);
}
