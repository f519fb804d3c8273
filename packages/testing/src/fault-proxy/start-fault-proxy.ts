import type { IncomingMessage, ServerResponse } from "node:http";
import { type LocalServer, listen } from "../listen.js";
import type { Fault } from "./fault.js";
import { createFaultChooser, type FaultRule } from "./fault-rules.js";
import { faultTable } from "./fault-table.js";
import { forward } from "./forward.js";
import { type ProxyClock, systemClock } from "./forward-body.js";
import { type RequestFacts, readFacts } from "./operation.js";

export interface FaultProxyOptions {
	/** @default a free port */
	readonly port?: number | undefined;
	/** The server to forward to, such as `http://127.0.0.1:9000`. */
	readonly target: string;
	/** The same seed gives the same request the same fault. @default 1 */
	readonly seed?: number | undefined;
	/** The share of requests that a random fault hits, from 0 to 1. @default 0 */
	readonly rate?: number | undefined;
	/** The random faults to draw from. @default the whole {@link faultTable} */
	readonly faults?: readonly Fault[] | undefined;
	/** Bytes per second of each connection's request bodies. @default no limit */
	readonly bandwidth?: number | undefined;
	/** Milliseconds to hold every request. @default 0 */
	readonly latency?: number | undefined;
	/** @default the machine's */
	readonly clock?: ProxyClock | undefined;
}

/** The record of one request; it changes until `done`. */
export interface ProxiedRequest extends RequestFacts {
	/** When it arrived, in milliseconds of the clock. */
	readonly at: number;
	/** The name of the fault that hit it. */
	readonly fault?: string | undefined;
	/** The status of the target's response, also where the sender did not get it. Absent: no response. */
	readonly targetStatus?: number | undefined;
	/** The status that the sender got. Absent: it got no complete response. */
	readonly status?: number | undefined;
	/** Whether the proxy has finished with it. */
	readonly done: boolean;
}

/** A running fault proxy. It keeps the Host header, so sign requests for the proxy's own address. */
export interface FaultProxy extends LocalServer {
	/** Checked in order for every request, before random faults. May be changed at any time. */
	readonly rules: FaultRule[];
	/** All requests in the order of their arrival. Holds no query, so no signature. */
	readonly log: readonly ProxiedRequest[];
}

type Mutable<Entry> = { -readonly [Member in keyof Entry]: Entry[Member] };

/**
 * Starts a proxy on 127.0.0.1 that injects faults: into the requests that its rules match, and into a
 * random share of all others. Works in front of a storage server or an upload handler.
 *
 * @param options the target, and which faults to inject; `rules` can be added to the result
 * @returns the running proxy
 */
export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
	const { target, seed = 1, rate = 0, faults = faultTable, bandwidth, latency = 0 } = options;
	const { clock = systemClock } = options;
	const rules: FaultRule[] = [];
	const log: Mutable<ProxiedRequest>[] = [];
	const chooseFault = createFaultChooser(rules, { seed, rate, faults });

	const handle = async (
		request: IncomingMessage,
		response: ServerResponse,
		expectsContinue: boolean,
	): Promise<void> => {
		const facts = readFacts(request.method ?? "GET", request.url ?? "/");
		const fault = chooseFault(facts);
		const entry: Mutable<ProxiedRequest> = {
			...facts,
			at: clock.now(),
			...(fault && { fault: fault.name }),
			done: false,
		};
		log.push(entry);
		// fires only when the sender got the complete response
		response.on("finish", () => {
			entry.status = response.statusCode;
		});
		try {
			await forward({
				request,
				response,
				expectsContinue,
				target: new URL(target),
				effect: fault?.effect,
				bandwidth,
				latency,
				clock,
				onTargetStatus: (status) => {
					entry.targetStatus = status;
				},
			});
		} catch {
			// one side disconnected: disconnect the other
			request.socket.destroy();
		} finally {
			entry.done = true;
		}
	};
	const server = await listen(
		options.port ?? 0,
		(request, response) => void handle(request, response, false),
		(request, response) => void handle(request, response, true),
	);
	return { ...server, rules, log };
}
