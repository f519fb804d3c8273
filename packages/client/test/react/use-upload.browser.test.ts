import { createElement, StrictMode, useEffect } from "react";
import { createRoot } from "react-dom/client";
import { expect, inject, it, onTestFinished } from "vitest";
import { createClient, type PendingUpload, type UploadList } from "../../src/browser/index.js";
import {
	type UseUpload,
	type UseUploadOptions,
	useUpload,
	useUploadItem,
} from "../../src/react/index.js";

const client = createClient({ endpoint: inject("endpoint") });

interface Page {
	readonly root: HTMLElement;
	/** What the hook returned last. */
	readonly hook: () => UseUpload;
	readonly unmount: () => void;
	readonly find: (selector: string) => HTMLElement;
}

function Row({ id, list }: { readonly id: string; readonly list: UploadList }) {
	const { name, state, pending } = useUploadItem(list, id) ?? {};
	return createElement("li", { "data-state": pending ? "pending" : state }, name);
}

interface AppProps {
	readonly options: UseUploadOptions;
	/** In place of the client of all tests. */
	readonly from: typeof client;
	readonly onRender: (hook: UseUpload) => void;
}

function App({ options, from, onRender }: AppProps) {
	const hook = useUpload(from, options);
	useEffect(() => onRender(hook));
	const { list, ids, inputProps, zoneProps, state } = hook;
	return createElement(
		"section",
		{ ...zoneProps, "data-state": state },
		createElement("input", inputProps),
		createElement("b"),
		ids.map((id) => createElement(Row, { key: id, id, list })),
	);
}

/** A page with an input, a zone and a row for each file, in strict mode. */
async function show(options: Partial<UseUploadOptions> = {}, from = client): Promise<Page> {
	const folder = `files/${crypto.randomUUID()}`;
	let hook: UseUpload | undefined;
	const { promise: rendered, resolve: onFirstRender } = Promise.withResolvers<void>();
	const all: UseUploadOptions = { key: (_, { path }) => `${folder}/${path}`, ...options };
	const onRender = (latest: UseUpload): void => {
		hook = latest;
		onFirstRender();
	};
	const root = document.body.appendChild(document.createElement("main"));
	const react = createRoot(root);
	const unmount = (): void => react.unmount();
	onTestFinished(() => {
		unmount();
		root.remove();
	});
	const app = createElement(App, { options: all, from, onRender });
	react.render(createElement(StrictMode, null, app));
	const find = (selector: string): HTMLElement => {
		const element = root.querySelector<HTMLElement>(selector);
		if (!element) throw new Error(`No ${selector} in ${root.innerHTML}`);
		return element;
	};
	await rendered;
	return {
		root,
		hook: () => {
			if (!hook) throw new Error("Not rendered.");
			return hook;
		},
		unmount,
		find,
	};
}

const transferOf = (...names: string[]): DataTransfer => {
	const transfer = new DataTransfer();
	for (const name of names) transfer.items.add(new File([name], name));
	return transfer;
};
const rows = ({ root }: Page): string[] =>
	Array.from(root.querySelectorAll("li"), (row) => `${row.textContent} ${row.dataset.state}`);

it("shows the files of a picker until they are stored, and takes the same file again", async () => {
	const page = await show({ duplicates: "allow" });
	const input = page.find("input") as HTMLInputElement;
	for (const count of [1, 2]) {
		input.files = transferOf("a").files;
		input.dispatchEvent(new Event("change", { bubbles: true }));
		await expect.poll(() => page.root.querySelectorAll("li").length).toBe(count);
		expect(input.files).toHaveLength(0);
		// the second one finds its key taken
		const expected = ["a done", "a failed"].slice(0, count);
		await expect.poll(() => rows(page)).toEqual(expected);
	}
	expect(page.find("section").dataset["state"]).toBe("idle");
});

it("shows that a file is pending while the server examines it, and done after the verdict", async () => {
	const examined = createClient({ endpoint: inject("quarantine") });
	const id = crypto.randomUUID();
	const page = await show({ key: (_, { name }) => `files/${id}/${name}` }, examined);
	await page.hook().add([new File([`wait ${id}`], "a")]);
	await expect.poll(() => rows(page)).toEqual(["a pending"]);
	await examined.uploadFile(new Blob([`open ${id}`]), `files/${id}/b`);
	await expect.poll(() => rows(page)).toEqual(["a done"]);
});

it("takes dropped files, and is not left by entering a child", async () => {
	const page = await show();
	const [zone, child] = [page.find("section"), page.find("b")];
	const drag = (type: string, target: HTMLElement): DragEvent => {
		const event = new DragEvent(type, {
			bubbles: true,
			cancelable: true,
			dataTransfer: transferOf("dropped"),
		});
		target.dispatchEvent(event);
		return event;
	};
	drag("dragenter", zone);
	drag("dragenter", child);
	drag("dragleave", zone);
	await expect.poll(() => zone.dataset["over"]).toBe("true");
	expect(drag("dragover", zone).defaultPrevented).toBe(true);
	expect(drag("drop", child).defaultPrevented).toBe(true);
	await expect.poll(() => rows(page)).toEqual(["dropped done"]);
	expect(zone.dataset["over"]).toBeUndefined();
});

