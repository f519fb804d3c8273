import { createClient } from "@skyput/client";
import { createAnnouncer } from "./announcer.js";
import { filesOfDrop, filesOfInput } from "./chosen-files.js";
import { createUploadList } from "./upload-list.js";

const find = (id) => document.getElementById(id);

// two files with three parts each use the six connections that a browser opens to one host
const client = createClient({ endpoint: "/uploads", concurrency: 3 });
const uploads = createUploadList({
	client,
	announce: createAnnouncer(find("announcements")),
	list: find("list"),
	empty: find("empty"),
	summary: find("summary"),
	// takes the focus when the last row is removed
	home: find("choose-files"),
});

for (const [button, input] of [
	["choose-files", "files"],
	["choose-folder", "folder"],
]) {
	find(button).addEventListener("click", () => find(input).click());
	find(input).addEventListener("change", ({ target }) => {
		uploads.add(filesOfInput(target));
		// so that the same file can be chosen again
		target.value = "";
	});
}

const dropZone = find("drop-zone");
/** A drag enters and leaves every element that it crosses. */
let depth = 0;
const mark = (change) => {
	depth = Math.max(0, depth + change);
	dropZone.classList.toggle("dragged-over", depth > 0);
};
const holdsFiles = ({ dataTransfer }) => dataTransfer.types.includes("Files");

addEventListener("dragenter", (event) => holdsFiles(event) && mark(1));
addEventListener("dragleave", (event) => holdsFiles(event) && mark(-1));
addEventListener("dragover", (event) => {
	if (!holdsFiles(event)) return;
	event.preventDefault();
	event.dataTransfer.dropEffect = "copy";
});
addEventListener("drop", async (event) => {
	if (!holdsFiles(event)) return;
	event.preventDefault();
	mark(Number.NEGATIVE_INFINITY);
	uploads.add(await filesOfDrop(event.dataTransfer));
});
addEventListener("beforeunload", (event) => {
	if (uploads.busy()) event.preventDefault();
});
