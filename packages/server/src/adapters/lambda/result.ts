import type { HttpReply } from "../../router.js";
import { type EventFields, isObject, kindOf } from "./event.js";

/** The result of a Lambda behind API Gateway, a Function URL or a load balancer. */
export interface LambdaResult {
	statusCode: number;
	statusDescription?: string | undefined;
	headers: Record<string, string>;
	/** Read instead of `headers` by load balancers whose target group has multi-value headers. */
	multiValueHeaders?: Record<string, string[]> | undefined;
	body: string;
	isBase64Encoded: boolean;
}

/** Converts a reply to the gateway's format. */
export function toResult(reply: HttpReply): LambdaResult {
	return {
		statusCode: reply.status,
		headers: { ...reply.headers },
		body: reply.body ?? "",
		isBase64Encoded: false,
	};
}

/** Completes a result, which a middleware may have made, for the gateway that sent the event. */
export function finishResult(event: EventFields, result: LambdaResult): void {
	// a middleware may end a call with anything: @middy/warmup answers "warmup"
	if (!isObject(result)) return;
	// http-cors answers a preflight without one
	result.body ??= "";
	if (kindOf(event) !== "alb" || !isObject(event["multiValueHeaders"])) return;
	// those of a middleware may have several values, such as cookies, and names in any case
	const own = result.multiValueHeaders ?? {};
	const names = new Set(Object.keys(own).map((name) => name.toLowerCase()));
	const others = Object.entries(result.headers ?? {}).flatMap(([name, value]) =>
		names.has(name.toLowerCase()) ? [] : [[name, [value]]],
	);
	result.multiValueHeaders = { ...Object.fromEntries(others), ...own };
}
