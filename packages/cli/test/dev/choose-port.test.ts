import { expect, test } from "vitest";
import { onFreePort } from "../../src/dev/choose-port.js";

test("a port that this user may not open is named with the option that chooses another", async () => {
	const denied = Object.assign(new Error("listen EACCES"), { code: "EACCES" });
	const start = () => Promise.reject(denied);
	const about = { first: 4400, option: "--port", onTaken: () => undefined };
	await expect(onFreePort(80, start, about)).rejects.toMatchObject({
		code: "port-taken",
		message:
			"this user may not open port 80: ports below 1024 need privileges. Choose another with --port; 0 is any free one.",
		cause: denied,
	});
});
