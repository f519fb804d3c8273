import type { HttpReply } from "../../router.js";

/** What a Lambda behind API Gateway, a Function URL or a load balancer answers. */
export interface LambdaResult {
	statusCode: number;
	statusDescription?: string | undefined;
	headers: Record<string, string>;
	/** Load balancers whose target group has multi-value headers read these alone. */
	multiValueHeaders?: Record<string, string[]> | undefined;
	body: string;
	isBase64Encoded: boolean;
}

/** A reply in the gateway's form. */
export function toResult(reply: HttpReply): LambdaResult {
	return {
		statusCode: reply.status,
		headers: { ...reply.headers },
		body: reply.body ?? "",
		isBase64Encoded: false,
	};
}
