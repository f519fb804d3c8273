import { completionCases } from "./completion-cases.js";
import { guardCases } from "./guard-cases.js";
import { objectCases } from "./object-cases.js";
import { partCases } from "./part-cases.js";
import type { ProviderCase } from "./provider-case.js";
import { singleCases } from "./single-cases.js";

/**
 * The promises of a provider, as data for any test runner. Leave out those that do not apply to its
 * capabilities; a storage that answers otherwise breaks a promise that its capabilities make.
 */
export const providerCases: readonly ProviderCase[] = [
	...singleCases,
	...guardCases,
	...objectCases,
	...partCases,
	...completionCases,
];
