import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp } from "node:fs/promises";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { findCeph } from "./find-ceph.ts";
import { freePorts } from "./free-ports.ts";

/** A Ceph RGW that is up, with a bucket. */
export interface Ceph {
	readonly endpoint: string;
	readonly region: string;
	readonly bucket: string;
	readonly accessKeyId: string;
	readonly secretAccessKey: string;
	/** Ends its processes and deletes its scratch folder. */
	close(): Promise<void>;
}

const script = fileURLToPath(new URL("./ceph-s3.sh", import.meta.url));

/** The S3 port, the monitor's, and the twenty after it which the script gives to the other daemons. */
const portsNeeded = 22;

/**
 * Runs the daemons until they are closed, and no longer than this process: the script stops them when its standard
 * input ends, even if this process is killed and no hook runs.
 */
function runDaemons(env: NodeJS.ProcessEnv): {
	readonly up: Promise<void>;
	close(): Promise<void>;
} {
	// in its own process group: an interrupt in the terminal must not end the script before its daemons
	const child = spawn("bash", [script, "run"], {
		detached: true,
		env,
		stdio: ["pipe", "pipe", "ignore"],
	});
	const ended = once(child, "exit");
	const isUp = async (): Promise<void> => {
		let output = "";
		for await (const chunk of child.stdout.setEncoding("utf8")) {
			output += chunk;
			if (!output.includes("S3 endpoint")) continue;
			child.unref();
			(child.stdin as Socket).unref();
			return;
		}
		throw new Error(`tools/ceph-s3.sh ended: ${output}`);
	};
	return {
		up: isUp(),
		async close() {
			child.ref();
			child.stdin.end();
			await ended;
		},
	};
}

/**
 * Starts a Ceph RGW on its own ports and in its own folder, so that several test files can each have one; in memory
 * unless the environment has `CEPH_STORE=bluestore`. With `sts`, its user may make and assume roles. Undefined where
 * Ceph is not installed: such a machine has fewer tests.
 */
export async function startCeph(
	options: { readonly sts?: boolean } = {},
): Promise<Ceph | undefined> {
	if (!findCeph()) return undefined;
	const port = await freePorts(portsNeeded);
	const folder = await mkdtemp(join(tmpdir(), "skyput-ceph-"));
	const keys = { accessKeyId: "AKTESTCEPH", secretAccessKey: "test-secret-ceph" };
	const env = {
		...process.env,
		CEPH_DIR: folder,
		RGW_PORT: String(port),
		MON_PORT: String(port + 1),
		S3_ACCESS_KEY: keys.accessKeyId,
		S3_SECRET_KEY: keys.secretAccessKey,
		...(options.sts ? { RGW_STS: "true" } : {}),
	};
	const daemons = runDaemons(env);
	const bucket = "conformance";
	const region = "us-east-1";
	const endpoint = `http://127.0.0.1:${port}`;
	try {
		await daemons.up;
		const client = new S3Client({
			region,
			endpoint,
			forcePathStyle: true,
			credentials: { ...keys },
		});
		await client.send(new CreateBucketCommand({ Bucket: bucket }));
		client.destroy();
	} catch (error) {
		await daemons.close();
		throw new Error("Ceph did not start", { cause: error });
	}
	return { endpoint, region, bucket, ...keys, close: daemons.close };
}
