import { expect, test } from "vitest";
import { type AzureProviderOptions, readSettings } from "../../../src/providers/azure/options.js";

const accountKey = Buffer.alloc(64, 7).toString("base64");
const good = { account: "media", container: "uploads", accountKey };
const getToken = async () => ({ token: "t" });

const problems = (options: object): string[] => {
	try {
		readSettings(options as AzureProviderOptions);
		return [];
	} catch (error) {
		expect(error).toBeInstanceOf(TypeError);
		return (error as Error).message.split("\n- ").slice(1);
	}
};

test("The endpoint is the account's in the public cloud, or what is given, without slashes at the end", () => {
	expect(readSettings(good)).toMatchObject({
		endpoint: "https://media.blob.core.windows.net",
		publicEndpoint: "https://media.blob.core.windows.net",
	});
	const endpoint = "https://media.blob.core.chinacloudapi.cn/";
	const publicEndpoint = "https://files.example.com//";
	expect(readSettings({ ...good, endpoint, publicEndpoint })).toMatchObject({
		endpoint: "https://media.blob.core.chinacloudapi.cn",
		publicEndpoint: "https://files.example.com",
	});
	expect(readSettings({ ...good, endpoint }).publicEndpoint).toBe(
		"https://media.blob.core.chinacloudapi.cn",
	);
});

test("Every option that is missing, wrong or unknown is named at once", () => {
	expect(
		problems({
			container: "Up--loads",
			accountKey: "not base64",
			endpoint: "ftp://x",
			bucket: "b",
		}),
	).toEqual([
		expect.stringMatching(/^account: is undefined; pass/),
		expect.stringMatching(/^container: must be 3 to 63/),
		expect.stringMatching(/^accountKey: must be a key of the account/),
		expect.stringMatching(/^endpoint: must be a URL/),
		"bucket: there is no such option",
	]);
});

test.each([
	[{ ...good, accountKey: undefined }, /^accountKey: is undefined, and so is getToken/],
	[{ ...good, getToken }, /^accountKey: cannot be combined with getToken/],
	[
		{ ...good, accountKey: `DefaultEndpointsProtocol=https;AccountKey=${accountKey}` },
		/^accountKey: is a whole connection string/,
	],
	[
		{ ...good, endpoint: "https://media.blob.core.windows.net/uploads" },
		/^endpoint: already contains the container; use "https:\/\/media.blob.core.windows.net"$/,
	],
	[
		{ ...good, endpoint: "http://127.0.0.1:10000" },
		/^endpoint: the path must begin with the account .* use "http:\/\/127.0.0.1:10000\/media"$/,
	],
	[
		{ ...good, accountKey: undefined, getToken, publicEndpoint: "http://files.example.com" },
		/^publicEndpoint: must be https: with getToken/,
	],
])("A combination that cannot work is refused with the way out (%#)", (options, problem) => {
	expect(problems(options)).toEqual([expect.stringMatching(problem)]);
});

test("A secret does not stand in the message about it", () => {
	expect(problems({ ...good, accountKey: `${accountKey}!` }).join()).not.toContain(accountKey);
});

test("An account of Azurite is reached by a path", () => {
	const endpoint = "http://127.0.0.1:10000/media";
	expect(readSettings({ ...good, endpoint }).endpoint).toBe(endpoint);
});
