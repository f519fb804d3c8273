import { networkInterfaces } from "node:os";
import { isObject, UploadError } from "../errors.js";
import { sleep } from "../http/wait.js";
import type { Reachability } from "../platform.js";

/** Milliseconds between two attempts while there is no network. */
const pollInterval = 5_000;
/** Waits before the upload fails: 15 minutes, not counting sleep of the machine. */
const maxReconnectWaits = 180;

/** There is no route to any host, or no name server answers. */
const noNetwork = /^(ENETUNREACH|ENETDOWN|EAI_AGAIN)$/;
/** There is no network, or no such host. */
const noHost = /^(EHOSTUNREACH|ENOTFOUND)$/;
/** Failed lookups of a name before it counts as wrong: a lookup can fail for a moment. */
const maxLookups = 3;

export function createReachability(): Reachability {
	const known = new Set<string>();
	/** Failed lookups by origin. */
	const lookups = new Map<string, number>();
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
			const count = (lookups.get(origin) ?? 0) + 1;
			lookups.set(origin, count);
			if (count < maxLookups) return undefined;
			const advice =
				peer === "endpoint"
					? "`endpoint`"
					: "the provider's bucket, region and endpoint on the server";
			const message = `The host name of ${origin} cannot be resolved. Check ${advice}.`;
			return ["fail", new UploadError("network", message, { cause: error })];
		},
		reconnect: (signal) => sleep(pollInterval, signal),
	};
}

/** Whether any network interface is not internal. */
function isConnected(): boolean {
	return Object.values(networkInterfaces()).some((addresses) =>
		addresses?.some(({ internal }) => !internal),
	);
}

/** The system's codes in the cause of an error of `fetch`: several when several addresses were tried. */
function codesOf(error: unknown): readonly string[] {
	const cause = error instanceof Error && error.cause;
	const causes = cause instanceof AggregateError ? cause.errors : [cause];
	return causes.map((one: unknown) => (isObject(one) && "code" in one ? `${one.code}` : ""));
}
