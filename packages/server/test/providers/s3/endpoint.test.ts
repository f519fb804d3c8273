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

test("The SDK's variables for the host are obeyed, and an option beats them", async () => {
	const address = "https://my-bucket.s3.eu-west-1.amazonaws.com/k";
	const clear = () => vi.unstubAllEnvs();
	vi.stubEnv("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
	expect(await hostOf(valid)).toBe("http://127.0.0.1:1/my-bucket/k");
	vi.stubEnv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:2");
	expect(await hostOf(valid)).toBe("http://127.0.0.1:2/my-bucket/k");
	expect(await hostOf({ ...valid, signer: "aws-sdk" })).toBe("http://127.0.0.1:2/my-bucket/k");
	expect(await hostOf({ ...valid, endpoint: "http://127.0.0.1:3" })).toBe(
		"http://127.0.0.1:3/my-bucket/k",
	);
	vi.stubEnv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true");
	expect(await hostOf(valid)).toBe(address);
	clear();
	vi.stubEnv("AWS_USE_DUALSTACK_ENDPOINT", "true");
	expect(await hostOf(valid)).toBe("https://my-bucket.s3.dualstack.eu-west-1.amazonaws.com/k");
	expect(await hostOf({ ...valid, useDualstackEndpoint: false })).toBe(address);
	clear();
	vi.stubEnv("AWS_USE_FIPS_ENDPOINT", "true");
	expect(await hostOf(valid)).toBe("https://my-bucket.s3-fips.eu-west-1.amazonaws.com/k");
	expect(await hostOf({ ...valid, useFipsEndpoint: false })).toBe(address);
});

test.each([
	["https://0123.r2.cloudflarestorage.com", "auto"],
	["https://0123.eu.r2.cloudflarestorage.com", "auto"],
	["https://fly.storage.tigris.dev", "auto"],
	["https://t3.storage.dev", "auto"],
	["https://nyc3.digitaloceanspaces.com", "us-east-1"],
	["https://s3.eu-central-1.wasabisys.com", "eu-central-1"],
	["https://s3.us-west-004.backblazeb2.com", "us-west-004"],
	["https://s3.fr-par.scw.cloud", "fr-par"],
	["https://s3.gra.io.cloud.ovh.net", "gra"],
	["https://oss-cn-hangzhou.aliyuncs.com", "cn-hangzhou"],
	["https://s3.oss-cn-hangzhou-internal.aliyuncs.com", "cn-hangzhou"],
	["https://cos.ap-guangzhou.myqcloud.com", "ap-guangzhou"],
])("%s signs with its own region %s, also in a Lambda of another", async (endpoint, region) => {
	vi.stubEnv("AWS_REGION", "eu-west-3");
	const { url } = await s3Provider({ bucket: "my-bucket", credentials, endpoint }).signDownload(
		"k",
		{ expiresIn: 60 },
	);
	expect(new URL(url).searchParams.get("X-Amz-Credential")?.split("/")[2]).toBe(region);
});

test.each<[Partial<S3ProviderOptions>, string]>([
	[{}, "https://my-bucket.files.example.com/k"],
	[{ forcePathStyle: true }, "https://files.example.com/my-bucket/k"],
	[{ compatibility: "minio" }, "https://files.example.com/my-bucket/k"],
	// the server's own calls have the bucket in the path, so the storage takes it
	[{ endpoint: "http://127.0.0.1:9000" }, "https://files.example.com/my-bucket/k"],
	[{ signer: "aws-sdk" }, "https://my-bucket.files.example.com/k"],
])("With a publicEndpoint and %j a signed URL is %s", async (options, address) => {
	const base = { endpoint: "http://storage.internal:9000" };
	const publicEndpoint = "https://files.example.com";
	expect(await hostOf({ ...valid, ...base, publicEndpoint, ...options })).toBe(address);
});
