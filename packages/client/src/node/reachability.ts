import { networkInterfaces } from "node:os";
import { isObject, UploadError } from "../errors.js";
import { sleep } from "../http/wait.js";
import type { Reachability, Target } from "../platform.js";

/** Milliseconds between two attempts while there is no network. */
const pollInterval = 5_000;
/** Waits before the upload fails: 15 minutes, not counting sleep of the machine. */
const maxReconnectWaits = 180;

/** There is no route to any host, or no name server answers. */
const noNetwork = /^(ENETUNREACH|ENETDOWN|EAI_AGAIN)$/;
/** There is no network, or no such host. */
const noHost = /^(EHOSTUNREACH|ENOTFOUND)$/;
/** What undici says of a port that the Fetch standard blocks: https://fetch.spec.whatwg.org/#port-blocking */
const badPort = "bad port";
/** What undici and Node's agents say of a proxy that wants a login; undici in the cause of a cause. */
const proxyLogin = /(tunnel\b.*: HTTP\/1\.\d |Proxy response \()407/;
/** Something answers that is no HTTP, as a TLS server does, or hangs up. */
const noHttp = /^(UND_ERR_SOCKET|HPE_\w+|HTTPParserError)$/;
/** Errors of the TLS handshake, among them those of a server that speaks plain http. */
const noTls = /CERT|SSL|TLS|EPROTO|SIGNED|UNABLE_TO/;

export function createReachability(): Reachability {
	const known = new Set<string>();
	return {
		maxReconnectWaits,
		answered: (origin) => void known.add(origin),
		async explain(error, target) {
			const codes = codesOf(error);
			const all = (kind: RegExp): boolean => codes.every((code) => kind.test(code));
			if (all(noNetwork)) return "offline";
			if (all(noHost) && (known.has(target.origin) || !isConnected())) return "offline";
			const code = codes.find(Boolean);
			const message =
				code && noHttp.test(code) && !known.has(target.origin)
					? describeSilence(code, target)
					: describe(code, target);
			return message ? ["retry", new UploadError("network", message, { cause: error })] : undefined;
		},
		reconnect: (signal) => sleep(pollInterval, signal),
	};
}

/** With its port. */
function hostOf(origin: string): string {
	const { protocol, hostname, port } = new URL(origin);
	return `${hostname}:${port || (protocol === "https:" ? 443 : 80)}`;
}

/** What holds the address of a peer. */
const optionOf = (peer: Target["peer"]): string =>
	peer === "endpoint" ? "`endpoint`" : "the provider's bucket, region and endpoint on the server";

/** What it may mean that a server, which has never answered, closes connections. */
const describeSilence = (code: string, { peer, origin }: Target): string =>
	`${hostOf(origin)} closed the connection without an HTTP response (${code}). Check whether ${optionOf(peer)} should begin with https: or have another port, and that the ${peer} did not crash.`;

/** What a system's code says of the way to a host; undefined where it says no more than that it is lost. */
function describe(code = "", { peer, origin, partiallySent }: Target): string | undefined {
	const host = hostOf(origin);
	const option = optionOf(peer);
	if (code === "ENOTFOUND") {
		return `The host name of ${origin} cannot be resolved. Check ${option}.`;
	}
	if (code === "ECONNREFUSED") {
		return `Nothing listens at ${host} (${code}). Start the server, or correct host and port in ${option}.`;
	}
	if (code === badPort) {
		return `The port of ${host} is one that fetch refuses (X11, IRC, SIP and others), in browsers too: use another port in ${option}.`;
	}
	if (code === "407") {
		return `A proxy on the way to ${host} wants a login (407): set its name and password, as in HTTPS_PROXY=http://name:password@proxy:8080.`;
	}
	if (noTls.test(code)) {
		return `The TLS connection to ${host} failed (${code}). Check the certificate of the ${peer}, and whether ${option} should begin with http: or another port.`;
	}
	if (partiallySent) {
		return `The connection to ${host} broke while the body was sent${code && ` (${code})`}. Check the connection, and the body size limit of a proxy in front of the ${peer}.`;
	}
	return code && `The ${peer} at ${host} cannot be reached (${code}): check the connection.`;
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
	return causes.map((one: unknown) => {
		if (!isObject(one)) return "";
		const { code, name, message }: Partial<Record<"code" | "name" | "message", unknown>> = one;
		if (proxyLogin.test(`${message} ${one instanceof Error && one.cause}`)) return "407";
		// these two have no code
		const known = [message, name].find((words) => words === badPort || words === "HTTPParserError");
		return `${code ?? known ?? ""}`;
	});
}
