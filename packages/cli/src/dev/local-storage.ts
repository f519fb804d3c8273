import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PresignProvider } from "@skyput/server";
import { s3Provider } from "@skyput/server/s3";
import { faultNamed, type S3Server, startFaultProxy, startS3Server } from "@skyput/testing";
import { CommandError, fileReason } from "../errors.js";

/** What happens in a bad network, without faults that take half a minute to notice. */
const badNetwork = [
	"reset in the body",
	"lost response",
	"truncated response",
	"slow connection",
	"flipped bit",
	"503 SlowDown",
	"500 after success",
];

/** A strict S3 server, and the same behind a bad network. */
export interface LocalStorage {
	readonly server: S3Server;
	/** Whether new URLs lead through the bad network. */
	faults: boolean;
	/** Signs for the address that `faults` asks for. */
	readonly provider: () => PresignProvider;
	/** Past the bad network. */
	readonly direct: PresignProvider;
	close(): Promise<void>;
}

/**
 * Starts the storage; bodies are kept in a temporary folder.
 *
 * @param port - Of the S3 server.
 * @param faults - Whether the bad network is on, and the share of requests that it hits.
 * @param deliver - Called with the event of each object that is stored in quarantine.
 * @throws CommandError where bodies cannot be kept; rejects with the code of the port where it is taken.
 */
export async function startLocalStorage(
	port: number,
	{ on, rate }: { readonly on: boolean; readonly rate: number },
	deliver: (event: unknown) => unknown,
): Promise<LocalStorage> {
	const dir = await mkdtemp(join(tmpdir(), "skyput-dev-")).catch((cause: unknown) => {
		throw new CommandError(
			"failed",
			`the temporary folder ${tmpdir()} cannot be written: ${fileReason(cause)}. Set TMPDIR to one that can.`,
			{ cause },
		);
	});
	const removeFolder = (): Promise<void> => rm(dir, { recursive: true, force: true });
	const events = { prefix: ".skyput/quarantine/", deliver };
	const server = await startS3Server({ port, dir, events }).catch(async (error: unknown) => {
		await removeFolder();
		throw error;
	});
	const proxy = await startFaultProxy({
		target: server.endpoint,
		rate,
		faults: badNetwork.map(faultNamed),
		seed: Date.now(),
	});
	const { endpoint, region, bucket, capabilities, accessKeyId, secretAccessKey } = server;
	const reachedAt = (publicEndpoint?: string): PresignProvider =>
		s3Provider({
			endpoint,
			publicEndpoint,
			bucket,
			region,
			capabilities,
			forcePathStyle: true,
			credentials: { accessKeyId, secretAccessKey },
		});
	const [direct, faulty] = [reachedAt(), reachedAt(proxy.endpoint)];
	const storage: LocalStorage = {
		server,
		faults: on,
		direct,
		provider: () => (storage.faults ? faulty : direct),
		async close() {
			await proxy.close();
			await server.close();
			await removeFolder();
		},
	};
	return storage;
}
