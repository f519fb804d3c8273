export type { Audit, AuditEvent } from "../audit-event.js";
export { type JsonAuditOptions, jsonAudit } from "./json-audit.js";
