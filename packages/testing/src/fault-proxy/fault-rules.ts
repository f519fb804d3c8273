import { hash } from "node:crypto";
import type { Fault } from "./fault.js";
import type { ProxiedOperation, RequestFacts } from "./operation.js";

/** Hits the requests that match every member given. */
export interface FaultRule {
	readonly fault: Pick<Fault, "name" | "effect">;
	readonly method?: string | undefined;
	/** The whole path, or a pattern that occurs in it. */
	readonly path?: string | RegExp | undefined;
	readonly operation?: ProxiedOperation | undefined;
	readonly partNumber?: number | undefined;
	/** Hits only requests that come for this time, counted from 1: 1 spares those that are sent again. @default any */
	readonly attempt?: number | undefined;
	/** Hits only the match of this number, counted from 1. @default every match */
	readonly nth?: number | undefined;
}

/**
 * Whether a rule matches a request, whatever its `nth`.
 *
 * @param attempt how often the same request has come, from 1
 */
function matches(rule: FaultRule, facts: RequestFacts, attempt: number): boolean {
	const { path } = rule;
	return (
		(rule.method ?? facts.method) === facts.method &&
		(rule.operation ?? facts.operation) === facts.operation &&
		(rule.partNumber ?? facts.partNumber) === facts.partNumber &&
		(rule.attempt ?? attempt) === attempt &&
		(path === undefined ||
			(typeof path === "string" ? path === facts.path : facts.path.search(path) >= 0))
	);
}

/** Random faults, the same ones for the same seed. */
export interface RandomFaults {
	readonly seed: number;
	/** The share of requests to hit, from 0 to 1. */
	readonly rate: number;
	readonly faults: readonly Fault[];
}

/** @throws TypeError where it is no share. */
export function checkRate(rate: unknown): void {
	if (typeof rate === "number" && rate >= 0 && rate <= 1) return;
	throw new TypeError(`rate must be a share of the requests, from 0 to 1, not ${rate}.`);
}

/**
 * Draws the fault of a request from what it is and how often it has come, never from its time: the
 * faults of one upload do not depend on other uploads.
 *
 * @param times how often the same request has come, from 1
 */
function drawFault(
	{ seed, rate, faults }: RandomFaults,
	facts: RequestFacts,
	times: number,
): Fault | undefined {
	const { method, path, operation, partNumber } = facts;
	const digest = hash(
		"sha256",
		JSON.stringify([seed, method, path, operation, partNumber, times]),
		"buffer",
	);
	if (digest.readUInt32BE(0) / 2 ** 32 >= rate) return undefined;
	const possible = faults.filter(({ operations }) => operations.includes(operation));
	return possible[Math.floor((digest.readUInt32BE(4) / 2 ** 32) * possible.length)];
}

/** Chooses the fault of each request in turn: of the first rule that matches, else a random one. */
export type FaultChooser = (facts: RequestFacts) => Pick<Fault, "name" | "effect"> | undefined;

/** Creates a chooser, which counts requests and matches. `rules` may change at any time. */
export function createFaultChooser(
	rules: readonly FaultRule[],
	random: RandomFaults,
): FaultChooser {
	const requests = new Map<string, number>();
	const matched = new Map<FaultRule, number>();
	return (facts) => {
		const same = JSON.stringify([facts.method, facts.path, facts.operation, facts.partNumber]);
		const times = (requests.get(same) ?? 0) + 1;
		requests.set(same, times);
		let chosen: FaultRule | undefined;
		for (const rule of rules) {
			if (!matches(rule, facts, times)) continue;
			const nth = (matched.get(rule) ?? 0) + 1;
			matched.set(rule, nth);
			if ((rule.nth ?? nth) === nth) chosen ??= rule;
		}
		return chosen?.fault ?? drawFault(random, facts, times);
	};
}
