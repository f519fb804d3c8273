import { useState } from "react";
import { faults } from "./config.ts";

const words: Record<string, readonly [label: string, what: string]> = {
	none: ["None", "Nothing is broken."],
	"bad-network": ["Bad network", "A share of the requests to the storage fails."],
	"slow-line": ["Slow line", "Each request gets half a megabyte a second."],
	offline: ["Offline", "No request gets through until you switch back."],
	"busy-storage": ["503s", "Every third request gets 503 and is asked to wait."],
	"expired-urls": [
		"Expired URLs",
		"The storage calls some signed URLs expired; the client asks for new ones.",
	],
	"flipped-bit": [
		"Flipped bit",
		"A bit changes on the way; the storage refuses the part by its checksum.",
	],
};

/** Breaks the network between this page, the upload handler and the storage, as far as the server can. */
export function FaultSwitch() {
	const [on, setOn] = useState(faults?.on ?? "none");
	if (!faults) return null;
	const choose = async (name: string): Promise<void> => {
		setOn(name);
		const body = JSON.stringify({ name, on: name !== "none" });
		await fetch("/faults", { method: "POST", body });
		setOnline(name !== "offline");
	};
	return (
		<fieldset className="card">
			<legend>Break the network</legend>
			<div className="choices">
				{["none", ...faults.choices].map((name) => (
					<label key={name}>
						<input
							type="radio"
							name="fault"
							checked={on === name}
							onChange={() => void choose(name)}
						/>
						<span>{words[name]?.[0] ?? name}</span>
					</label>
				))}
			</div>
			<p className="note" aria-live="polite">
				{words[on]?.[1]}
			</p>
		</fieldset>
	);
}

/** Tells the page what the browser would without a network. */
function setOnline(isOnline: boolean): void {
	if (navigator.onLine === isOnline) return;
	Object.defineProperty(navigator, "onLine", { configurable: true, get: () => isOnline });
	dispatchEvent(new Event(isOnline ? "online" : "offline"));
}

if (faults?.on === "offline") setOnline(false);
