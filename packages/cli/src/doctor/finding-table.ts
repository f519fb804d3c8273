import { endpointFindings } from "./endpoint/endpoint-findings.js";
import { error, type FindingKind } from "./finding-kind.js";
import { storageFindings } from "./storage/storage-findings.js";

/** Findings about the settings of the server, before anything is sent. */
const settingsFindings = {
	"token-secret-missing": error(
		"The handler has no token secret, so it serves plain URLs only",
		"Set `tokenSecret`, or `UPLOAD_TOKEN_SECRET`, to the output of `openssl rand -base64 32`",
	),
	"token-secret-short": error(
		"The token secret has fewer than 32 bytes",
		"Set `tokenSecret`, or `UPLOAD_TOKEN_SECRET`, to the output of `openssl rand -base64 32`",
	),
	"storage-options-invalid": error(
		"The options of the storage contradict each other or have a wrong form",
		"Correct the option that the message names",
	),
	"rules-unsupported": error(
		"A rule needs something that the storage is not known to support, so the handler does not start",
		"Change the rule, the storage's `compatibility` (here `--compatibility`) or its `capabilities`",
	),
};

/** Findings about pages. */
const pageFindings = {
	"page-policy": error(
		"A page's Content-Security-Policy forbids connections to the handler, or to a host name of the storage",
		"Add the `connect-src` that is printed to the page's policy",
	),
};

/** Every finding, in the order of docs/doctor.md. */
export const findingTable = {
	...settingsFindings,
	...storageFindings,
	...endpointFindings,
	...pageFindings,
} satisfies Readonly<Record<string, FindingKind>>;
