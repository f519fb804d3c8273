import { expect, test } from "vitest";
import { createEnvironmentHandler } from "../../../src/presets/lambda-s3/create-environment-handler.js";
import { createBody, tokenSecret } from "../../support/call.js";
import { httpApiEvent } from "../../support/lambda-event.js";

const aws = { BUCKET_NAME: "files", AWS_REGION_NAME: "eu-west-1" };
// static keys, so that nothing looks for credentials elsewhere
process.env["AWS_ACCESS_KEY_ID"] = "AKIDEXAMPLE";
process.env["AWS_SECRET_ACCESS_KEY"] = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

async function get(environment: Record<string, string>, query: string, sub?: string) {
	const handler = createEnvironmentHandler({ ...aws, ...environment });
	const { statusCode, body } = await handler(
		httpApiEvent("GET", "/", { query, ...(sub === undefined ? {} : { sub }) }),
	);
	return { status: statusCode, body: JSON.parse(body) as Record<string, string> };
}

test("by default a principal is required, overwriting is refused, and URLs live 300 seconds", async () => {
	expect(await get({}, "key=a.txt")).toMatchObject({ status: 401 });
	const { status, body } = await get({}, "key=a.txt", "7");
	expect(status).toBe(200);
	const url = new URL(body["uploadURL"] ?? "");
	expect(url.host).toBe("files.s3.eu-west-1.amazonaws.com");
	expect(url.searchParams.get("X-Amz-Expires")).toBe("300");
	expect(body["headers"]).toMatchObject({ "if-none-match": "*" });
});

test("the region falls back to AWS_REGION, and empty variables count as absent", async () => {
	const { body } = await get(
		{ AWS_REGION_NAME: "", AWS_REGION: "us-west-2", PUBLIC_UPLOADS: "true", KEY_PREFIX: "" },
		"key=a",
	);
	expect(body["uploadURL"]).toContain("s3.us-west-2.amazonaws.com");
});

test("ALLOW_OVERWRITE and PUBLIC_UPLOADS make a URL that curl -T alone can use", async () => {
	const { body } = await get(
		{ ALLOW_OVERWRITE: "true", PUBLIC_UPLOADS: "true", URL_EXPIRATION_SECONDS: "60" },
		"key=a",
	);
	expect(body["headers"]).toEqual({});
	expect(new URL(body["uploadURL"] ?? "").searchParams.get("X-Amz-Expires")).toBe("60");
});

test("KEY_PREFIX goes before every key, with issuer and subject as one encoded segment", async () => {
	expect((await get({ KEY_PREFIX: "in/" }, "key=a/b.txt", "7")).body["key"]).toBe("in/a/b.txt");
	const personal = { KEY_PREFIX: "users/{principal}/" };
	for (const [sub, segment] of [
		["7", "7"],
		["auth0|x/y", "auth0%7Cx%2Fy"],
		["..", ".."],
		["a b", "a%20b"],
	] as const) {
		expect((await get(personal, "key=a", sub)).body["key"]).toBe(
			`users/https%3A%2F%2Fissuer.example:${segment}/a`,
		);
	}
	expect((await get(personal, "key=../other/a", "7")).body["code"]).toBe("invalid-key");
	// the limit of 1,024 bytes counts the prefix
	expect((await get(personal, `key=${"a".repeat(1000)}`, "7")).body["code"]).toBe("invalid-key");
});

test("a KEY_PREFIX that lets one caller's keys begin like another's is refused", () => {
	// caller "7" with the key "1/x" would write what belongs to caller "71"
	for (const prefix of ["users/{principal}", "{principal}", "a/{principal}/{principal}-"]) {
		expect(() => createEnvironmentHandler({ ...aws, KEY_PREFIX: prefix })).toThrow(
			/KEY_PREFIX.*slash after/,
		);
	}
	expect(() => createEnvironmentHandler({ ...aws, KEY_PREFIX: "u-{principal}/in-" })).not.toThrow();
});

test("a misspelt placeholder is refused, instead of being a folder that all callers share", () => {
	for (const prefix of ["{Principal}/", "users/{sub}/", "{principal}/{x", "{principal/"]) {
		expect(() => createEnvironmentHandler({ ...aws, KEY_PREFIX: prefix })).toThrow(
			/KEY_PREFIX.*\{principal\}/,
		);
	}
});

