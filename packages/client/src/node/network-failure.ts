/** The error that ky takes for a network failure, by its very words. */
export function networkFailure(cause: unknown): TypeError {
	return new TypeError("fetch failed", { cause });
}

export const isNetworkFailure = (error: unknown): error is TypeError =>
	error instanceof TypeError && error.message === "fetch failed";

/** Whether the peer broke the connection off, and an answer may have been lost with it. */
export function isReset(error: unknown): boolean {
	if (!isNetworkFailure(error) || !(error.cause instanceof Error)) return false;
	const { cause } = error;
	return "code" in cause && (cause.code === "ECONNRESET" || cause.code === "EPIPE");
}
