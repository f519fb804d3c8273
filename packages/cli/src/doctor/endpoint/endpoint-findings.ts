import { error, warning } from "../finding-kind.js";

/** Findings about the upload handler. */
export const endpointFindings = {
	"endpoint-unreachable": error(
		"No answer from the endpoint",
		"Check the URL: host, port, certificate",
	),
	"endpoint-redirects": error(
		"The endpoint redirects, which browsers do not follow",
		"Set `endpoint` to the final URL (trailing slash, https), or exempt the call from the login",
	),
	"endpoint-html": error(
		"A web page answers instead of the handler",
		"Correct the route: a single-page app's fallback or a login page is in front",
	),
	"endpoint-not-found": error("Nothing is mounted at the path", "Correct `endpoint`, or the route"),
	"endpoint-refused": error(
		"A gateway refuses the call before the handler sees it",
		"Change the authorizer, or the credentials given with `--header`",
	),
	"endpoint-failing": error(
		"The gateway answers that the handler fails, often because it throws when it starts",
		"Look into the function's log",
	),
	"endpoint-foreign": error("Something other than an upload handler answers", "Correct `endpoint`"),
	"operation-not-mounted": error(
		"The route of an operation does not lead to the handler",
		"Route everything below the base path to the handler: GET, POST and OPTIONS",
	),
	"preflight-refused": error(
		"The gateway refuses the browser's preflight",
		"Route OPTIONS to the handler, without an authorizer",
	),
	"handler-cors-missing": error(
		"The handler answers no web page",
		"Set `cors: { origins: [...] }`",
	),
	"handler-cors-origin": error(
		"The handler does not list the page's origin",
		"Add it to `cors.origins`, or `ALLOWED_ORIGINS`",
	),
	"handler-cors-headers": error(
		"The handler does not allow a request header",
		"Add it to `cors.headers`, or `ALLOWED_HEADERS`",
	),
	"handler-cors-twice": error(
		"Both gateway and handler add CORS headers, which browsers refuse",
		"Remove the gateway's CORS settings",
	),
	"body-limit": error(
		"Something in front refuses bodies that the contract allows",
		"Raise the body limit of the proxy, firewall or body parser to at least 64 kB",
	),
	"body-consumed": error(
		"A body parser reads the body before the handler",
		"Mount the handler before the parser",
	),
	"answers-cached": warning(
		"A cache in front may keep answers, which hold signed URLs",
		"Let the cache respect `Cache-Control: no-store`",
	),
	unauthenticated: error(
		"The handler does not know the caller",
		"Check `principal`, the authorizer, and `--header`",
	),
	"key-refused": error(
		"No rule allows the key that was tried",
		"Choose another `--key`, or change the rule",
	),
	"handler-error": error("The handler failed", "Look up the request id in its log"),
	"storage-refused": error(
		"The handler cannot work with its storage",
		"Correct the role, the region or the clock of the server, as the message says",
	),
	"mixed-content": error(
		"Pages over https get an http URL, which browsers block",
		"Use https in the storage's `endpoint` or `publicEndpoint`, and in the handler's URL",
	),
	"plan-invalid": error(
		"The answer is not a plan of the contract",
		"Use the same version of both packages",
	),
	"operation-failed": error("An operation of the contract fails", "Do what the message says"),
};