it("is left when an element that was entered is gone", async () => {
	const page = await show();
	const zone = page.find("section");
	const removed = zone.appendChild(document.createElement("i"));
	const drag = (type: string, target: HTMLElement): boolean =>
		target.dispatchEvent(
			new DragEvent(type, { bubbles: true, dataTransfer: transferOf("dropped") }),
		);
	drag("dragenter", removed);
	await expect.poll(() => zone.dataset["over"]).toBe("true");
	removed.remove();
	drag("dragenter", zone);
	drag("dragleave", zone);
	await expect.poll(() => zone.dataset["over"]).toBeUndefined();
});

it("takes the files of another window", async () => {
	const page = await show();
	const frame = page.root.appendChild(document.createElement("iframe"));
	const { File: OtherFile } = frame.contentWindow as unknown as typeof globalThis;
	const file = new OtherFile(["a"], "framed");
	await page.hook().add({ files: [], items: [{ kind: "file", getAsFile: () => file }] });
	await expect.poll(() => rows(page)).toEqual(["framed done"]);
});

it("names pasted pictures by their time, and other pasted files as they are named", async () => {
	const page = await show();
	const clipboardData = new DataTransfer();
	const lastModified = new Date(2026, 1, 3, 4, 5, 6).getTime();
	const options = { type: "image/png", lastModified };
	clipboardData.items.add(new File(["a"], "image.png", options));
	clipboardData.items.add(new File(["b"], "images.png", options));
	// Firefox gives no files to events of scripts
	const paste = Object.assign(new Event("paste", { bubbles: true }), { clipboardData });
	page.find("section").dispatchEvent(paste);
	const names = ["pasted-2026-02-03-040506.png done", "images.png done"];
	await expect.poll(() => rows(page)).toEqual(names);
});

it("calls the functions of the latest render", async () => {
	const sent: string[] = [];
	const options = (of: string): UseUploadOptions => ({
		key: () => `files/${crypto.randomUUID()}`,
		metadata: () => void sent.push(of),
		start: "manual",
	});
	const root = document.body.appendChild(document.createElement("main"));
	const react = createRoot(root);
	onTestFinished(() => {
		react.unmount();
		root.remove();
	});
	let hook: UseUpload | undefined;
	const render = (of: string): void =>
		react.render(
			createElement(App, {
				options: options(of),
				from: client,
				onRender: (rendered) => {
					hook = rendered;
					root.dataset["of"] = of;
				},
			}),
		);
	render("first");
	await expect.poll(() => root.dataset["of"]).toBe("first");
	render("second");
	await expect.poll(() => root.dataset["of"]).toBe("second");
	await hook?.add([new File(["a"], "a")]);
	hook?.list.start();
	await expect.poll(() => sent).toEqual(["second"]);
});

it("uploads once in strict mode, and goes on when its component unmounts", async () => {
	const page = await show();
	const { list } = page.hook();
	const { added } = await page.hook().add([new File(["a"], "a")]);
	page.unmount();
	await expect.poll(() => list.item(added[0] ?? "")?.snapshot().state).toBe("done");
});

it("shows once in strict mode what a reload left, and forgets it when it is removed", async () => {
	const forgotten: string[] = [];
	let asked = 0;
	const left: PendingUpload = {
		...{ key: "files/film.mp4", name: "film.mp4", size: 100, sent: 42, begun: 0 },
		resume: () => expect.fail("nobody chose a file"),
		forget: async () => void forgotten.push("film.mp4"),
	};
	const pending = async (): Promise<PendingUpload[]> => {
		asked++;
		return [left];
	};
	const page = await show({ pending: true }, { ...client, pending });
	await expect.poll(() => rows(page)).toEqual(["film.mp4 needs-file"]);
	expect(asked).toBe(1);
	const { list, ids } = page.hook();
	list.remove(ids[0] ?? "");
	await expect.poll(() => rows(page)).toEqual([]);
	await expect.poll(() => forgotten).toEqual(["film.mp4"]);
});

it("aborts on unmount where that is wanted", async () => {
	const page = await show({ onUnmount: "abort", start: "manual" });
	const { list } = page.hook();
	const { added } = await page.hook().add([new File(["a"], "a")]);
	page.unmount();
	await expect.poll(() => list.item(added[0] ?? "")?.snapshot().state).toBe("aborted");
});

it("has the browser ask before the page is left, in strict mode and without its component too", async () => {
	const asks = (): boolean => !dispatchEvent(new Event("beforeunload", { cancelable: true }));
	const { promise, resolve } = Promise.withResolvers<string>();
	const page = await show({ key: () => promise });
	// an upload of the test before, whose component has gone, may still move
	await expect.poll(asks).toBe(false);
	await page.hook().add([new File(["a"], "a")]);
	await expect.poll(asks).toBe(true);
	page.unmount();
	expect(asks()).toBe(true);
	resolve(`files/${crypto.randomUUID()}`);
	await expect.poll(asks).toBe(false);
});

it("lets the page be left once its component has paused the uploads and gone", async () => {
	const asks = (): boolean => !dispatchEvent(new Event("beforeunload", { cancelable: true }));
	const page = await show({ key: () => new Promise(() => {}), onUnmount: "pause" });
	await page.hook().add([new File(["a"], "a")]);
	await expect.poll(asks).toBe(true);
	page.unmount();
	await expect.poll(asks).toBe(false);
});
