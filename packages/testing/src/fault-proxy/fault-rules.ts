import { hash } from "node:crypto";
import type { Fault } from "./fault.js";
import type { ProxiedOperation, RequestFacts } from "./operation.js";

/** Which requests a fault hits; what is absent does not matter. */
export interface FaultRule {
	readonly fault: Pick<Fault, "name" | "effect">;
	readonly method?: string;
	/** The whole path, or a pattern in it. */
	readonly path?: string | RegExp;
	readonly operation?: ProxiedOperation;
	readonly partNumber?: number;
	/** Only the match of this number, from 1. @default every match */
	readonly nth?: number;
}

/** Whether a rule means the request; its `nth` is not looked at. */
function matches(rule: FaultRule, facts: RequestFacts): boolean {
	const { path } = rule;
	return (
		(rule.method ?? facts.method) === facts.method &&
		(rule.operation ?? facts.operation) === facts.operation &&
		(rule.partNumber ?? facts.partNumber) === facts.partNumber &&
		(path === undefined ||
			(typeof path === "string" ? path === facts.path : facts.path.search(path) >= 0))
	);
}

/** Faults that come by chance, the same ones for the same seed. */
export interface FaultChance {
	readonly seed: number;
	/** The share of all requests that is hit, from 0 to 1. */
	readonly rate: number;
	readonly faults: readonly Fault[];
}

/**
 * Throws the dice for one request. They depend on what it is and how often it came, never on when: so
 * the faults of one upload are the same whatever goes on beside it.
 *
 * @param times how often the same request has come, from 1
 */
function draw(
	{ seed, rate, faults }: FaultChance,
	facts: RequestFacts,
	times: number,
): Fault | undefined {
	const { method, path, operation, partNumber } = facts;
	const dice = hash(
		"sha256",
		JSON.stringify([seed, method, path, operation, partNumber, times]),
		"buffer",
	);
	if (dice.readUInt32BE(0) / 2 ** 32 >= rate) return undefined;
	const possible = faults.filter(({ on }) => on.includes(operation));
	return possible[Math.floor((dice.readUInt32BE(4) / 2 ** 32) * possible.length)];
}

export interface FaultChooser {
	/** The fault of the next request: of the first rule that says so, else by chance. */
	choose(facts: RequestFacts): Pick<Fault, "name" | "effect"> | undefined;
}

/** Counts requests and matches from the first one on. `rules` may change at any time. */
export function createFaultChooser(rules: readonly FaultRule[], chance: FaultChance): FaultChooser {
	const requests = new Map<string, number>();
	const matched = new Map<FaultRule, number>();
	return {
		choose(facts) {
			const same = JSON.stringify([facts.method, facts.path, facts.operation, facts.partNumber]);
			const times = (requests.get(same) ?? 0) + 1;
			requests.set(same, times);
			let chosen: FaultRule | undefined;
			for (const rule of rules) {
				if (!matches(rule, facts)) continue;
				const nth = (matched.get(rule) ?? 0) + 1;
				matched.set(rule, nth);
				if ((rule.nth ?? nth) === nth) chosen ??= rule;
			}
			return chosen?.fault ?? draw(chance, facts, times);
		},
	};
}
