import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { checkOptions } from "../check-options.js";
import { type LocalServer, listen } from "../listen.js";
import type { Fault, FaultEffect } from "./fault.js";
import { checkRate, createFaultChooser, type FaultRule } from "./fault-rules.js";
import { faultTable } from "./fault-table.js";
import { forward } from "./forward.js";
import { type ProxyClock, systemClock } from "./forward-body.js";
import { type RequestFacts, readFacts } from "./operation.js";

export interface FaultProxyOptions {
	/** @default a free port */
	readonly port?: number | undefined;
	/**
	 * Addresses of this machine to listen on, at one port. With several, `endpoint` names localhost, which browsers
	 * resolve to 127.0.0.1 and ::1.
	 *
	 * @default ["127.0.0.1"]
	 */
	readonly addresses?: readonly string[] | undefined;
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

type Mutable<Entry> = { -readonly [Name in keyof Entry]: Entry[Name] };

/**
 * Starts a proxy on this machine that injects faults: into the requests that its rules match, and into a
 * random share of all others. Works in front of a storage server or an upload handler.
 *
 * @param options the target, and which faults to inject; `rules` can be added to the result
 * @returns the running proxy
 * @throws TypeError when an option is wrong.
 */
export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
	checkProxyOptions(options);
	const { target, seed = 1, rate = 0, faults = faultTable, bandwidth, latency = 0 } = options;
	const { clock = systemClock, addresses = ["127.0.0.1"] } = options;
	const rules: FaultRule[] = [];
	const log: Mutable<ProxiedRequest>[] = [];
	const listeners = new Map<string | undefined, LocalServer>();
	/** Addresses that never respond. */
	const silent = new Set<string | undefined>();
	/** Bytes per second of connections that are slower than the others. */
	const stragglers = new WeakMap<Socket, number>();
	const chooseFault = createFaultChooser(rules, { seed, rate, faults });

	/** What happens to a request, by its own fault and by those of its connection and address. */
	const effectOn = (effect: FaultEffect | undefined, socket: Socket): FaultEffect | undefined => {
		const { localAddress } = socket;
		if (effect?.kind === "straggler") stragglers.set(socket, effect.bandwidth);
		const dies = effect?.kind === "dead-address" && listeners.size - silent.size > 1;
		if (dies && effect.silent) silent.add(localAddress);
		if (silent.has(localAddress)) return { kind: "silence" };
		if (dies) {
			void listeners.get(localAddress)?.close();
			listeners.delete(localAddress);
		}
		return effect?.kind === "dead-address" ? { kind: "reset", at: "start" } : effect;
	};
	const handle = async (
		request: IncomingMessage,
		response: ServerResponse,
		expectsContinue: boolean,
	): Promise<void> => {
		const facts = readFacts(request.method ?? "GET", request.url ?? "/", request.headers);
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
				effect: effectOn(fault?.effect, request.socket),
				bandwidth: Math.min(
					bandwidth ?? Number.POSITIVE_INFINITY,
					stragglers.get(request.socket) ?? Number.POSITIVE_INFINITY,
				),
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
	const servers: LocalServer[] = [];
	const close = async (): Promise<void> => {
		for (const server of servers) await server.close();
	};
	let { port = 0 } = options;
	try {
		for (const address of addresses) {
			const server = await listen(
				port,
				(request, response) => void handle(request, response, false),
				(request, response) => void handle(request, response, true),
				address,
			);
			servers.push(server);
			listeners.set(address, server);
			port = Number(new URL(server.endpoint).port);
		}
	} catch (error) {
		await close();
		throw error;
	}
	const [first] = servers;
	if (!first) throw new TypeError("addresses must name at least one address of this machine");
	const endpoint = servers.length === 1 ? first.endpoint : `http://localhost:${port}`;
	return { endpoint, close, rules, log };
}

const optionNames: Readonly<Record<keyof FaultProxyOptions, true>> = {
	port: true,
	addresses: true,
	target: true,
	seed: true,
	rate: true,
	faults: true,
	bandwidth: true,
	latency: true,
	clock: true,
};

function checkProxyOptions(options: FaultProxyOptions): void {
	const { target, rate = 0, faults = faultTable }: FaultProxyOptions = Object(options);
	if (!/^https?:$/.test(URL.parse(target)?.protocol ?? "")) {
		throw new TypeError(
			`target must be the URL of a server, such as http://127.0.0.1:9000, not ${target}.`,
		);
	}
	checkOptions("startFaultProxy()", options, optionNames);
	checkRate(rate);
	const isFault = (fault: Fault): boolean => Array.isArray(fault?.operations);
	if (Array.isArray(faults) && faults.length > 0 && faults.every(isFault)) return;
	throw new TypeError("faults must be a list of faults, such as those of faultTable.");
}
