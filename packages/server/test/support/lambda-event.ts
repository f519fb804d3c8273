import type { LambdaEvent } from "../../src/adapters/lambda/event.js";

/** An HTTP API event (payload 2.0) as API Gateway sends it. */
export function httpApiEvent(
	method: string,
	path: string,
	options: {
		readonly query?: string;
		readonly body?: unknown;
		readonly headers?: Readonly<Record<string, string>>;
		readonly sub?: string;
	} = {},
): LambdaEvent {
	const { query = "", body, headers = {}, sub } = options;
	return {
		version: "2.0",
		rawPath: path,
		rawQueryString: query,
		headers: { "content-type": "application/json", ...headers },
		...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
		isBase64Encoded: false,
		requestContext: {
			requestId: "request-1",
			http: { method, path },
			...(sub === undefined
				? {}
				: { authorizer: { jwt: { claims: { sub, iss: "https://issuer.example" } } } }),
		},
	};
}

/** An event of a REST API. */
export const restEvent = (method: string, path: string, members: object = {}): LambdaEvent => ({
	httpMethod: method,
	path,
	headers: { "Content-Type": "application/json" },
	requestContext: { requestId: "rest-1", identity: { userArn: null } },
	...members,
});

/** An event of an Application Load Balancer. */
export const albEvent = (method: string, path: string, members: object = {}): LambdaEvent => ({
	httpMethod: method,
	path,
	headers: { "content-type": "application/json" },
	requestContext: { elb: { targetGroupArn: "arn:aws:elasticloadbalancing:x" } },
	...members,
});
