import { expect, test } from "vitest";
import { corsFixOf } from "../../src/doctor/clouds/cors-fix.js";

const origins = ["https://app.example.com"];
const headers = ["content-type", "content-md5"];

test("what an endpoint's storage lacks is fixed by a command of its cloud, which the signature of the URL tells", () => {
	const gcs = "https://storage.googleapis.com/my-bucket/a.txt?X-Goog-Signature=0a";
	expect(corsFixOf(gcs, origins, headers)).toBe(
		'gcloud storage buckets update gs://my-bucket --cors-file=cors.json   with [{"origin":["https://app.example.com"],"method":["PUT"],"responseHeader":["content-type","content-md5","ETag"],"maxAgeSeconds":3600}]',
	);
	const azure = "https://media.blob.core.windows.net/uploads/.skyput/a?sv=2022-11-02&sig=0a";
	expect(corsFixOf(azure, origins, ["content-md5"])).toBe(
		'az storage cors add --services b --account-name media --methods PUT --origins https://app.example.com --allowed-headers content-md5 --exposed-headers "" --max-age 3600',
	);
	const s3 = "https://my-bucket.s3.eu-west-1.amazonaws.com/a.txt?X-Amz-Signature=0a";
	expect(JSON.parse(corsFixOf(s3, origins, headers))).toMatchObject({
		CORSRules: [{ AllowedOrigins: origins }],
	});
});
