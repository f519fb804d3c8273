import { randomBytes } from "node:crypto";
import type { S3Request } from "./s3-request.js";

/** By which a fault proxy asks for a fault that only the storage can have. */
const faultHeader = "skyput-fault";

/** Whether this request is to have the fault. */
export const isFaulty = ({ headers }: S3Request, kind: "abort-upload" | "new-etag"): boolean =>
	headers.get(faultHeader) === kind;

/** An ETag that says nothing of the body, as that of an object encrypted by KMS; undefined without the fault. */
export const randomEtag = (request: S3Request): string | undefined =>
	isFaulty(request, "new-etag") ? `"${randomBytes(16).toString("hex")}"` : undefined;
