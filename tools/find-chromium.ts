import { findProgram } from "./find-program.ts";

/** Path of Chromium: `CHROMIUM`, then the PATH, then the usual places. */
export const findChromium = (): string | undefined =>
	findProgram({
		variable: "CHROMIUM",
		names: ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "msedge"],
		paths: [
			"/usr/bin/chromium",
			"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
			"/Applications/Chromium.app/Contents/MacOS/Chromium",
			"/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
			"C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
			"C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe",
		],
	});
