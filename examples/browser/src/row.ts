import type { Upload, UploadSnapshot } from "@skyput/client";

/** Adds a line to the page: a file, how its upload stands, and a button that cancels it. */
export function addRow(name: string, { subscribe, snapshot, abort, result }: Upload): void {
	const copy = find(document, "template", HTMLTemplateElement).content.cloneNode(true);
	const item = find(copy as DocumentFragment, "li", HTMLLIElement);
	const bar = find(item, "progress", HTMLProgressElement);
	const status = find(item, ".status", HTMLElement);
	const button = find(item, "button", HTMLButtonElement);

	find(item, ".name", HTMLElement).textContent = name;
	bar.ariaLabel = name;
	button.ariaLabel = `Cancel ${name}`;
	button.addEventListener("click", () => abort());
	find(document, "ul", HTMLUListElement).append(item);

	const show = (): void => {
		const current = snapshot();
		const { state, loaded, total } = current;
		bar.value = state === "done" ? 1 : total ? loaded / total : 0;
		status.textContent = describe(current);
	};
	subscribe(show);
	show();
	result
		.then(({ key, size }) => {
			status.textContent = `Uploaded as ${key}, ${size} bytes`;
		})
		// the snapshot shows the error
		.catch(() => {})
		.finally(() => button.remove());
}

function describe({ state, bytesPerSecond, secondsLeft, error }: UploadSnapshot): string {
	if (state === "aborted") return "Canceled";
	if (state === "retrying") return `${error?.message} Trying again…`;
	if (error) return error.message;
	if (bytesPerSecond === undefined) return state;
	const speed = `${(bytesPerSecond / 1e6).toFixed(1)} MB/s`;
	return secondsLeft === undefined ? speed : `${speed}, ${Math.ceil(secondsLeft)} s left`;
}

function find<Kind extends Element>(
	within: ParentNode,
	selector: string,
	kind: new () => Kind,
): Kind {
	const found = within.querySelector(selector);
	if (found instanceof kind) return found;
	throw new Error(`The page has no ${selector}`);
}
