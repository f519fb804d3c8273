"use client";

import "./skyput.css";
import "./upload-list.css";
import type { UploadItemSnapshot, UseUpload } from "@skyput/client/react";
import { type ReactNode, useRef } from "react";
import { ProgressBar } from "./progress-bar";
import { UploadRow } from "./upload-row";
import { useFocusInside } from "./use-focus-inside";
import { useRows } from "./use-rows";
import { listInWords, mayTryAgain } from "./words";

interface UploadFileListProps {
	/** Of `useUpload`. */
	readonly uploads: UseUpload;
	/** Names the list. @default "Files" */
	readonly label?: string;
	/** More controls for a file, such as a link to what is stored. */
	readonly actions?: (item: UploadItemSnapshot) => ReactNode;
	/** Shown while there are no files. */
	readonly empty?: ReactNode;
}

/** All files with a total; of thousands, only the rows in sight are in the page. */
export function UploadFileList({ uploads, label = "Files", actions, empty }: UploadFileListProps) {
	const { ids, list, state, loaded, total, secondsLeft, counts } = uploads;
	const scrolled = useRef<HTMLUListElement>(null);
	const head = useFocusInside<HTMLElement>(state, ".sk-list-total");
	const { isLong, indices, offsetOf } = useRows(scrolled, ids);
	const remove = (id: string): void => {
		focusBeside(scrolled.current, id);
		list.remove(id);
	};
	const mayRetry = (id: string): boolean => {
		const item = list.item(id)?.snapshot();
		return item !== undefined && mayTryAgain(item);
	};
	const clear = (): void => {
		focusRest(scrolled.current);
		list.clear();
	};
	if (ids.length === 0) return empty ? <div className="sk sk-empty">{empty}</div> : null;
	const ended = ["done", "failed", "aborted", "rejected"] as const;
	const hasEnded = ended.some((one) => counts[one]);
	const isPaused = state === "paused";
	const again = state === "idle" && counts.failed ? ids.filter(mayRetry) : [];
	const retry = (): void => {
		for (const id of again) list.retry(id);
	};
	return (
		<section className="sk sk-list" aria-label={label}>
			<header ref={head} className="sk-list-head">
				{/* takes the focus of a button that goes, because “Clear” discards */}
				<p className="sk-list-total" tabIndex={-1}>
					<bdi>{listInWords(uploads)}</bdi>
				</p>
				<div className="sk-list-actions">
					{state !== "idle" && (
						<button
							type="button"
							className="sk-button"
							onClick={() => (isPaused ? list.resume() : list.pause())}
						>
							{isPaused ? "Resume all" : "Pause all"}
						</button>
					)}
					{again.length > 1 && (
						<button type="button" className="sk-button" onClick={retry}>
							Try all again
						</button>
					)}
					{state === "idle" && hasEnded && (
						<button type="button" className="sk-button" onClick={clear}>
							Clear
						</button>
					)}
				</div>
				{state !== "idle" && ids.length > 1 && (
					<ProgressBar name={label} loaded={loaded} total={total} secondsLeft={secondsLeft} />
				)}
			</header>
			{/* a list that scrolls must be reachable by keyboard */}
			<ul
				ref={scrolled}
				className="sk-rows"
				data-long={isLong || undefined}
				tabIndex={isLong ? 0 : undefined}
				aria-label={label}
			>
				{isLong && <li aria-hidden="true" style={{ blockSize: offsetOf(ids.length) }} />}
				{indices.map((index) => {
					const id = ids[index] ?? "";
					return (
						<UploadRow
							key={id}
							id={id}
							list={list}
							position={index + 1}
							count={ids.length}
							offset={isLong ? offsetOf(index) : undefined}
							actions={actions}
							onRemove={remove}
						/>
					);
				})}
			</ul>
		</section>
	);
}

/** Moves the focus from a row that goes to the next one, the one before, or the picker. */
function focusBeside(rows: HTMLElement | null, id: string): void {
	const row = rows?.querySelector(`[data-id="${id}"]`);
	const others = [row?.nextElementSibling, row?.previousElementSibling];
	const buttons = others.map((other) =>
		other?.querySelector<HTMLElement>(".sk-row-actions button"),
	);
	(buttons.find(Boolean) ?? findPicker())?.focus();
}

/** Moves the focus to a row that stays when the ended ones go, else to the picker. */
function focusRest(rows: HTMLElement | null): void {
	const button = rows?.querySelector<HTMLElement>(
		":is([data-state=needs-file], [data-state=queued]) .sk-row-actions button",
	);
	(button ?? findPicker())?.focus();
}

const findPicker = (): HTMLElement | null =>
	document.querySelector<HTMLElement>(".sk-zone button, .sk-button.sk-primary");
