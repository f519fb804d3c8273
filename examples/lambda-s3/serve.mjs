// The built bundle behind a local API Gateway whose authorizer lets user 42 in; prints the address.
import { startGateway } from "@skyput/testing";

process.env.ALLOWED_ORIGINS ??= "http://localhost:5173";
const { handler } = await import(new URL("dist/handler.mjs", import.meta.url));
const { endpoint } = await startGateway(handler, {
	port: Number(process.env.PORT ?? 0),
	authorizer: { jwt: { claims: { sub: "42" } } },
});
console.log(`uploads at ${endpoint}/uploads`);
