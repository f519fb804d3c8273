import { hash } from "node:crypto";
import { tampered, type WireCase } from "./wire.js";

const hour = 3_600_000;

/** Cases about signatures in the Authorization header. */
export const headerSignatureCases: readonly WireCase[] = [
	{
		name: "a signature in the header stores and reads",
		refuses: false,
		expected: "200, 200 hello",
		async run(wire) {
			const key = wire.key();
			const put = await wire.call("PUT", { key }, "hello");
			const get = await wire.call("GET", { key });
			return `${put.outcome}, ${get.outcome} ${get.body}`;
		},
	},
	{
		name: "a changed signature in the header is refused",
		refuses: true,
		expected: "403 SignatureDoesNotMatch",
		async run(wire) {
			const request = wire.signHeader("GET", { key: wire.key() });
			const authorization = (request.headers["authorization"] ?? "").replace(
				/Signature=(.*)/,
				(_, value: string) => `Signature=${tampered(value)}`,
			);
			return (await wire.send({ ...request, headers: { ...request.headers, authorization } }))
				.outcome;
		},
	},
	{
		name: "a body with another hash than the signed one is refused",
		refuses: true,
		expected: "400 XAmzContentSHA256Mismatch",
		run: async (wire) =>
			(await wire.call("PUT", { key: wire.key(), payloadHash: hash("sha256", "other") }, "hello"))
				.outcome,
	},
	{
		name: "a header signature of an hour ago is refused",
		refuses: true,
		expected: "403 RequestTimeTooSkewed",
		run: async (wire) =>
			(await wire.call("GET", { key: wire.key(), date: new Date(Date.now() - hour) })).outcome,
	},
	{
		name: "a truncated authorization header is refused",
		refuses: true,
		expected: "400 AuthorizationHeaderMalformed",
		async run(wire) {
			const request = wire.signHeader("GET", { key: wire.key() });
			const authorization =
				(request.headers["authorization"] ?? "").split(", SignedHeaders")[0] ?? "";
			return (await wire.send({ ...request, headers: { ...request.headers, authorization } }))
				.outcome;
		},
	},
];
