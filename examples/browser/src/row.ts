/** One line of the page: a file, how far it has come, and a button that aborts it. */
export interface Row {
	show(done: number, status: string): void;
	onAbort(abort: () => void): void;
	end(done: number, status: string): void;
}

export function addRow(name: string): Row {
	const copy = find(document, "template", HTMLTemplateElement).content.cloneNode(true);
	const item = find(copy as DocumentFragment, "li", HTMLLIElement);
	const bar = find(item, "progress", HTMLProgressElement);
	const status = find(item, ".status", HTMLElement);
	const button = find(item, "button", HTMLButtonElement);

	find(item, ".name", HTMLElement).textContent = name;
	bar.ariaLabel = name;
	button.ariaLabel = `Abort ${name}`;
	find(document, "ul", HTMLUListElement).append(item);

	const show = (done: number, text: string): void => {
		bar.value = done;
		status.textContent = text;
	};
	return {
		show,
		onAbort: (abort) => button.addEventListener("click", abort, { once: true }),
		end: (done, text) => {
			show(done, text);
			button.remove();
		},
	};
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
