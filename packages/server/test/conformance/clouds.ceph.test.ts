import { readFile, writeFile } from "node:fs/promises";
import { type S3Compatibility, startGcsServer, startS3Server } from "@skyput/testing";
import { afterAll, expect, test } from "vitest";
import { startAzurite } from "../../../../tools/start-azurite.js";
import { startCeph } from "../../../../tools/start-ceph.js";
import { measuredServers } from "../../../testing/test/conformance/measured-servers.js";
import { givenServers } from "../../../testing/test/conformance/servers.js";
import type { ProviderCapabilities } from "../../src/capabilities.js";
import type { PresignProvider } from "../../src/provider.js";
import { azureProvider } from "../../src/providers/azure/index.js";
import { gcsProvider } from "../../src/providers/gcs/index.js";
import { s3Provider } from "../../src/providers/s3/index.js";
import { type ServiceName, services } from "../../src/providers/s3/services.js";
import { type Cloud, cloudsTable, runColumns } from "./clouds-table.js";

// Writes the table of docs/clouds.md (`npm run clouds -- --write`), or holds it in step.

const page = new URL("../../../../docs/clouds.md", import.meta.url);
const begin = "<!-- written by `npm run clouds -- --write` -->";
const end = "<!-- end -->";

const closers: (() => Promise<unknown>)[] = [];
afterAll(() => Promise.all(closers.map((close) => close())));

type Server = Pick<
	Awaited<ReturnType<typeof startS3Server>>,
	"endpoint" | "region" | "bucket" | "accessKeyId" | "secretAccessKey" | "close"
>;

function onServer(server: Server, compatibility: ServiceName): PresignProvider {
	const { endpoint, region, bucket, accessKeyId, secretAccessKey } = server;
	const credentials = { accessKeyId, secretAccessKey };
	closers.push(() => server.close());
	return s3Provider({ endpoint, region, bucket, credentials, compatibility, forcePathStyle: true });
}

const simulate = async (compatibility: S3Compatibility & ServiceName): Promise<PresignProvider> =>
	onServer(await startS3Server({ compatibility }), compatibility);

async function onCeph(): Promise<PresignProvider> {
	const ceph = await startCeph();
	if (!ceph) throw new Error("Ceph is not installed.");
	return onServer(ceph, "ceph");
}

async function onGcs(): Promise<PresignProvider> {
	const { bucket, endpoint, serviceAccount, close } = await startGcsServer();
	closers.push(close);
	return gcsProvider({ bucket, endpoint, credentials: serviceAccount });
}

async function onAzurite(): Promise<PresignProvider> {
	const { close, ...options } = await startAzurite();
	closers.push(close);
	return azureProvider(options);
}

const aws = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html";
const signed = "https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html";

type Made = Omit<Cloud, "capabilities"> & {
	make(): Promise<PresignProvider | ProviderCapabilities>;
};

/** Where the environment names the software, it runs the cases; else the row is what was measured on it. */
async function measured(name: string): Promise<PresignProvider | ProviderCapabilities> {
	const given = (await givenServers()).find((server) => server.name === name);
	const {
		endpoint = "https://storage.example",
		bucket = "uploads",
		region = "us-east-1",
	} = given ?? {};
	// nothing is signed where no server is named
	const { accessKeyId = "none", secretAccessKey = "none" } = given ?? {};
	const credentials = { accessKeyId, secretAccessKey };
	const options = { endpoint, bucket, region, credentials, forcePathStyle: true };
	const provider = s3Provider({ ...options, ...measuredServers[name] });
	return given ? provider : provider.capabilities;
}

