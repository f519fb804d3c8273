import { setTimeout } from "node:timers/promises";
import type { Key, Page } from "./browser.ts";

/** Milliseconds for a script, a page, and the driver's start, on a busy machine too. */
const timeouts = { script: 240_000, pageLoad: 240_000 };
const startTimeout = 240_000;

/** Of WebDriver, section 17.4.2. */
const keyCodes: Readonly<Record<Key, string>> = { Tab: "\uE004", Enter: "\uE007", " ": " " };

export interface Session {
	openPage(url: string): Promise<Page>;
	close(): Promise<void>;
}

/** What an asynchronous script hands back: JSON, since WebDriver turns undefined into null. */
type Settled = readonly [ok: boolean, json: string | null];

/**
 * Begins a session of WebDriver (https://www.w3.org/TR/webdriver2/) with WebKitGTK.
 *
 * @param driver origin of the driver, which may still be starting
 * @param binary path of the browser
 */
export async function createSession(driver: string, binary: string): Promise<Session> {
	const call = async <T>(method: string, path: string, body?: object): Promise<T> => {
		const response = await fetch(driver + path, {
			method,
			...(body && { body: JSON.stringify(body) }),
			headers: { "content-type": "application/json" },
			signal: AbortSignal.timeout(timeouts.script + 10_000),
		});
		const { value } = (await response.json()) as { value: T };
		if (response.ok) return value;
		const { error, message } = value as { error: string; message: string };
		throw new Error(`${method} ${path}: ${error}: ${message}`);
	};
	await waitUntilReady(() => call("GET", "/status"));
	const browserOptions = { binary, args: ["--automation"] };
	const alwaysMatch = {
		browserName: "MiniBrowser",
		// of the tests' own https server
		acceptInsecureCerts: true,
		"webkitgtk:browserOptions": browserOptions,
	};
	const { sessionId } = await call<{ sessionId: string }>("POST", "/session", {
		capabilities: { alwaysMatch },
	});
	const base = `/session/${sessionId}`;
	await call("POST", `${base}/timeouts`, timeouts);

	// commands act on the current window: each switches to its own, one after the other
	let last: Promise<unknown> = Promise.resolve();
	const inWindow = <T>(handle: string, path: string, body?: object): Promise<T> => {
		const next = last.then(async () => {
			await call("POST", `${base}/window`, { handle });
			return await call<T>(body ? "POST" : "DELETE", base + path, body);
		});
		last = next.catch(() => {});
		return next;
	};
	// stays open: the session ends with the last window
	const first = await call<string>("GET", `${base}/window`);
	return {
		async openPage(url) {
			// a tab behind others counts as hidden, and its timers fire once a second
			const kind = { type: "window" };
			const { handle } = await inWindow<{ handle: string }>(first, "/window/new", kind);
			const run = <T>(path: string, body?: object): Promise<T> => inWindow(handle, path, body);
			await run("/url", { url });
			return {
				goto: (url) => run("/url", { url }),
				reload: () => run("/refresh", {}),
				async evaluate(work, argument) {
					const script = `const [argument, done] = arguments;
						Promise.resolve(argument).then(${work}).then(
							(value) => done([true, JSON.stringify(value)]),
							(error) => done([false, String(error) + " " + (error?.stack ?? "")]));`;
					const args = [argument ?? null];
					const [ok, json] = await run<Settled>("/execute/async", { script, args });
					if (!ok) throw new Error(`In the page: ${json}`);
					return json === null ? undefined : JSON.parse(json);
				},
				async chooseFile(selector, path) {
					const element = await run<object>("/element", { using: "css selector", value: selector });
					await run(`/element/${Object.values(element)[0]}/value`, { text: path });
				},
				async press(key) {
					const value = keyCodes[key];
					const actions = [
						{ type: "keyDown", value },
						{ type: "keyUp", value },
					];
					await run("/actions", { actions: [{ type: "key", id: "keyboard", actions }] });
				},
				setOffline: () => Promise.reject(new Error("WebKitWebDriver cannot take the network away")),
				close: () => run("/window"),
			};
		},
		close: () => call("DELETE", base),
	};
}

async function waitUntilReady(request: () => Promise<unknown>): Promise<void> {
	const deadline = Date.now() + startTimeout;
	for (;;) {
		try {
			await request();
			return;
		} catch (error) {
			if (Date.now() > deadline) throw error;
			await setTimeout(50);
		}
	}
}
