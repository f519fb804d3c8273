import { checksumCases } from "./checksum-cases.js";
import { completionCases } from "./completion-cases.js";
import { conditionCases } from "./condition-cases.js";
import { copyCases } from "./copy-cases.js";
import { attributeCases, copyPartCases } from "./copy-part-cases.js";
import { corsCases } from "./cors-cases.js";
import { formCases } from "./form-cases.js";
import { headerSignatureCases } from "./header-signature-cases.js";
import { partCases } from "./part-cases.js";
import { putCases } from "./put-cases.js";
import { querySignatureCases } from "./query-signature-cases.js";
import { readCases } from "./read-cases.js";
import { streamCases } from "./stream-cases.js";
import type { WireCase } from "./wire.js";

/** The behaviour of S3 on the wire, whatever the provider. */
export const wireCases: readonly WireCase[] = [
	...querySignatureCases,
	...headerSignatureCases,
	...streamCases,
	...putCases,
	...conditionCases,
	...readCases,
	...partCases,
	...completionCases,
	...checksumCases,
	...copyCases,
	...copyPartCases,
	...attributeCases,
	...formCases,
	...corsCases,
];
