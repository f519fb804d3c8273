/**
 * Opens a page in a window of its own: pages in the background are throttled. Playwright's pages report their requests to
 * it, as to open developer tools, which takes the browser 3 ms of processor time for each; this one reports none.
 *
 * @param {import("playwright").Browser} browser Chromium
 * @param {string} url of a page with an element `#file`
 */
export async function openPage(browser, url) {
	const session = await browser.newBrowserCDPSession();
	const { targetId } = await session.send("Target.createTarget", {
		url: "about:blank",
		newWindow: true,
	});
	const { sessionId } = await session.send("Target.attachToTarget", { targetId });
	/** @type {Map<number, (reply: { result?: object, error?: { message: string } }) => void>} by id of a command */
	const waiting = new Map();
	session.on("Target.receivedMessageFromTarget", (event) => {
		const { id, ...reply } = JSON.parse(event.message);
		if (event.sessionId === sessionId) waiting.get(id)?.(reply);
	});
	let commands = 0;
	const send = async (method, params = {}) => {
		const id = ++commands;
		const replied = new Promise((resolve) => waiting.set(id, resolve));
		const message = JSON.stringify({ id, method, params });
		await session.send("Target.sendMessageToTarget", { sessionId, message });
		const { result, error } = await replied;
		waiting.delete(id);
		if (error) throw new Error(`${method}: ${error.message}`);
		return result;
	};
	/** Calls a function in the page, which can use nothing of its file, and resolves like it. */
	const evaluate = async (run, argument) => {
		const { result, exceptionDetails } = await send("Runtime.evaluate", {
			expression: `(${run})(${JSON.stringify(argument)})`,
			awaitPromise: true,
			returnByValue: true,
		});
		if (!exceptionDetails) return result.value;
		throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
	};
	const { errorText } = await send("Page.navigate", { url });
	if (errorText) throw new Error(`${url}: ${errorText}`);
	await evaluate(
		() =>
			document.readyState === "complete" ||
			new Promise((resolve) => addEventListener("load", resolve, { once: true })),
	);
	return {
		evaluate,
		/** Chooses a file in the element `#file`. */
		async chooseFile(path) {
			const { result } = await send("Runtime.evaluate", {
				expression: 'document.querySelector("#file")',
			});
			await send("DOM.setFileInputFiles", { files: [path], objectId: result.objectId });
		},
	};
}
