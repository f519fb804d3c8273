// One upload by lib-storage in a process of its own. Usage: lib-storage-client.mjs ENDPOINT FILE
import { createReadStream } from "node:fs";
import { S3Client } from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { report } from "./report.mjs";

const [endpoint, path] = process.argv.slice(2);
const client = new S3Client({
	endpoint,
	region: "eu-west-1",
	forcePathStyle: true,
	credentials: { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "not a secret" },
});

await report(() =>
	new Upload({
		client,
		params: { Bucket: "bench", Key: "bench.bin", Body: createReadStream(path) },
		// its default concurrency, and the part size of the others
		queueSize: 4,
		partSize: 16 * 1024 * 1024,
	}).done(),
);
client.destroy();