test("a key cannot change the letters of its KEY_PREFIX", async () => {
	// normalised together, "tenant-a" and a combining accent are "tenant-á"
	const query = `key=${encodeURIComponent("\u0301/x")}`;
	expect((await get({ KEY_PREFIX: "tenant-a" }, query, "7")).body["code"]).toBe("invalid-key");
	const decomposed = await get({ KEY_PREFIX: "cafe\u0301/" }, "key=x", "7");
	expect(decomposed.body["key"]).toBe("caf\u00e9/x");
});

test("limits on size and type hold", async () => {
	const limits = { MAX_UPLOAD_BYTES: "1000", ALLOWED_CONTENT_TYPES: "image/*, text/plain" };
	const code = async (query: string) => (await get(limits, query, "7")).body["code"];
	expect(await code("key=a&contentType=text/plain")).toBe("invalid-size");
	expect(await code("key=a&contentType=text/plain&size=1001")).toBe("too-large");
	expect(await code("key=a&contentType=text/html&size=5")).toBe("unsupported-type");
	expect(await code("key=a&contentType=image/png&size=1000")).toBeUndefined();
});

test("without a token secret POST answers 501, with one it plans", async () => {
	const event = httpApiEvent("POST", "/", { body: createBody("a", 5), sub: "7" });
	expect((await createEnvironmentHandler(aws)(event)).statusCode).toBe(501);
	expect(
		(await createEnvironmentHandler({ ...aws, UPLOAD_TOKEN_SECRET: tokenSecret })(event))
			.statusCode,
	).toBe(201);
});

test("a principal comes from whichever authorizer the gateway has, never from a load balancer's headers", async () => {
	const handler = createEnvironmentHandler(aws);
	const status = async (requestContext: object, members: object = {}) =>
		(
			await handler({
				httpMethod: "GET",
				path: "/",
				queryStringParameters: { key: "a" },
				requestContext,
				...members,
			})
		).statusCode;
	expect(await status({ authorizer: { claims: { sub: "7" } } })).toBe(200);
	expect(await status({ authorizer: { principalId: "7" } })).toBe(200);
	expect(await status({ identity: { userArn: "arn:aws:iam::1:user/x", accountId: "1" } })).toBe(
		200,
	);
	const header = { "x-amzn-oidc-identity": "7", "x-amzn-oidc-data": "e30.eyJzdWIiOiI3In0.x" };
	expect(await status({ elb: {} }, { headers: header })).toBe(401);
});

test("S3_ENDPOINT implies path style, and S3_COMPATIBILITY says what it enforces", async () => {
	const ceph = {
		S3_ENDPOINT: "http://storage.example:7480",
		S3_COMPATIBILITY: "ceph",
		S3_UNSIGNED_HEADERS: "denied-by-policy",
		PUBLIC_UPLOADS: "true",
	};
	const { body } = await get(ceph, "key=a");
	expect(body["uploadURL"]).toMatch(/^http:\/\/storage\.example:7480\/files\/a\?/);
	expect(body["headers"]).toMatchObject({ "if-none-match": "*" });
	expect(() => createEnvironmentHandler({ ...aws, S3_ENDPOINT: "http://storage.example" })).toThrow(
		/cannot refuse to overwrite/,
	);
	expect(() =>
		createEnvironmentHandler({ ...aws, ...ceph, UPLOAD_TOKEN_SECRET: tokenSecret }),
	).toThrow(/multipart/);
	expect(() =>
		createEnvironmentHandler({ ...aws, ...ceph, S3_UNSIGNED_HEADERS: undefined }),
	).toThrow(/- [A-Z3_, ]+ or S3_UNSIGNED_HEADERS: The /);
	expect(() => createEnvironmentHandler({ ...aws, ...ceph, S3_UNSIGNED_HEADERS: "yes" })).toThrow(
		'unsignedHeaders: must be "accepted" or "denied-by-policy"',
	);
});

