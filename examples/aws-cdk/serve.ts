// The bundle behind a local API Gateway whose authorizer lets user 42 in; prints the address.
import { pathToFileURL } from "node:url";
import { startGateway } from "@skyput/testing";

const { handler } = await import(pathToFileURL(process.argv[2]).href);
const { endpoint } = await startGateway(handler, {
	authorizer: { jwt: { claims: { sub: "42" } } },
});
console.log(`${endpoint}/uploads`);
