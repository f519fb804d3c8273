// The built bundle behind a local API Gateway whose authorizer lets user 42 in; prints the address.
import { startGateway } from "@skyput/testing";

const { handler } = await import(new URL("dist/handler.mjs", import.meta.url));
const { endpoint } = await startGateway(handler, {
	authorizer: { jwt: { claims: { sub: "42" } } },
});
console.log(`${endpoint}/uploads`);
