import type { Client, UploadItemSnapshot } from "@skyput/client";
import { type UploadList, useUpload } from "@skyput/client/react";
import { UploadDropzone } from "@skyput/registry/upload-dropzone";
import { UploadFileList } from "@skyput/registry/upload-list";
import { type InputHTMLAttributes, useEffect, useRef, useState } from "react";
import { keyFor, type Target, targets } from "./config.ts";
import { FaultSwitch } from "./fault-switch.tsx";
import { findFile, keepHandles } from "./file-handles.ts";
import { RequestLanes } from "./request-lanes.tsx";

/** The page: files on one side, what can be broken and what is sent on the other. */
export function Showcase({ client }: { readonly client: Client }) {
	const [target, setTarget] = useState<Target>(targets[0]);
	const uploads = useUpload(client, {
		key: (_, { path }) => keyFor(target, path),
		pending: true,
		// of one rule; where there are several, the server decides about each file
		...(targets.length === 1 ? { limits: () => client.rules(keyFor(target, "file")) } : {}),
	});
	const { state, list, inputProps } = uploads;
	usePageDrop(list);
	return (
		<>
			<section className="files" aria-label="Upload">
				{targets.length > 1 && (
					<TargetPicker target={target} isBusy={state !== "idle"} onChange={setTarget} />
				)}
				<UploadDropzone uploads={uploads} hint={target.hint}>
					<div className="pickers">
						<PickerButton
							words="Choose a folder"
							label="Folder"
							{...inputProps}
							webkitdirectory=""
						/>
						<PickerButton
							words="Take a photo"
							label="Camera"
							{...inputProps}
							accept="image/*"
							capture="environment"
						/>
					</div>
				</UploadDropzone>
				<UploadFileList
					uploads={uploads}
					empty="Nothing yet. Drop a large film, break the network, reload the page."
					actions={(item) => <ItemAction item={item} list={list} />}
				/>
			</section>
			<aside>
				<FaultSwitch />
				<section className="card" aria-labelledby="requests">
					<h2 id="requests">Requests</h2>
					<RequestLanes />
				</section>
				<ol className="story">
					<li>
						The page asks your server for signed URLs. The server checks the rule for the key.
					</li>
					<li>File data goes straight to storage: one request, or parts side by side.</li>
					<li>Storage rejects what was not signed, and data that changed on the way.</li>
				</ol>
			</aside>
		</>
	);
}

/** A button that opens a picker of its own. */
function PickerButton({ words, label, ...props }: PickerButtonProps) {
	const input = useRef<HTMLInputElement>(null);
	return (
		<>
			<button type="button" className="sk-button" onClick={() => input.current?.click()}>
				{words}
			</button>
			<input ref={input} {...props} aria-label={label} tabIndex={-1} hidden />
		</>
	);
}

interface PickerButtonProps extends InputHTMLAttributes<HTMLInputElement> {
	/** On the button. */
	readonly words: string;
	/** Names the input. */
	readonly label: string;
}

interface TargetPickerProps {
	readonly target: Target;
	/** Files that wait get their key at their turn: until then it must not change. */
	readonly isBusy: boolean;
	readonly onChange: (target: Target) => void;
}

const TargetPicker = ({ target, isBusy, onChange }: TargetPickerProps) => (
	<label className="target">
		Store as
		<select
			value={target.pattern}
			disabled={isBusy}
			onChange={({ currentTarget: { value } }) =>
				onChange(targets.find(({ pattern }) => pattern === value) ?? targets[0])
			}
		>
			{targets.map(({ pattern }) => (
				<option key={pattern}>{pattern}</option>
			))}
		</select>
	</label>
);

/** A link to what is stored; a button that reads a file again, where the browser kept a handle of it. */
function ItemAction({
	item,
	list,
}: {
	readonly item: UploadItemSnapshot;
	readonly list: UploadList;
}) {
	const [read, setRead] = useState<() => Promise<File | undefined>>();
	const { id, name, state, result } = item;
	const waits = state === "needs-file";
	useEffect(() => {
		// a function that returns it, because React calls functions
		if (waits) void findFile(item).then((found) => setRead(() => found));
	}, [waits, item]);
	if (result) {
		const href = `/stored/${encodeURIComponent(result.key)}`;
		return (
			<a className="sk-action" href={href} title={`Download ${name}`}>
				<span className="sk-hidden">Download {name}</span>
				<svg className="sk-icon" viewBox="0 0 24 24" aria-hidden="true">
					<path d="M12 4v11m0 0-4.5-4.5M12 15l4.5-4.5M5 19.5h14" />
				</svg>
			</a>
		);
	}
	if (!waits || !read) return null;
	const resume = async (): Promise<void> => {
		const file = await read();
		if (file) list.attach(id, file);
	};
	return (
		<button type="button" className="sk-button" onClick={() => void resume()}>
			Continue
		</button>
	);
}

/** Takes files that are dropped or pasted anywhere: else the browser opens them. */
function usePageDrop(list: UploadList): void {
	useEffect(() => {
		const stop = new AbortController();
		const { signal } = stop;
		const keep = ({ dataTransfer }: DragEvent): void => {
			if (dataTransfer) keepHandles(dataTransfer);
		};
		const allow = (event: DragEvent): void => {
			if (event.dataTransfer?.types.includes("Files")) event.preventDefault();
		};
		const drop = (event: DragEvent): void => {
			// the drop zone has taken its own
			if (event.defaultPrevented || !event.dataTransfer?.types.includes("Files")) return;
			event.preventDefault();
			void list.add(event.dataTransfer);
		};
		document.addEventListener("drop", keep, { signal, capture: true });
		document.addEventListener("dragover", allow, { signal });
		document.addEventListener("drop", drop, { signal });
		return () => stop.abort();
	}, [list]);
}
