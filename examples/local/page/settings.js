const find = (id) => document.getElementById(id);

/** What the server that serves the page says: where files may go, and whether it can break the network. */
const { targets, faults } = JSON.parse(find("config").textContent);

const select = find("target");
select.append(...targets.map(({ pattern }) => new Option(pattern)));
find("target-row").hidden = targets.length < 2;
select.addEventListener("change", showHint);
showHint();

find("faults-row").hidden = faults === undefined;
find("faults").checked = faults === true;
find("faults").addEventListener("change", async ({ target }) => {
	await fetch("/faults", { method: "POST", body: JSON.stringify({ on: target.checked }) });
});

function showHint() {
	find("hint").textContent = targets[select.selectedIndex]?.hint ?? "";
}

/** The key of a chosen file, from its path in a chosen folder. */
export function keyFor(path) {
	const { key } = targets[select.selectedIndex];
	return key.replace("{path}", () => path).replace("{name}", () => path.split("/").at(-1));
}
