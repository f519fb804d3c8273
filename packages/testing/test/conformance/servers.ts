import { randomUUID } from "node:crypto";
import { mkdtemp, rmdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { S3ProviderOptions } from "@skyput/server/s3";
import { startCeph } from "../../../../tools/start-ceph.js";
import { type Deviations as ProviderDeviations, startS3Server } from "../../src/index.js";
import { cephDeviations } from "./ceph-deviations.js";
import { type Deviations, type Target, wireTo } from "./wire.js";

export interface Server extends Target {
	readonly name: string;
	readonly options: Pick<S3ProviderOptions, "compatibility" | "capabilities">;
	/** Of the cases of this folder. */
	readonly deviations: Deviations;
	/** Of `providerCases`. */
	readonly providerDeviations?: ProviderDeviations;
	close(): Promise<void>;
}

async function inMemory(): Promise<Server> {
	const storage = await startS3Server();
	const { capabilities } = storage;
	return { ...storage, name: "startS3Server", options: { capabilities }, deviations: {} };
}

async function inFolder(): Promise<Server> {
	const dir = await mkdtemp(join(tmpdir(), "skyput-conformance-"));
	const storage = await startS3Server({ dir });
	return {
		...storage,
		name: "startS3Server with a folder",
		options: { capabilities: storage.capabilities },
		deviations: {},
		async close() {
			await storage.close();
			await rmdir(dir);
		},
	};
}

async function ceph(): Promise<readonly Server[]> {
	const server = await startCeph();
	if (server === undefined) return [];
	return [
		{
			...server,
			name: "Ceph RGW",
			options: { compatibility: "ceph" },
			deviations: cephDeviations,
		},
	];
}

/** One entry of `SKYPUT_CONFORMANCE_SERVERS`. */
interface GivenServer extends Omit<Target, "region" | "bucket"> {
	readonly name: string;
	/** @default "us-east-1" */
	readonly region?: string;
	readonly compatibility?: NonNullable<S3ProviderOptions["compatibility"]>;
	readonly deviations?: Deviations;
}

async function given(): Promise<readonly Server[]> {
	const text = process.env["SKYPUT_CONFORMANCE_SERVERS"] ?? "[]";
	const servers = (JSON.parse(text) as readonly GivenServer[]).map((server) => ({
		region: "us-east-1",
		bucket: `conformance-${randomUUID()}`,
		deviations: {},
		...server,
		options: { compatibility: server.compatibility ?? "unknown" },
		close: async () => {},
	}));
	for (const server of servers) {
		const made = await wireTo(server).call("PUT", { bucket: server.bucket });
		if (made.status !== 200) throw new Error(`${server.name} made no bucket: ${made.outcome}`);
	}
	return servers;
}

/** The S3 server with both of its stores, Ceph where it is installed, and the servers that the environment names. */
export async function startServers(): Promise<readonly Server[]> {
	return [await inMemory(), await inFolder(), ...(await ceph()), ...(await given())];
}
