/** Maximum bytes of a request's head. */
const largestHead = 64 * 1024;

/**
 * @typedef {object} SinkRequest
 * @property {string} method
 * @property {string} path with its query
 * @property {string} text the body; empty for PUT, whose body is only counted
 *
 * @typedef {object} SinkHandler
 * @property {(path: string) => void} [begin] told of the path of every PUT
 * @property {(bytes: number) => void} count told of every piece of a PUT's body
 * @property {(request: SinkRequest) => { status: number, headers?: Record<string, string>, body?: string }} answer
 */

/**
 * Reads HTTP/1.1 requests from one connection, as far as curl and Node's clients use it: heads, bodies
 * with a content-length, `Expect: 100-continue`, keep-alive.
 *
 * @param {(text: string) => void} write
 * @param {SinkHandler} handler
 * @returns {(bytes: Buffer) => void} takes what arrives; does not keep it
 * @throws {Error} from there, for a request of another kind
 */
export function readRequests(write, { begin, count, answer }) {
	let head = "";
	/** @type {{ method: string, path: string, text: string, left: number } | undefined} */
	let current;

	const takeHead = (bytes) => {
		const before = head.length;
		head += bytes.latin1Slice();
		const end = head.indexOf("\r\n\r\n");
		if (end < 0) {
			if (head.length > largestHead) throw new Error("The head of a request has no end.");
			return bytes.length;
		}
		current = parseHead(head.slice(0, end));
		if (current.method === "PUT") begin?.(current.path);
		if (/\r\nexpect: *100-continue/i.test(head)) write("HTTP/1.1 100 Continue\r\n\r\n");
		head = "";
		return end + 4 - before;
	};
	const takeBody = (bytes) => {
		const length = Math.min(current.left, bytes.length);
		current.left -= length;
		if (current.method === "PUT") count(length);
		else current.text += bytes.latin1Slice(0, length);
		return length;
	};

	return (bytes) => {
		for (let rest = bytes; rest.length > 0; ) {
			rest = rest.subarray(current ? takeBody(rest) : takeHead(rest));
			if (current?.left === 0) {
				const { method, path, text } = current;
				current = undefined;
				write(encode(answer({ method, path, text })));
			}
		}
	};
}

function parseHead(head) {
	const [, method, path] = /^(\w+) (\S+) HTTP\/1\.1\r\n/.exec(head) ?? [];
	if (method === undefined) throw new Error("This is not the head of a request.");
	if (/\r\ntransfer-encoding:/i.test(head)) throw new Error("A body has no Content-Length.");
	const [, length = "0"] = /\r\ncontent-length: *(\d+)/i.exec(head) ?? [];
	return { method, path, text: "", left: Number(length) };
}

function encode({ status, headers = {}, body = "" }) {
	const lines = Object.entries({ ...headers, "content-length": Buffer.byteLength(body) });
	const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join("");
	return `HTTP/1.1 ${status} Sink\r\n${head}\r\n${body}`;
}
