export {
	type Gateway,
	type GatewayContext,
	type GatewayHandler,
	type GatewayOptions,
	startGateway,
} from "./api-gateway/gateway.js";
export type { GatewayEvent } from "./api-gateway/gateway-event.js";
export type {
	CapabilityName,
	Facts,
	ProviderCase,
	ProviderContext,
	ReplayRequest,
	ReplayResponse,
} from "./conformance/provider-case.js";
export {
	type CaseResult,
	type Deviations,
	providerCases,
	type RunProviderCasesOptions,
	replay,
	runProviderCases,
} from "./conformance/provider-cases.js";
export type { Fault, FaultEffect, FaultFailure, InjectedResponse } from "./fault-proxy/fault.js";
export type { FaultRule } from "./fault-proxy/fault-rules.js";
export { faultNamed, faultTable } from "./fault-proxy/fault-table.js";
export type { ProxyClock } from "./fault-proxy/forward-body.js";
export type { ProxiedOperation, RequestFacts } from "./fault-proxy/operation.js";
export {
	type FaultProxy,
	type FaultProxyOptions,
	type ProxiedRequest,
	startFaultProxy,
} from "./fault-proxy/start-fault-proxy.js";
export {
	type GcsCorsRule,
	type GcsServer,
	type GcsServerOptions,
	startGcsServer,
} from "./gcs-server/start-gcs-server.js";
export type { LocalServer } from "./listen.js";
export {
	type MemoryStorage,
	type MemoryStorageOptions,
	startMemoryStorage,
} from "./memory-storage/start-memory-storage.js";
export type { S3Compatibility } from "./s3-server/compatibility.js";
export type { S3EventDeliveries, S3ServerEvents } from "./s3-server/object-events.js";
export {
	type S3Server,
	type S3ServerFaults,
	type S3ServerOptions,
	startS3Server,
} from "./s3-server/start-s3-server.js";
export {
	type Backend,
	type BackendOptions,
	type BackendStorage,
	startBackend,
} from "./start-backend.js";
