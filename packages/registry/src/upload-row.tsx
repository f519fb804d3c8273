"use client";

import { type UploadItemSnapshot, type UploadList, useUploadItem } from "@skyput/client/react";
import { type ReactNode, useEffect, useState } from "react";
import { FileThumbnail } from "./file-thumbnail";
import { Icon, type IconName } from "./icons";
import { ProgressBar } from "./progress-bar";
import { NextStep } from "./upload-next-step";
import { useFocusInside } from "./use-focus-inside";
import { cutInTheMiddle, stateInWords } from "./words";

export interface UploadRowProps {
	readonly id: string;
	readonly list: UploadList;
	/** From 1. */
	readonly position: number;
	readonly count: number;
	/** Pixels from the beginning of a long list. */
	readonly offset: number | undefined;
	/** More controls, such as a link to what is stored. */
	readonly actions?: ((item: UploadItemSnapshot) => ReactNode) | undefined;
	/** Removes the row, and moves the focus to another one. */
	readonly onRemove: (id: string) => void;
}

/** One file: its picture, its name, how its upload stands in words, and what can be done. */
export function UploadRow(props: UploadRowProps) {
	const { id, list, position, count, offset, actions, onRemove } = props;
	const item = useUploadItem(list, id);
	const now = useNow(item?.retryingAt !== undefined);
	const row = useFocusInside<HTMLLIElement>(item?.state, ".sk-row-actions button");
	if (!item) return null;
	const { name, path, state, loaded, total, secondsLeft } = item;
	return (
		<li
			ref={row}
			className="sk-row"
			data-state={state}
			data-id={id}
			aria-posinset={position}
			aria-setsize={count}
			style={offset === undefined ? undefined : { insetBlockStart: offset }}
		>
			<FileThumbnail item={item} />
			<div className="sk-row-about">
				<FileName name={path} />
				<p className="sk-row-state">
					<StateIcon state={state} />
					<bdi>{stateInWords(item, now)}</bdi> <NextStep item={item} list={list} />
				</p>
				{hasBar(state) && (
					<ProgressBar name={name} loaded={loaded} total={total} secondsLeft={secondsLeft} />
				)}
			</div>
			<div className="sk-row-actions">
				{actions?.(item)}
				{canPause(state) && (
					<Action
						icon={state === "paused" ? "play" : "pause"}
						label={`${state === "paused" ? "Resume" : "Pause"} ${name}`}
						onClick={() => (state === "paused" ? list.resume(id) : list.pause(id))}
					/>
				)}
				{isOver(state) ? (
					<Action icon="close" label={`Remove ${name}`} onClick={() => onRemove(id)} />
				) : (
					<Action icon="close" label={`Cancel ${name}`} onClick={() => list.abort(id)} />
				)}
			</div>
		</li>
	);
}

/** Milliseconds since the epoch; each second a new one while something counts down. */
function useNow(counting: boolean): number {
	const [now, setNow] = useState(0);
	useEffect(() => {
		if (!counting) return;
		const tick = (): void => setNow(Date.now());
		tick();
		const timer = setInterval(tick, 1_000);
		return () => clearInterval(timer);
	}, [counting]);
	return now;
}

const isOver = (state: string): boolean =>
	/^(done|failed|aborted|rejected|needs-file)$/.test(state);
const canPause = (state: string): boolean =>
	/^(starting|uploading|offline|retrying|paused)$/.test(state);
const hasBar = (state: string): boolean => !/^(done|failed|aborted|rejected|queued)$/.test(state);

/** Cut in the middle where it is too long: the end of a name tells the kind of file. */
function FileName({ name }: { readonly name: string }) {
	const [head, tail] = cutInTheMiddle(name);
	return (
		<p className="sk-row-name" title={name}>
			<bdi>
				<span>{head}</span>
				<span>{tail}</span>
			</bdi>
		</p>
	);
}

const icons: Partial<Record<string, IconName>> = {
	done: "check",
	failed: "alert",
	rejected: "alert",
	paused: "pause",
	offline: "offline",
	retrying: "again",
};

function StateIcon({ state }: { readonly state: string }) {
	const name = icons[state];
	return name ? <Icon name={name} /> : null;
}

interface ActionProps {
	readonly icon: IconName;
	readonly label: string;
	readonly onClick: () => void;
}

const Action = ({ icon, label, onClick }: ActionProps) => (
	<button type="button" className="sk-action" aria-label={label} title={label} onClick={onClick}>
		<Icon name={icon} />
	</button>
);
