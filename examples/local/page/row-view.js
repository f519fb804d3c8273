import { sizeInWords } from "./words.js";

const template = document.getElementById("row");

/** The actions of each state, in the order of the page; `retry` only where it is of use. */
const running = ["pause", "cancel"];
const offered = {
	queued: ["cancel"],
	starting: running,
	uploading: running,
	offline: running,
	retrying: running,
	paused: running,
	completing: ["cancel"],
	done: ["download", "remove"],
	failed: ["retry", "remove"],
	aborted: ["retry", "remove"],
};

/** The list item of one file; `actions` are called by its buttons. */
export function createRowView({ name, size }, actions) {
	const element = template.content.firstElementChild.cloneNode(true);
	const find = (selector) => element.querySelector(selector);
	const buttons = [...element.querySelectorAll("[data-action]")];
	const bar = find("progress");
	const extension = /\.([^./]{1,4})$/.exec(name)?.[1] ?? "file";

	find(".badge").textContent = extension;
	find(".name").textContent = name;
	find(".size").textContent = sizeInWords(size);
	bar.setAttribute("aria-label", `Progress of ${name}`);
	for (const button of buttons) {
		const act = actions[button.dataset.action];
		if (act) button.addEventListener("click", act);
	}

	const focus = () => buttons.find((button) => !button.hidden)?.focus();

	return {
		element,
		/** Moves the keyboard to the first thing that can be done here. */
		focus,
		/** `retryLabel` is undefined where another try is in vain; `key` is that of the object. */
		show({ state, loaded, total, status, detail = "", retryLabel, key }) {
			const focused = buttons.find((button) => button === document.activeElement);
			element.dataset.state = state;
			setText(find(".status"), status);
			setText(find(".detail"), state === "done" ? key : detail);
			bar.value = state === "done" ? 1 : total ? loaded / total : 0;
			bar.ariaValueText = status;

			const labels = { pause: state === "paused" ? "Resume" : "Pause", retry: retryLabel };
			for (const button of buttons) {
				const { action } = button.dataset;
				const label = action in labels ? labels[action] : button.textContent;
				button.hidden = label === undefined || !offered[state].includes(action);
				if (button.hidden) continue;
				setText(button, label);
				// many rows have the same buttons, so each says which file it means
				button.setAttribute("aria-label", `${label} ${name}`);
			}
			find("a").href = `/stored/${encodeURIComponent(key)}`;
			// a button that is hidden must not take the keyboard's place with it
			if (focused?.hidden) focus();
		},
	};
}

/** Leaves the page alone where nothing changes, which is most of the time. */
function setText(element, text) {
	if (element.textContent !== text) element.textContent = text;
}
