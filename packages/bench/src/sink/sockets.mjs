import { Socket } from "node:net";
import { createSecureContext, TLSSocket } from "node:tls";
import { certificate } from "./certificate.mjs";

/**
 * Every read of every plain connection goes here, since nothing outlives its callback. `node:http` and
 * a socket's `data` events allocate 64 KiB for each read and need twice the processor time; the sink
 * would then be what limits curl and the client alike.
 */
const buffer = Buffer.allocUnsafeSlow(256 * 1024);

/**
 * Takes over an accepted connection.
 *
 * @param {Socket} accepted paused, and not used afterwards
 * @param {(bytes: Buffer) => boolean} receive false = nothing more until `resume`
 */
export function openPlain(accepted, receive) {
	const onread = { buffer, callback: (length) => receive(buffer.subarray(0, length)) };
	// only a socket's constructor takes `onread`, and a server makes its sockets without
	return new Socket({ handle: accepted._handle, onread });
}

const secureContext = createSecureContext(certificate);

/** The same with TLS around it, whose sockets take no `onread` on this side. */
export function openSecure(accepted, receive) {
	const socket = new TLSSocket(accepted, { isServer: true, secureContext });
	return socket.on("data", (bytes) => {
		if (!receive(bytes)) socket.pause();
	});
}
