import { findChromium } from "../find-chromium.ts";
import { findProgram } from "../find-program.ts";

/** The browser engines that the client's tests run in. */
export const engines = ["chromium", "firefox", "webkit"] as const;

export type BrowserEngine = (typeof engines)[number];

/** What a test may need, and not every engine has. */
export type Ability = "changedFiles" | "longTasks" | "memory" | "offline" | "readInto";

/** Why an engine lacks an ability: a test that needs it is skipped with this reason. */
export type MissingAbilities = Readonly<Partial<Record<Ability, string>>>;

export const missingAbilities: Readonly<Record<BrowserEngine, MissingAbilities>> = {
	chromium: {},
	firefox: {
		changedFiles: "Firefox reads a chosen file as it is by then, and reports no change",
		longTasks: "Firefox reports no `longtask` entries",
		memory:
			"Firefox copies what XMLHttpRequest sends: 1,000 to 1,600 MiB more for a bare one of 600 MB",
	},
	webkit: {
		readInto: "WebKit has no byte streams, so Blobs are read by slices",
		longTasks: "WebKit reports no `longtask` entries",
		offline: "WebKitWebDriver cannot take the network away",
	},
};

/** WebKitGTK's own browser, its driver, and a display: it has no headless mode. */
export interface WebkitPrograms {
	readonly browser: string;
	readonly driver: string;
	readonly display: string;
}

export const findFirefox = (): string | undefined =>
	findProgram({
		variable: "FIREFOX",
		names: ["firefox-esr", "firefox"],
		paths: ["/Applications/Firefox.app/Contents/MacOS/firefox"],
	});

/** Linux only: Safari's own driver cannot be run without a desktop. */
export function findWebkit(): WebkitPrograms | undefined {
	const driver = findProgram({ names: ["WebKitWebDriver"] });
	const display = findProgram({ names: ["Xvfb"] });
	const folders = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/libexec"];
	const paths = folders.map((folder) => `${folder}/webkit2gtk-4.1/MiniBrowser`);
	const browser = findProgram({ names: ["MiniBrowser"], paths });
	return browser && driver && display ? { browser, driver, display } : undefined;
}

const install = "sudo apt-get install -y --no-install-recommends";

/** What an engine that is not installed takes, and how to get it; undefined where it is installed. */
export function missingEngine(engine: BrowserEngine): string | undefined {
	const [found, text] = {
		chromium: [findChromium, `Chromium: \`${install} chromium\` (or set CHROMIUM=/path/to/chrome)`],
		firefox: [findFirefox, `Firefox: \`${install} firefox-esr\` (or set FIREFOX=/path/to/firefox)`],
		webkit: [findWebkit, `WebKitGTK: \`${install} webkit2gtk-driver xvfb\``],
	}[engine] as [() => unknown, string];
	return found() ? undefined : text;
}
