// A server in a process of its own: `node server.mjs ours` or `node server.mjs bare`. Prints its port.
import { createServer } from "node:http";
import { createNodeHandler } from "@skyput/server/node";
import { everything } from "./everything.mjs";

/** Reads the request and writes an answer of a plan's length, and does nothing else. */
const bare = (request, response) => {
	const answer = JSON.stringify({ padding: "x".repeat(2_900) });
	request.resume().on("end", () => {
		response.writeHead(201, { "content-type": "application/json" });
		response.end(answer);
	});
};

const server = createServer(process.argv[2] === "ours" ? createNodeHandler(everything()) : bare);
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
