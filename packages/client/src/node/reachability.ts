import { networkInterfaces } from "node:os";
import { isObject, UploadError } from "../errors.js";
import { sleep } from "../http/wait.js";
import type { Reachability } from "../platform.js";

/** Milliseconds from one attempt to the next while there is no network. */
const pollInterval = 5_000;
/** After a quarter of an hour of such waits a program that nobody looks at shall end. Sleep of the machine does not count. */
const maxReconnectWaits = 180;

/** No way to any host, or to anybody who knows the host's address. */
const noNetwork = /^(ENETUNREACH|ENETDOWN|EAI_AGAIN)$/;
/** The network is gone, or there is no such host. */
const noHost = /^(EHOSTUNREACH|ENOTFOUND)$/;
/** Times that a name may be unknown: name servers have bad moments too. */
const unknownLimit = 3;

export function createReachability(): Reachability {
	const known = new Set<string>();
	/** How often the name of an origin was unknown. */
	const unknown = new Map<string, number>();
	return {
		maxReconnectWaits,
		answered: (origin) => void known.add(origin),
		async explain(error, { peer, origin }) {
			const codes = codesOf(error);
			const all = (kind: RegExp): boolean => codes.every((code) => kind.test(code));
			if (all(noNetwork)) return "offline";
			if (!all(noHost)) return undefined;
			if (known.has(origin) || !isConnected()) return "offline";
			if (!codes.includes("ENOTFOUND")) return undefined;
			const count = (unknown.get(origin) ?? 0) + 1;
			unknown.set(origin, count);
			if (count < unknownLimit) return undefined;
			const advice =
				peer === "endpoint"
					? "`endpoint`"
					: "the provider's bucket, region and endpoint on the server";
			const message = `There is no host of the name in ${origin}: check ${advice}.`;
			return ["fail", new UploadError("network", message, { cause: error })];
		},
		reconnect: (signal) => sleep(pollInterval, signal),
	};
}

/** Whether any interface leads out of this machine. */
function isConnected(): boolean {
	return Object.values(networkInterfaces()).some((addresses) =>
		addresses?.some(({ internal }) => !internal),
	);
}

/** The system's codes beneath an error of `fetch`; several when several addresses were tried. */
function codesOf(error: unknown): readonly string[] {
	const cause = error instanceof Error && error.cause;
	const causes = cause instanceof AggregateError ? cause.errors : [cause];
	return causes.map((one: unknown) => (isObject(one) && "code" in one ? `${one.code}` : ""));
}