/** Clouds that a run shows, or a server that behaves as they publish. */
const made: readonly Made[] = [
	{
		name: "Amazon S3",
		option: "aws",
		evidence: "simulated",
		source: aws,
		make: () => simulate("aws"),
	},
	{
		name: "Google Cloud Storage",
		option: "gcsProvider",
		evidence: "simulated",
		source: "https://cloud.google.com/storage/docs/xml-api/overview",
		make: onGcs,
	},
	{
		name: "Azure Blob Storage",
		option: "azureProvider",
		evidence: "run",
		source: "https://learn.microsoft.com/rest/api/storageservices/blob-service-rest-api",
		make: onAzurite,
	},
	{
		name: "Ceph 16",
		option: "ceph",
		evidence: "run",
		source: "https://docs.ceph.com/en/pacific/radosgw/s3/",
		make: onCeph,
	},
	{
		name: "Ceph 20",
		option: "ceph",
		evidence: "run",
		source: "https://docs.ceph.com/en/tentacle/radosgw/s3/",
		make: () => measured("Ceph 20"),
	},
	{
		name: "Cloudflare R2",
		option: "r2",
		evidence: "simulated",
		source: "https://developers.cloudflare.com/r2/api/s3/conditional-operations/",
		make: () => simulate("r2"),
	},
	{
		name: "MinIO",
		option: "minio",
		evidence: "simulated",
		source: "https://github.com/minio/minio/issues/20944",
		make: () => simulate("minio"),
	},
	{
		name: "Backblaze B2",
		option: "b2",
		evidence: "simulated",
		source: "https://www.backblaze.com/docs/cloud-storage-s3-compatible-api",
		make: () => simulate("b2"),
	},
	{
		name: "OpenStack Swift",
		option: "unknown",
		evidence: "run",
		source: "https://docs.openstack.org/swift/latest/s3_compat.html",
		make: () => measured("OpenStack Swift"),
	},
];

/** Clouds that are known by their documents. */
const documented: Readonly<Partial<Record<ServiceName, readonly [name: string, source: string]>>> =
	{
		digitalocean: ["DigitalOcean Spaces", signed],
		exoscale: [
			"Exoscale",
			"https://changelog-ng.exoscale.com/changelog/sos-conditional-requests-and-conditional-delete/",
		],
		mega: ["MEGA S4", "https://github.com/meganz/s4-specs"],
		ovh: [
			"OVHcloud",
			"https://docs.ovhcloud.com/en/guides/storage-and-backup/object-storage/s3-conditional-writes",
		],
		rustfs: ["RustFS", "https://github.com/rustfs/rustfs/pull/6801"],
		scaleway: [
			"Scaleway",
			"https://www.scaleway.com/en/docs/object-storage/api-cli/using-conditional-writes/",
		],
		selectel: ["Selectel", "https://docs.selectel.ru/en/s3/objects/conditional-requests/"],
		servercore: ["Servercore", "https://docs.servercore.com/s3/objects/conditional-requests"],
		storj: ["Storj", "https://github.com/storj/edge/issues/564"],
		tigris: ["Tigris", "https://www.tigrisdata.com/docs/objects/conditionals"],
		versitygw: ["Versity Gateway", "https://github.com/versity/versitygw/pull/1522"],
		wasabi: ["Wasabi", signed],
		unknown: ["any other", signed],
	};

test("every service of s3Provider has a row", () => {
	const named = [...made.map(({ option }) => option), ...Object.keys(documented)];
	expect(Object.keys(services).filter((name) => !named.includes(name))).toEqual([]);
});

test("docs/clouds.md has the table that the cases show", async () => {
	const clouds: Cloud[] = [];
	for (const { make, ...cloud } of made) {
		const known = await make();
		if ("signUpload" in known) await runColumns(known);
		clouds.push({ ...cloud, capabilities: "signUpload" in known ? known.capabilities : known });
	}
	for (const [option, [name, source]] of Object.entries(documented)) {
		const { capabilities } = services[option as ServiceName];
		clouds.push({ name, option, evidence: "documented", capabilities, source });
	}
	const text = await readFile(page, "utf8");
	const [before = "", rest = ""] = text.split(begin);
	const [, after = ""] = rest.split(end);
	const written = `${before}${begin}\n\n${cloudsTable(clouds)}\n\n${end}${after}`;
	if (process.env["SKYPUT_CLOUDS"] === "write") await writeFile(page, written);
	else expect(text).toBe(written);
}, 600_000);
