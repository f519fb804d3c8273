/**
 * The parts of a Lambda HTTP event that are read: API Gateway HTTP API (2.0) and Function URL, REST API
 * (1.0), and Application Load Balancer. Structural, so that no type package is needed.
 */
export interface LambdaEvent {
	readonly version?: string | undefined;
	readonly rawPath?: string | undefined;
	readonly rawQueryString?: string | undefined;
	readonly path?: string | undefined;
	readonly httpMethod?: string | undefined;
	readonly headers?: Values<string> | null | undefined;
	readonly multiValueHeaders?: Values<readonly string[]> | null | undefined;
	readonly queryStringParameters?: Values<string> | null | undefined;
	readonly multiValueQueryStringParameters?: Values<readonly string[]> | null | undefined;
	readonly body?: string | null | undefined;
	readonly isBase64Encoded?: boolean | undefined;
	readonly requestContext?:
		| {
				readonly requestId?: string | undefined;
				readonly http?:
					| { readonly method?: string | undefined; readonly path?: string | undefined }
					| undefined;
				readonly elb?: unknown;
				readonly authorizer?: unknown;
				readonly identity?: unknown;
		  }
		| undefined;
}

type Values<Value> = Readonly<Record<string, Value | undefined>>;

/** An event before it is checked: test consoles and other services send anything. */
export type EventFields = Readonly<Record<string, unknown>>;

/** The kinds of event, by response format: HTTP API, REST API, load balancer. */
export type EventKind = "v2" | "v1" | "alb";

/** Whether a value is a JSON object. */
export const isObject = (value: unknown): value is EventFields =>
	typeof value === "object" && value !== null && !Array.isArray(value);

/** The value if it is a string, else "". */
export const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

/** The kind of an event; null for one that is not HTTP. */
export function kindOf(event: EventFields): EventKind | null {
	const context = event["requestContext"];
	if (!isObject(context)) return null;
	if (isObject(context["http"]) && event["version"] === "2.0") return "v2";
	if (typeof event["httpMethod"] !== "string") return null;
	return context["elb"] === undefined ? "v1" : "alb";
}

/** An id for one request: the gateway's, else Lambda's own. */
export function requestIdOf(event: EventFields, context: unknown): string {
	const gateway = event["requestContext"];
	const fromGateway = isObject(gateway) ? textOf(gateway["requestId"]) : "";
	const fromLambda = isObject(context) ? textOf(context["awsRequestId"]) : "";
	return fromGateway || fromLambda || crypto.randomUUID();
}
