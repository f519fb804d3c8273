import { connect, type Socket } from "node:net";

/** Where clamd listens. */
export interface ClamdAddress {
	readonly host: string;
	readonly port: number;
	/** Milliseconds without a byte in either direction. */
	readonly timeout: number;
}

/** Bytes on their way to clamd. */
export interface ClamdScan {
	/** Sends a chunk; resolves when there is room for the next one, with `false` once clamd has answered. */
	send(chunk: Uint8Array): Promise<boolean>;
	/**
	 * The answer, such as `stream: OK`, after the last chunk.
	 *
	 * @throws ClamdError also for an `OK` that came before all was sent.
	 */
	end(): Promise<string>;
	/** Ends the scan without an answer. */
	cancel(): void;
}

/** Bytes of the longest answer. */
const maxAnswer = 64 * 1024;

/** clamd could not be reached, or said nothing. */
export class ClamdError extends Error {
	override readonly name = "ClamdError";
}

/** Sends one command and reads its answer. */
export async function askClamd(address: ClamdAddress, command: string): Promise<string> {
	const connection = open(address);
	try {
		await connection.write(Buffer.from(`z${command}\0`));
		return await connection.answer;
	} finally {
		connection.socket.destroy();
	}
}

/** Begins to send an object: https://docs.clamav.net/manual/Usage/Scanning.html#clamd */
export function beginScan(address: ClamdAddress): ClamdScan {
	const connection = open(address);
	const command = connection.write(Buffer.from("zINSTREAM\0"));
	command.catch(() => undefined);
	return {
		async send(chunk) {
			// an empty chunk would end the stream
			if (chunk.length === 0) return true;
			await command;
			connection.socket.cork();
			void connection.write(lengthOf(chunk.length)).catch(() => undefined);
			const written = connection.write(chunk);
			connection.socket.uncork();
			await written;
			return !connection.isAnswered();
		},
		async end() {
			await command;
			const isEarly = connection.isAnswered();
			await connection.write(lengthOf(0));
			const answer = await connection.answer;
			if (!isEarly || answer !== "stream: OK") return answer;
			const where = `clamd at ${address.host}:${address.port}`;
			throw new ClamdError(`${where} answered before it had the whole file. Is it clamd?`);
		},
		cancel: () => void connection.socket.destroy(),
	};
}

function lengthOf(bytes: number): Buffer {
	const prefix = Buffer.alloc(4);
	prefix.writeUInt32BE(bytes);
	return prefix;
}

interface Connection {
	readonly socket: Socket;
	readonly answer: Promise<string>;
	/** Whether the answer is there, or cannot come any more. */
	readonly isAnswered: () => boolean;
	/** Resolves when there is room for more, or once the answer is there, which then counts. */
	write(bytes: Uint8Array): Promise<void>;
}

function open({ host, port, timeout }: ClamdAddress): Connection {
	const socket = connect({ host, port });
	const where = `clamd at ${host}:${port}`;
	socket.setTimeout(timeout, () =>
		socket.destroy(new ClamdError(`${where} did nothing for ${timeout / 1000} s.`)),
	);
	const answer = new Promise<string>((resolve, reject) => {
		let text = "";
		socket.on("data", (data: Buffer) => {
			text += data.toString("latin1");
			const end = /[\0\n]/.exec(text);
			if (end) resolve(text.slice(0, end.index));
			if (text.length > maxAnswer)
				socket.destroy(new ClamdError(`${where} never ends its answer.`));
		});
		let failure = new ClamdError(`${where} closed the connection without an answer.`);
		socket.on("error", (cause: NodeJS.ErrnoException) => {
			const message = `${where} cannot be reached, or ended the connection (${cause.code}).`;
			failure = cause instanceof ClamdError ? cause : new ClamdError(message, { cause });
		});
		// not on error: the answer to a stream that is too long may still arrive
		socket.on("close", () => reject(failure));
	});
	// no race with the answer for each write, which would keep something of all of them until then
	let waiting: (() => void)[] = [];
	let hasEnded = false;
	const proceed = (): void => {
		for (const resume of waiting) resume();
		waiting = [];
	};
	const stopWaiting = (): void => {
		hasEnded = true;
		proceed();
	};
	socket.on("drain", proceed);
	answer.then(stopWaiting, stopWaiting);
	return {
		socket,
		answer,
		isAnswered: () => hasEnded,
		async write(bytes) {
			if (socket.destroyed || !socket.writable) return;
			if (socket.write(bytes) || hasEnded) return;
			await new Promise<void>((resolve) => waiting.push(resolve));
		},
	};
}
