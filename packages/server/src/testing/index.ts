export type {
	ProviderCase,
	ProviderContext,
	ReplayAnswer,
	ReplayRequest,
} from "./conformance/provider-case.js";
export { providerCases } from "./conformance/provider-cases.js";
export { replay } from "./conformance/replay.js";
export type { FaultRule } from "./faults/choose.js";
export type { FalseAnswer, Fault, FaultEffect, FaultEnd } from "./faults/fault.js";
export { faultTable } from "./faults/fault-table.js";
export type { ProxiedOperation, RequestFacts } from "./faults/operation.js";
export {
	type FaultProxy,
	type FaultProxyOptions,
	type ProxiedRequest,
	startFaultProxy,
} from "./faults/start-fault-proxy.js";
export {
	type Gateway,
	type GatewayContext,
	type GatewayHandler,
	type GatewayOptions,
	startGateway,
} from "./gateway.js";
export type { GatewayEvent } from "./gateway-event.js";
export { type LocalStorage, type StorageOptions, startStorage } from "./storage/start-storage.js";
