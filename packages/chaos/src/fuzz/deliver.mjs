// Hands a request to a handler as its gateway or server would; every answer has one form.
import { Agent, createServer, request as httpRequest } from "node:http";
import { damage } from "./values.mjs";

const parse = (text) => {
	try {
		return JSON.parse(text);
	} catch {
		return {};
	}
};

const decode = (text) => {
	try {
		return decodeURIComponent(text.replaceAll("+", " "));
	} catch {
		return text;
	}
};

/** A query as gateways parse it: REST APIs decode the names and values, load balancers do not. */
function parsedQuery(query, decoded) {
	const read = decoded ? decode : (text) => text;
	const pairs = query
		.split("&")
		.filter(Boolean)
		.map((pair) => pair.split("="))
		.map(([name, ...value]) => [read(name), read(value.join("="))]);
	const groups = Map.groupBy(pairs, ([name]) => name);
	const multi = [...groups].map(([name, all]) => [name, all.map(([, value]) => value)]);
	return { multi: Object.fromEntries(multi), single: Object.fromEntries(pairs) };
}

const claims = (caller) =>
	caller === undefined ? {} : { sub: caller, iss: "https://issuer.example" };

/** The event of one of the five gateways, with some of its members replaced. */
function eventOf(shape, { method, path, query, caller, base64, eventEdits }, headers, body) {
	const encoded =
		body === undefined
			? {}
			: { body: base64 ? Buffer.from(body).toString("base64") : body, isBase64Encoded: base64 };
	// as a middleware that has parsed it leaves it
	if (shape === "parsed") encoded.body = parse(body);
	const multiValueHeaders = Object.fromEntries(Object.entries(headers).map(([n, v]) => [n, [v]]));
	const { multi, single } = parsedQuery(query, !shape.startsWith("alb"));
	const first = { httpMethod: method, path, headers, ...encoded, queryStringParameters: single };
	const events = {
		"http-api-2.0": {
			version: "2.0",
			rawPath: path,
			rawQueryString: query,
			headers,
			...encoded,
			requestContext: { http: { method, path }, authorizer: { jwt: { claims: claims(caller) } } },
		},
		parsed: {
			version: "2.0",
			rawPath: path,
			rawQueryString: query,
			headers,
			...encoded,
			requestContext: { http: { method, path }, authorizer: { lambda: { sub: caller ?? null } } },
		},
		"function-url": {
			version: "2.0",
			rawPath: path,
			rawQueryString: query,
			headers,
			...encoded,
			requestContext: {
				http: { method, path },
				authorizer: { iam: { cognitoIdentity: { identityId: caller ?? null } } },
			},
		},
		"http-api-1.0": {
			version: "1.0",
			...first,
			multiValueHeaders,
			multiValueQueryStringParameters: multi,
			requestContext: { authorizer: { claims: claims(caller) } },
		},
		rest: {
			...first,
			multiValueQueryStringParameters: multi,
			requestContext: { authorizer: { principalId: caller ?? null }, identity: {} },
		},
		alb: { ...first, requestContext: { elb: { targetGroupArn: "arn:aws:x" } } },
		"alb-multi-value": {
			httpMethod: method,
			path,
			multiValueHeaders,
			multiValueQueryStringParameters: multi,
			...encoded,
			requestContext: { elb: { targetGroupArn: "arn:aws:x" } },
		},
	};
	// a parsed body may be too deep to be copied
	return shape === "parsed" ? events[shape] : damage(events[shape], eventEdits);
}

const lowerCased = (headers) =>
	Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

const agent = new Agent({ keepAlive: true });

/** Sends over a socket. @returns undefined where Node's own client refuses the request */
function overSocket(origin, { method, path, query, base64 }, headers, body) {
	return new Promise((resolve, reject) => {
		const target = `${path}${query === "" ? "" : `?${query}`}`.replace(/[^!-~]/g, "_");
		// without either, Node's client sends the body of some methods without its end
		const framing =
			body === undefined
				? {}
				: base64
					? { "transfer-encoding": "chunked" }
					: { "content-length": Buffer.byteLength(body) };
		const options = { method, path: target, headers: { ...headers, ...framing }, agent };
		const sent = httpRequest(origin, options, (response) => {
			const chunks = [];
			response.on("data", (chunk) => chunks.push(chunk));
			response.on("error", reject);
			response.on("end", () =>
				resolve({
					status: response.statusCode,
					headers: response.headers,
					body: Buffer.concat(chunks).toString(),
				}),
			);
		});
		sent.on("error", reject);
		if (base64 && body !== undefined) {
			sent.write(body.slice(0, 7));
			sent.end(body.slice(7));
		} else sent.end(body);
	});
}

/**
 * @param {object} handlers
 * @returns {Promise<{ deliver: Function, close: () => Promise<void> }>} `deliver(request, body)` resolves with
 *   status, headers by lower-case name, and body; with undefined where the runtime itself refuses the request
 */
export async function startDelivery({ lambda, web, node }) {
	// Node's own limit would answer for the handler
	const server = createServer({ maxHeaderSize: 1e6 }, async (request, response) => {
		// as body parsers of Express do
		if (request.headers["x-parse"]) {
			const chunks = await request.toArray();
			request.body = parse(Buffer.concat(chunks).toString());
		}
		await node(request, response);
	});
	// a connection that a busy machine leaves idle would end under the next request
	server.keepAliveTimeout = 0;
	await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
	const origin = `http://127.0.0.1:${server.address().port}`;

	const deliver = async (sent, body) => {
		const { shape, method, contentType, caller } = sent;
		const headers = {
			...sent.headers,
			...(contentType === undefined ? {} : { "content-type": contentType }),
		};
		if (shape.startsWith("node")) {
			const own = {
				...headers,
				...(caller === undefined ? {} : { "x-caller": encodeURIComponent(caller) }),
				...(shape === "node-parsed" ? { "x-parse": "1" } : {}),
			};
			return await overSocket(origin, sent, own, method === "GET" ? undefined : body);
		}
		if (shape.startsWith("web")) {
			if (caller !== undefined) headers["x-caller"] = encodeURIComponent(caller);
			let request;
			try {
				const url = new URL(`http://api.example${sent.path}?${sent.query}`);
				const hasBody = body !== undefined && method !== "GET" && method !== "HEAD";
				request = new Request(url, { method, headers, ...(hasBody ? { body } : {}) });
			} catch {
				return undefined;
			}
			const response = await web(shape === "web" ? request : { request });
			const text = await response.text();
			return { status: response.status, headers: Object.fromEntries(response.headers), body: text };
		}
		const event = eventOf(shape, sent, headers, body);
		const result = await lambda(event, { awsRequestId: "1" });
		return { status: result.statusCode, headers: lowerCased(result.headers), body: result.body };
	};
	return {
		deliver,
		close: async () => {
			agent.destroy();
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		},
	};
}
