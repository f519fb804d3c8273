import { randomUUID } from "node:crypto";
import { mkdtemp, rmdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { S3ProviderOptions } from "@skyput/server/s3";
import { startCeph } from "../../../../tools/start-ceph.js";
import { type Deviations as ProviderDeviations, startS3Server } from "../../src/index.js";
import { cephDeviations } from "./ceph-deviations.js";
import { measuredServers } from "./measured-servers.js";
import { type Deviations, type Target, wireTo } from "./wire.js";

export interface Server extends Target {
	readonly name: string;
	readonly options: Pick<S3ProviderOptions, "compatibility" | "capabilities">;
	/** Of the cases of this folder, which a server without them does not run. */
	readonly deviations?: Deviations | undefined;
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

/**
 * One entry of `SKYPUT_CONFORMANCE_SERVERS`, a JSON array: CONTRIBUTING.md has an example. What it can do is known by
 * its name ({@link measuredServers}), or stated.
 */
interface GivenServer
	extends Omit<Target, "region" | "bucket">,
		Pick<S3ProviderOptions, "compatibility" | "capabilities"> {
	readonly name: string;
	/** @default "us-east-1" */
	readonly region?: string;
	readonly deviations?: Deviations;
	readonly providerDeviations?: ProviderDeviations;
}

/** The servers that the environment names, each with a new bucket. */
export async function givenServers(): Promise<readonly Server[]> {
	const text = process.env["SKYPUT_CONFORMANCE_SERVERS"] ?? "[]";
	const servers = (JSON.parse(text) as readonly GivenServer[]).map((given) => {
		const {
			compatibility = "unknown",
			capabilities,
			...server
		} = {
			...measuredServers[given.name],
			...given,
		};
		return {
			region: "us-east-1",
			bucket: `conformance-${randomUUID()}`,
			...server,
			options: { compatibility, capabilities },
			close: async () => {},
		};
	});
	for (const server of servers) {
		const made = await wireTo(server).call("PUT", { bucket: server.bucket });
		if (made.status !== 200) throw new Error(`${server.name} made no bucket: ${made.outcome}`);
	}
	return servers;
}

/** The S3 server with both of its stores, Ceph where it is installed, and the servers that the environment names. */
export async function startServers(): Promise<readonly Server[]> {
	return [await inMemory(), await inFolder(), ...(await ceph()), ...(await givenServers())];
}
