import { Socket } from "node:net";
import { createSecureContext, TLSSocket } from "node:tls";
import { certificate } from "../../../../tools/certificate.ts";

/**
 * The buffer of every read of every plain connection. `node:http` and `data` events allocate 64 KiB for
 * each read and take twice the processor time, which would make the sink the bottleneck.
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
	// only the constructor of a socket takes `onread`
	return new Socket({ handle: accepted._handle, onread });
}

const secureContext = createSecureContext(certificate);

/** The same over TLS, whose server sockets do not take `onread`. */
export function openSecure(accepted, receive) {
	const socket = new TLSSocket(accepted, { isServer: true, secureContext });
	return socket.on("data", (bytes) => {
		if (!receive(bytes)) socket.pause();
	});
}
