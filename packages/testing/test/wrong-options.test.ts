import { expect, it } from "vitest";
import {
	replay,
	runProviderCases,
	startBackend,
	startFaultProxy,
	startGateway,
	startGcsServer,
	startMemoryStorage,
	startS3Server,
} from "../src/index.js";

type Start = (...options: unknown[]) => unknown;
const started = async (start: unknown, ...options: unknown[]): Promise<unknown> =>
	await (start as Start)(...options);

const target = "http://127.0.0.1:9";

it.each<[string, unknown, unknown[], RegExp]>([
	["startS3Server", startS3Server, [{ faults: { rate: 2 } }], /rate must be a share .* not 2/],
	["startS3Server", startS3Server, [{ faults: { rate: "1" } }], /rate must be a share/],
	["startS3Server", startS3Server, [{ faults: { rate: -1 } }], /rate must be a share/],
	["startS3Server", startS3Server, [{ faults: { rate: Number.NaN } }], /rate must be a share/],
	["startS3Server", startS3Server, [{ faults: {} }], /rate must be a share .* not undefined/],
	["startS3Server", startS3Server, [{ faults: 5 }], /rate must be a share/],
	["startS3Server", startS3Server, [{ faults: { rate: 1, kind: [] } }], /Unknown member "kind"/],
	["startS3Server", startS3Server, [{ faults: { rate: 1, kinds: ["x"] } }], /no fault "x"/],
	["startFaultProxy", startFaultProxy, [], /target must be the URL of a server/],
	["startFaultProxy", startFaultProxy, [null], /target must be the URL of a server/],
	["startFaultProxy", startFaultProxy, [{ target, rate: 2 }], /rate must be a share/],
	["startFaultProxy", startFaultProxy, [{ target, faults: ["reset"] }], /list of faults/],
	["startFaultProxy", startFaultProxy, [{ target, faults: [] }], /list of faults/],
	["startBackend", startBackend, [], /uploads must be the table/],
	["startBackend", startBackend, [null], /uploads must be the table/],
	["startGateway", startGateway, [], /needs a Lambda handler/],
	["runProviderCases", runProviderCases, [], /function that returns the provider/],
	["runProviderCases", runProviderCases, [() => undefined], /it returned none/],
	["runProviderCases", runProviderCases, [() => ({}), null], /takes an object .*, not null/],
	["replay", replay, [], /replay\(\) needs a signed request/],
	["replay", replay, [null], /replay\(\) needs a signed request/],
	["startMemoryStorage", startMemoryStorage, [{ style: "sas" }], /style must be .* not "sas"/],
	...[null, 5, "x", true, []].flatMap((value): [string, unknown, unknown[], RegExp][] =>
		Object.entries({ startS3Server, startGcsServer, startMemoryStorage }).map(([name, start]) => [
			name,
			start,
			[value],
			new RegExp(`^${name}\\(\\) takes an object with these options, not `),
		]),
	),
	...(
		[
			["startS3Server", startS3Server, []],
			["startGcsServer", startGcsServer, []],
			["startMemoryStorage", startMemoryStorage, []],
			["startGateway", startGateway, [() => undefined]],
		] as const
	).map(([name, start, before]): [string, unknown, unknown[], RegExp] => [
		name,
		start,
		[...before, { prot: 1 }],
		/Unknown option "prot" of start.*Known are: /,
	]),
	["startFaultProxy", startFaultProxy, [{ target, rules: [] }], /Unknown option "rules"/],
	["startBackend", startBackend, [{ uploads: {}, table: 1 }], /Unknown option "table"/],
])("%s refuses what makes no sense (%#)", async (_, start, options, message) => {
	await expect(started(start, ...options)).rejects.toThrow(message);
});
