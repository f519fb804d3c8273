/** A middleware as Middy takes it; structural, so that no types of Middy are needed. */
export interface Middleware {
	before?: ((request: never) => unknown) | undefined;
	after?: ((request: never) => unknown) | undefined;
	onError?: ((request: never) => unknown) | undefined;
}
