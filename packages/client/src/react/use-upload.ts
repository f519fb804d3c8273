import {
	type ChangeEvent,
	type ClipboardEvent,
	type DragEvent,
	useEffect,
	useRef,
	useState,
	useSyncExternalStore,
} from "react";
import type { Client } from "../client-types.js";
import type {
	AddableFiles,
	AddedFiles,
	UploadItemSnapshot,
	UploadList,
	UploadListOptions,
	UploadListSnapshot,
} from "../list/list-types.js";
import { createUploadList } from "../list/upload-list.js";
import type { UploadInput } from "../public-types.js";
import type { DataOf, KeyOf, UploadsTable } from "../table-types.js";

/**
 * Options of `useUpload`. `key`, `metadata`, `onItemDone` and `onUnmount` count as they are at the latest render, the
 * others as at the first one.
 */
export interface UseUploadOptions<Key extends string = string, Data = unknown>
	extends UploadListOptions<Key, Data> {
	/** What happens to running uploads when the component unmounts. @default "continue" */
	readonly onUnmount?: "continue" | "pause" | "abort" | undefined;
}

/** Props of an `<input type="file">`. */
export interface InputProps {
	readonly type: "file";
	readonly multiple: boolean;
	readonly onChange: (event: ChangeEvent<HTMLInputElement>) => void;
}

/** Props of an element that takes dropped and pasted files. */
export interface ZoneProps {
	/** Set while files are dragged over the element. */
	readonly "data-over": true | undefined;
	readonly onDragEnter: (event: DragEvent) => void;
	readonly onDragOver: (event: DragEvent) => void;
	readonly onDragLeave: (event: DragEvent) => void;
	readonly onDrop: (event: DragEvent) => void;
	readonly onPaste: (event: ClipboardEvent) => void;
}

/** What `useUpload` returns. */
export interface UseUpload<Data = unknown> extends UploadListSnapshot {
	/** What the user can do with the files. The same object at every render. */
	readonly list: UploadList<Data>;
	/** {@link UploadList.add} of the list. */
	readonly add: (files: AddableFiles) => Promise<AddedFiles>;
	/** Whether files are dragged over the zone. */
	readonly isOver: boolean;
	/** For an `<input type="file">`; the same file can be chosen again. */
	readonly inputProps: InputProps;
	/** For the element onto which files are dropped. */
	readonly zoneProps: ZoneProps;
}

/**
 * A list of uploads for a component: renders when the list changes, not at the progress of each file; a row reads its
 * own by {@link useUploadItem}. Works in strict mode, with concurrent rendering and on a server.
 *
 * @param client - Of `createClient`; the same at every render.
 * @param options - Where to store each file, and how.
 * @returns The list as it stands, and props for an input and a drop zone.
 * @throws UploadError at the first render, what `createUploadList` throws.
 */
export function useUpload<Table extends UploadsTable>(
	client: Client<Table>,
	options: UseUploadOptions<KeyOf<Table>, DataOf<Table, KeyOf<Table>>>,
): UseUpload<DataOf<Table, KeyOf<Table>>> {
	const latest = useRef(options);
	useEffect(() => {
		latest.current = options;
	});
	const [list] = useState(() => {
		const { onUnmount: _, ...forList } = options;
		return createUploadList(client, {
			...forList,
			// a missing one is refused at once
			key: options.key && ((file, info) => latest.current.key(file, info)),
			metadata: (file: UploadInput) => {
				const { metadata } = latest.current;
				return typeof metadata === "function" ? metadata(file) : metadata;
			},
			onItemDone: (item) => latest.current.onItemDone?.(item),
		});
	});
	const snapshot = useSyncExternalStore(list.subscribe, list.snapshot, list.snapshot);
	const mounts = useRef(0);
	useEffect(() => {
		mounts.current++;
		return () => {
			mounts.current--;
			// strict mode and fast refresh mount again at once
			setTimeout(() => {
				const { onUnmount } = latest.current;
				if (mounts.current > 0) return;
				if (onUnmount === "pause") list.pause();
				if (onUnmount === "abort") list.abort();
			});
		};
	}, [list]);
	const { isOver, zoneProps } = useZone(list);
	return {
		...snapshot,
		list,
		add: list.add,
		isOver,
		zoneProps,
		inputProps: {
			type: "file",
			multiple: options.maxFiles !== 1,
			onChange({ currentTarget }) {
				void list.add(currentTarget.files ?? []);
				// choosing the same file again is a change then
				currentTarget.value = "";
			},
		},
	};
}

function useZone({ add }: Pick<UploadList, "add">): Pick<UseUpload, "isOver" | "zoneProps"> {
	const [isOver, setOver] = useState(false);
	/** The elements in the zone that the pointer has entered: leaving one for its child is not leaving. */
	const entered = useRef(new Set<EventTarget>());
	const hasFiles = (event: DragEvent): boolean => event.dataTransfer.types.includes("Files");
	/** @param isLeft whether the pointer is in this element no more */
	const leave = (isLeft: (element: EventTarget) => boolean): void => {
		for (const element of entered.current) {
			if (isLeft(element)) entered.current.delete(element);
		}
		setOver(entered.current.size > 0);
	};
	return {
		isOver,
		zoneProps: {
			"data-over": isOver || undefined,
			onDragEnter(event) {
				if (!hasFiles(event)) return;
				entered.current.add(event.target);
				setOver(true);
			},
			onDragOver(event) {
				// else the browser opens the file
				if (hasFiles(event)) event.preventDefault();
			},
			// an element that a render removed cannot be left
			onDragLeave: ({ target, currentTarget }) =>
				leave((element) => element === target || !currentTarget.contains(element as Node)),
			onDrop(event) {
				if (!hasFiles(event)) return;
				event.preventDefault();
				leave(() => true);
				void add(event.dataTransfer);
			},
			onPaste({ clipboardData }) {
				if (clipboardData.files.length > 0) void add(Array.from(clipboardData.files, namePicture));
			},
		},
	};
}

/** Browsers call every pasted picture `image.png`: this one has the time in its name. */
function namePicture(file: File): File {
	const { name, type, lastModified } = file;
	if (!/^image\.\w+$/.test(name)) return file;
	const local = lastModified - new Date(lastModified).getTimezoneOffset() * 60_000;
	const time = new Date(local).toISOString().slice(0, 19).replace("T", "-").replaceAll(":", "");
	return new File([file], name.replace("image", `pasted-${time}`), { type, lastModified });
}

/**
 * One file of a list, for its row: renders when this file changes.
 *
 * @param list - Of `useUpload` or `createUploadList`.
 * @param id - Of the list's `ids`.
 * @returns The file as it stands; undefined for one that was removed.
 */
export function useUploadItem<Data>(
	list: UploadList<Data>,
	id: string,
): UploadItemSnapshot<Data> | undefined {
	const item = list.item(id);
	const read = (): UploadItemSnapshot<Data> | undefined => item?.snapshot();
	return useSyncExternalStore(item?.subscribe ?? subscribeToNothing, read, read);
}

const subscribeToNothing = (): (() => void) => () => {};