test("everything that is wrong is reported at once, by name and without a secret's value", () => {
	const wrong = {
		URL_EXPIRATION_SECONDS: "NaN",
		MAX_UPLOAD_BYTES: "5MB",
		PART_SIZE_BYTES: "-1",
		ALLOW_OVERWRITE: "yes",
		ALLOWED_CONTENT_TYPES: "png",
		KEY_PREFIX: "a//{principal}/",
		PUBLIC_UPLOADS: "true",
		UPLOAD_TOKEN_SECRET: "hunter2",
		S3_COMPATIBILITY: "floppy",
		ALLOWED_ORIGINS: "https://app.example.com/path",
	};
	let message = "";
	try {
		createEnvironmentHandler(wrong);
	} catch (error) {
		message = (error as Error).message;
	}
	for (const name of [...Object.keys(wrong).filter((n) => n !== "PUBLIC_UPLOADS"), "BUCKET_NAME"]) {
		expect(message).toContain(name);
	}
	expect(message).not.toContain("hunter2");
});

test.each([
	["ALLOWED_HEADERS", "x-a x-b", 'cors.headers has "x-a x-b"'],
	["ALLOWED_HEADERS", ",", 'cors.headers has ""'],
	["ALLOWED_CONTENT_TYPES", ",", "contentTypes must be a list of at least one"],
	["ALLOWED_ORIGINS", " , ", "cors.origins must list at least one"],
])("%s=%j, which allows nothing, is a problem", (name, value, why) => {
	expect(() => createEnvironmentHandler({ ...aws, [name]: value })).toThrow(`${name}: ${why}`);
});

test("a wrong ALLOWED_ORIGINS is reported by name, together with the other problems", () => {
	expect(() =>
		createEnvironmentHandler({ ...aws, BUCKET_NAME: "", ALLOWED_ORIGINS: "app.example.com" }),
	).toThrow(/BUCKET_NAME.*ALLOWED_ORIGINS.*"app\.example\.com"/s);
});

test("a storage that cannot refuse to overwrite is reported with the variables that help", () => {
	const endpoint = { ...aws, S3_ENDPOINT: "http://storage.example" };
	expect(() => createEnvironmentHandler(endpoint)).toThrow(/ALLOW_OVERWRITE.*S3_COMPATIBILITY/);
});

test.each(["0", "-1", "604801", "1.5", "NaN", "", " "])(
	"URL_EXPIRATION_SECONDS=%j never makes a dead URL",
	(value) => {
		const make = () => createEnvironmentHandler({ ...aws, URL_EXPIRATION_SECONDS: value });
		if (value.trim() === "") expect(make).not.toThrow();
		else expect(make).toThrow(/URL_EXPIRATION_SECONDS/);
	},
);

test("S3_PUBLIC_ENDPOINT, S3_FORCE_PATH_STYLE and the service's own region make the URLs", async () => {
	const storage = {
		S3_ENDPOINT: "http://storage.internal:9000",
		S3_PUBLIC_ENDPOINT: "https://files.example.com",
		S3_COMPATIBILITY: "minio",
		S3_UNSIGNED_HEADERS: "accepted",
		PUBLIC_UPLOADS: "true",
	};
	const urlOf = async (environment: Record<string, string>): Promise<URL> =>
		new URL((await get({ ...storage, ...environment }, "key=a")).body["uploadURL"] ?? "");
	expect((await urlOf({})).host).toBe("files.example.com");
	expect((await urlOf({ S3_FORCE_PATH_STYLE: "false" })).host).toBe("files.files.example.com");
	const r2 = await urlOf({
		S3_ENDPOINT: "https://0123.r2.cloudflarestorage.com",
		S3_PUBLIC_ENDPOINT: "",
		S3_COMPATIBILITY: "r2",
		AWS_REGION_NAME: "",
		AWS_REGION: "eu-west-3",
	});
	expect(r2.searchParams.get("X-Amz-Credential")).toContain("/auto/s3/");
	const oss = await urlOf({
		S3_ENDPOINT: "https://oss-cn-hangzhou.aliyuncs.com",
		S3_PUBLIC_ENDPOINT: "",
		S3_COMPATIBILITY: "",
		ALLOW_OVERWRITE: "true",
	});
	expect(oss.host).toBe("files.oss-cn-hangzhou.aliyuncs.com");
});

test("ALLOWED_HEADERS are the request headers that pages may send", async () => {
	const environment = {
		...aws,
		ALLOWED_ORIGINS: "https://app.example.com",
		ALLOWED_HEADERS: "x-a, x-b",
	};
	const { headers } = await createEnvironmentHandler(environment)(
		httpApiEvent("OPTIONS", "/", { headers: { origin: "https://app.example.com" } }),
	);
	expect(headers["Access-Control-Allow-Headers"]).toBe("x-a, x-b");
});
