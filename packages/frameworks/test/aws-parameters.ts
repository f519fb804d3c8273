import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** What the local Parameter Store and Secrets Manager hold; a test may change it. */
export interface AwsParameters {
	parameters: Readonly<
		Record<string, { readonly type: "String" | "StringList"; readonly value: string }>
	>;
	secrets: Readonly<Record<string, string>>;
	/** The calls so far, by their targets. */
	readonly calls: string[];
	readonly endpoint: string;
	close(): void;
}

/** Starts both services, as far as reading goes: their JSON protocol 1.1, without signatures. */
export async function startAwsParameters(): Promise<AwsParameters> {
	const server = createServer(async (request, response) => {
		const chunks: Buffer[] = [];
		for await (const chunk of request) chunks.push(chunk as Buffer);
		const body = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, string>;
		const target = String(request.headers["x-amz-target"]);
		service.calls.push(target);
		const reply = replyTo(target, body);
		response.writeHead(reply ? 200 : 400, { "content-type": "application/x-amz-json-1.1" });
		response.end(JSON.stringify(reply ?? { __type: "ResourceNotFoundException" }));
	});

	function replyTo(target: string, body: Readonly<Record<string, string>>): object | undefined {
		if (target === "AmazonSSM.GetParametersByPath") {
			const found = Object.entries(service.parameters).filter(([name]) =>
				name.startsWith(String(body["Path"])),
			);
			return {
				Parameters: found.map(([Name, { type, value }]) => ({ Name, Type: type, Value: value })),
			};
		}
		const SecretString = service.secrets[String(body["SecretId"])];
		if (target !== "secretsmanager.GetSecretValue" || SecretString === undefined) return undefined;
		return { Name: body["SecretId"], SecretString };
	}

	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	const service: AwsParameters = {
		parameters: {},
		secrets: {},
		calls: [],
		endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		close() {
			server.closeAllConnections();
			server.close();
		},
	};
	return service;
}
