import { expect, it } from "vitest";
import {
	runProviderCases,
	startBackend,
	startFaultProxy,
	startGateway,
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
])("%s refuses what makes no sense (%#)", async (_, start, options, message) => {
	await expect(started(start, ...options)).rejects.toThrow(message);
});
