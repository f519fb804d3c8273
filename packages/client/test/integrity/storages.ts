import { defineUploads } from "@skyput/server";
import { azureProvider } from "@skyput/server/azure";
import { gcsProvider } from "@skyput/server/gcs";
import type { PresignProvider } from "@skyput/server/provider";
import {
	type Backend,
	type BackendStorage,
	type FaultProxy,
	type FaultRule,
	type S3Compatibility,
	startBackend,
	startFaultProxy,
	startGcsServer,
	startS3Server,
} from "@skyput/testing";
import { startAzurite } from "../../../../tools/start-azurite.js";
import { flips, keyOf, retryLimit, scenarios } from "./scenarios.js";

/** A storage, and what the upload handler takes it for. */
interface SimulatedStorage {
	readonly name: string;
	/** Absent for other clouds. */
	readonly compatibility?: S3Compatibility;
	/** The handler relies on what AWS enforces. */
	readonly takenForAws?: boolean;
	/** It verifies nothing, and tells digests. */
	readonly reportsOnly?: boolean;
	/** Its bucket refuses bodies without a digest, and the handler knows it. */
	readonly objectLock?: boolean;
}

export const storages: readonly SimulatedStorage[] = [
	...(["aws", "r2", "minio", "ceph", "b2", "unknown", "swift", "versitygw"] as const).map(
		(name) => ({ name, compatibility: name }),
	),
	{ name: "aws with Object Lock", compatibility: "aws", objectLock: true },
	{ name: "one that only reports digests", compatibility: "aws", reportsOnly: true },
	...(["swift", "versitygw", "minio"] as const).map((compatibility) => ({
		name: `${compatibility}, taken for aws`,
		compatibility,
		takenForAws: true,
	})),
	{ name: "Google Cloud Storage" },
	{ name: "Azure" },
];

const uploads = defineUploads({
	// b2 and others cannot refuse to overwrite
	"any/:name": { authorize: "public", overwrite: true, partSize: "5 MiB", maxSize: "1 GB" },
});

/** Flips bits as the keys say, and lets the last part of resumed uploads break off. */
const rules: readonly FaultRule[] = flips.flatMap((flip) =>
	scenarios.flatMap((scenario): FaultRule[] => {
		const path = new RegExp(`${keyOf(flip, scenario)}$`);
		const first = flip === "once" ? { nth: 1 } : {};
		const fault = { name: "flip-bit", effect: { kind: "flip-bit" } } as const;
		const busy = {
			name: "busy",
			effect: { kind: "respond", when: "after-body", status: 503, code: "SlowDown" },
		} as const;
		if (scenario === "single") return [{ fault, operation: "PutObject", path, ...first }];
		const part = { operation: "UploadPart", path } as const;
		return [
			{ ...part, fault, partNumber: scenario === "stream" ? 1 : 2, ...first },
			// until the first run gives up
			...(scenario === "resumed"
				? Array.from({ length: retryLimit + 1 }, (_, i) => ({
						...part,
						fault: busy,
						partNumber: 3,
						nth: i + 1,
					}))
				: []),
		];
	}),
);

const handler = { cors: { origins: ["*"] }, log: { error() {}, warn() {}, info() {} } };

/** An upload handler whose clients get to the storage through a proxy that flips bits. */
export interface FlippingBackend extends Backend {
	/** Lets the faults of a first attempt happen again. */
	flipAgain(): void;
}

/** A proxy counts what has matched a rule by its identity. */
const renewRules = ({ rules }: FaultProxy): void =>
	void rules.splice(0, rules.length, ...rules.map((rule) => ({ ...rule })));

/** An upload handler whose storage gets flipped bits. */
export async function startFlippingBackend(storage: BackendStorage): Promise<FlippingBackend> {
	const backend = await startBackend({ uploads, storage, storageProxy: {}, handler });
	backend.storageProxy?.rules.push(...rules);
	return { ...backend, flipAgain: () => backend.storageProxy && renewRules(backend.storageProxy) };
}

/** An upload handler for another cloud, whose clients get there through a proxy. */
async function startFlippingCloud(
	target: string,
	providerAt: (proxy: FaultProxy) => PresignProvider,
	stopCloud: () => Promise<void>,
): Promise<FlippingBackend> {
	const proxy = await startFaultProxy({ target });
	const backend = await startBackend({ uploads, provider: providerAt(proxy), handler });
	return {
		...backend,
		flipAgain: () => renewRules(proxy),
		async close() {
			await backend.close();
			await proxy.close();
			await stopCloud();
		},
	};
}

async function startFlippingGcs(): Promise<FlippingBackend> {
	const { endpoint, bucket, hmacKey: credentials, close } = await startGcsServer();
	return startFlippingCloud(
		endpoint,
		(proxy) => {
			proxy.rules.push(...rules);
			return gcsProvider({ bucket, endpoint, publicEndpoint: proxy.endpoint, credentials });
		},
		close,
	);
}

async function startFlippingAzurite(): Promise<FlippingBackend> {
	const { close, ...options } = await startAzurite();
	const { origin, pathname } = new URL(options.endpoint);
	return startFlippingCloud(
		origin,
		(proxy) => {
			const publicEndpoint = `${proxy.endpoint}${pathname}`;
			const azure = azureProvider({ ...options, publicEndpoint });
			return {
				...azure,
				async createMultipart(...call) {
					const ref = await azure.createMultipart(...call);
					// blocks go to a blob with the name of the upload, a whole file in one
					const own = rules.filter(({ path }) => ref.key.search(path ?? "") >= 0);
					const path = new RegExp(`${ref.id}$`);
					proxy.rules.push(
						...own.map((rule) => ({ ...rule, path, operation: "UploadPart" as const })),
					);
					return ref;
				},
				async signParts(...call) {
					const { urls, ...window } = await azure.signParts(...call);
					// the storage ignores it, and the proxy tells parts by it
					return { ...window, urls: urls.map((url) => `${url}&uploadId=&partNumber={partNumber}`) };
				},
			};
		},
		close,
	);
}

/** Starts one of the storages above, with its handler. */
export async function startSimulatedStorage(simulated: SimulatedStorage): Promise<FlippingBackend> {
	const { name, compatibility, takenForAws, reportsOnly, objectLock } = simulated;
	if (compatibility === undefined) {
		return name === "Azure" ? startFlippingAzurite() : startFlippingGcs();
	}
	const server = await startS3Server({ compatibility, objectLock });
	const { capabilities: ofAws, close } = await startS3Server();
	await close();
	const none = { single: [], part: [], object: [] };
	const capabilities = takenForAws
		? ofAws
		: reportsOnly
			? { ...ofAws, checksums: { ...ofAws.checksums, ...none } }
			: server.capabilities;
	const backend = await startFlippingBackend({ ...server, capabilities });
	return {
		...backend,
		async close() {
			await backend.close();
			await server.close();
		},
	};
}
