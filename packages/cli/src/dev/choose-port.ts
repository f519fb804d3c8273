import { CommandError } from "../errors.js";

/** Ports to try after the default one. */
const tries = 20;

/**
 * Starts a server on the port that was asked for, or else on the first free one from the default.
 *
 * @param asked - By the user; undefined where any will do.
 * @param start - Starts the server on a port; rejects with the code EADDRINUSE where it is taken,
 *   EACCES where it may not be opened.
 * @param about - The default, the option to name in an error, and who is told of another port.
 * @throws CommandError `port-taken`.
 */
export async function onFreePort<Server>(
	asked: number | undefined,
	start: (port: number) => Promise<Server>,
	about: {
		readonly first: number;
		readonly option: string;
		readonly onTaken: (port: number) => void;
	},
): Promise<Server> {
	const first = asked ?? about.first;
	for (let port = first; ; port++) {
		try {
			return await start(port);
		} catch (cause) {
			const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
			if (code === "EACCES") {
				throw new CommandError(
					"port-taken",
					`this user may not open port ${port}: ports below 1024 need privileges. Choose another with ${about.option}; 0 is any free one.`,
					{ cause },
				);
			}
			if (code !== "EADDRINUSE") throw cause;
			if (asked === undefined && port < first + tries) {
				about.onTaken(port);
				continue;
			}
			throw new CommandError(
				"port-taken",
				`another program uses port ${port}. End it, or choose another port with ${about.option}; 0 is any free one.`,
				{ cause },
			);
		}
	}
}
