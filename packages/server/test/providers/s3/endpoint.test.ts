import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { S3ProviderOptions } from "../../../src/providers/s3/options.js";
import { s3Provider } from "../../../src/providers/s3/provider.js";

const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" };
const valid: S3ProviderOptions = { bucket: "my-bucket", region: "eu-west-1", credentials };

beforeEach(() => {
	vi.stubEnv("AWS_REGION", "");
	vi.stubEnv("AWS_DEFAULT_REGION", "");
});
afterEach(() => {
	vi.unstubAllEnvs();
});

const hostOf = async (options: S3ProviderOptions): Promise<string> => {
	const { url } = await s3Provider(options).signDownload("k", { expiresIn: 60 });
	return url.slice(0, url.indexOf("?"));
};

test("The region comes from the option, the service, the environment, in this order", async () => {
	const regionIn = async (options: object): Promise<string | undefined> => {
		const provider = s3Provider({ bucket: "my-bucket", credentials, ...options });
		const { url } = await provider.signDownload("k", { expiresIn: 60 });
		return new URL(url).searchParams.get("X-Amz-Credential")?.split("/")[2];
	};
	const endpoint = "https://s3.example.com";
	expect(await regionIn({ endpoint })).toBe("us-east-1");
	vi.stubEnv("AWS_DEFAULT_REGION", "eu-north-1");
	expect(await regionIn({})).toBe("eu-north-1");
	vi.stubEnv("AWS_REGION", "eu-west-3");
	expect(await regionIn({})).toBe("eu-west-3");
	expect(await regionIn({ endpoint, compatibility: "r2" })).toBe("auto");
	expect(await regionIn({ endpoint, compatibility: "r2", region: "weur" })).toBe("weur");
});

test.each<[Partial<S3ProviderOptions>, string]>([
	[{}, "https://my-bucket.s3.eu-west-1.amazonaws.com/k"],
	[{ region: "cn-north-1" }, "https://my-bucket.s3.cn-north-1.amazonaws.com.cn/k"],
	[{ useDualstackEndpoint: true }, "https://my-bucket.s3.dualstack.eu-west-1.amazonaws.com/k"],
	[{ forcePathStyle: true }, "https://s3.eu-west-1.amazonaws.com/my-bucket/k"],
	// a dot would leave the wildcard certificate
	[{ bucket: "my.bucket" }, "https://s3.eu-west-1.amazonaws.com/my.bucket/k"],
	[{ bucket: "MyBucket" }, "https://s3.eu-west-1.amazonaws.com/MyBucket/k"],
	[{ endpoint: "https://s3.example.com/" }, "https://my-bucket.s3.example.com/k"],
	[{ endpoint: "http://localhost:9000" }, "http://localhost:9000/my-bucket/k"],
	[{ endpoint: "http://127.0.0.1:9000" }, "http://127.0.0.1:9000/my-bucket/k"],
	[{ endpoint: "http://[::1]:9000" }, "http://[::1]:9000/my-bucket/k"],
	[
		{ endpoint: "https://example.com/storage/v1/s3/" },
		"https://example.com/storage/v1/s3/my-bucket/k",
	],
	[
		{ endpoint: "https://s3.example.com", compatibility: "minio" },
		"https://s3.example.com/my-bucket/k",
	],
])("With %j an object stands at %s", async (options, address) => {
	expect(await hostOf({ ...valid, ...options })).toBe(address);
});

test("A configured endpoint of the environment does not part the URLs from the control calls", async () => {
	vi.stubEnv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1");
	const address = "https://my-bucket.s3.eu-west-1.amazonaws.com/k";
	expect(await hostOf(valid)).toBe(address);
	expect(await hostOf({ ...valid, signer: "aws-sdk" })).toBe(address);
	expect(await hostOf({ ...valid, useFipsEndpoint: true })).toBe(
		"https://my-bucket.s3-fips.eu-west-1.amazonaws.com/k",
	);
});
