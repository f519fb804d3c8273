import { randomBytes } from "node:crypto";
import type { FaultEffect } from "../fault-proxy/fault.js";
import { storageFaultHeader } from "../fault-proxy/forward.js";
import type { S3Request } from "./s3-request.js";

/** Whether the fault proxy asks for a fault that only the storage can have. */
export const isFaulty = ({ headers }: S3Request, kind: FaultEffect["kind"]): boolean =>
	headers.get(storageFaultHeader) === kind;

/** An ETag that says nothing of the body, as that of an object encrypted by KMS; undefined without the fault. */
export const randomEtag = (request: S3Request): string | undefined =>
	isFaulty(request, "new-etag") ? `"${randomBytes(16).toString("hex")}"` : undefined;
