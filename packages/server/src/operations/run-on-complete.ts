import type { CompletionResult } from "../completions.js";
import { redact } from "../errors.js";
import type { CompiledRule } from "../uploads/compile-rule.js";
import type { CompleteInput } from "../uploads/rule.js";

/** Thrown by `reject`, so that nothing after it runs. */
class Rejection extends Error {
	override readonly name = "Rejection";
}

/** Runs `onComplete`. `reject` becomes a result; any other error is rethrown. */
export async function runOnComplete(
	{ onComplete }: Pick<CompiledRule, "onComplete">,
	input: Omit<CompleteInput, "reject">,
): Promise<CompletionResult> {
	let rejected: string | undefined;
	try {
		const data = await onComplete?.({
			...input,
			reject: (reason: unknown) => {
				// it is recorded, answered and audited
				rejected = redact(String(reason ?? "The server rejected the file."));
				throw new Rejection(rejected);
			},
		});
		// also when a catch inside onComplete swallowed the rejection
		return rejected === undefined ? { data } : { rejected };
	} catch (error) {
		if (rejected !== undefined) return { rejected };
		throw error;
	}
}
