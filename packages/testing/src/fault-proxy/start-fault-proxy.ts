import type { IncomingMessage, ServerResponse } from "node:http";
import { type LocalServer, listen } from "../listen.js";
import type { Fault } from "./fault.js";
import { createFaultChooser, type FaultRule } from "./fault-rules.js";
import { faultTable } from "./fault-table.js";
import { carry } from "./forward.js";
import { type RequestFacts, readFacts } from "./operation.js";

export interface FaultProxyOptions {
	/** The server behind, such as `http://127.0.0.1:9000`. */
	readonly target: string;
	/** The same seed gives the same request the same fault. @default 1 */
	readonly seed?: number;
	/** The share of requests that a fault hits by chance, from 0 to 1. @default 0 */
	readonly rate?: number;
	/** What comes by chance. @default the whole {@link faultTable} */
	readonly faults?: readonly Fault[];
	/** Bytes per second of each connection's bodies. @default no limit */
	readonly bandwidth?: number;
	/** Milliseconds that every request waits. @default 0 */
	readonly latency?: number;
}

/** What became of one request; changes until it is over. */
export interface ProxiedRequest extends RequestFacts {
	/** When it came: milliseconds by `performance.now()`. */
	readonly at: number;
	/** The name of the fault that hit it. */
	readonly fault?: string;
	/** What the target answered, whether or not the sender was told; absent = the target did not answer. */
	readonly targetStatus?: number;
	/** What the sender was told; absent = it got no whole answer. */
	readonly status?: number;
	/** Nothing happens to it any more. */
	readonly over: boolean;
}

/** A proxy that is up. Requests are to be signed for its own address, because it keeps their Host. */
export interface FaultProxy extends LocalServer {
	/** Looked at in order for every request, before chance; may be changed at any time. */
	readonly rules: FaultRule[];
	/** All requests so far, in the order of their arrival. Holds no query, so no signature. */
	readonly log: readonly ProxiedRequest[];
}

type Open<Entry> = { -readonly [Member in keyof Entry]: Entry[Member] };

/**
 * Starts a proxy on 127.0.0.1 that breaks requests: those that its rules name, and a share of all by
 * chance. For tests of uploads, before a storage or before an upload handler.
 */
export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
	const { target, seed = 1, rate = 0, faults = faultTable, bandwidth, latency = 0 } = options;
	const rules: FaultRule[] = [];
	const log: Open<ProxiedRequest>[] = [];
	const chooser = createFaultChooser(rules, { seed, rate, faults });

	const serve = async (
		request: IncomingMessage,
		response: ServerResponse,
		waits: boolean,
	): Promise<void> => {
		const facts = readFacts(request.method ?? "GET", request.url ?? "/");
		const fault = chooser.choose(facts);
		const entry: Open<ProxiedRequest> = {
			...facts,
			at: performance.now(),
			...(fault && { fault: fault.name }),
			over: false,
		};
		log.push(entry);
		// a cut answer never finishes, and what is written to nobody does not either
		response.on("finish", () => {
			entry.status = response.statusCode;
		});
		try {
			await carry({
				request,
				response,
				waits,
				target: new URL(target),
				effect: fault?.effect,
				bandwidth,
				latency,
				onTarget: (status) => {
					entry.targetStatus = status;
				},
			});
		} catch {
			// one side has gone: so the other goes, too
			request.socket.destroy();
		} finally {
			entry.over = true;
		}
	};
	const server = await listen(
		0,
		(request, response) => void serve(request, response, false),
		(request, response) => void serve(request, response, true),
	);
	return { ...server, rules, log };
}
