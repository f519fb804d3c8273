import { expect, test } from "vitest";
import { answerOnce, errorOf, make, ref, scriptStorage, xml } from "./scripted-storage.js";

scriptStorage();

const answer = (code: string, message = "", members = ""): string =>
	xml(`<Error><Code>${code}</Code><Message>${message}</Message>${members}</Error>`);
const begin = () =>
	make().createMultipart(
		{ key: ref.key, size: 10, contentType: "text/plain" },
		{ createOnly: true },
	);

test.each([
	["AuthorizationHeaderMalformed", 400, "<Region>eu-central-1</Region>", {}],
	["PermanentRedirect", 301, "", { "x-amz-bucket-region": "eu-central-1" }],
	["IllegalLocationConstraintException", 400, "", { "x-amz-bucket-region": "eu-central-1" }],
])("%s names both regions", async (code, status, members, headers) => {
	answerOnce("POST", {}, [status, answer(code, "words", members), headers]);
	const error = await errorOf(begin());
	expect(error.code).toBe("storage-error");
	expect(error.message).toMatch(/"my-bucket" is in eu-central-1.*signs for eu-west-1/);
	expect(error.message).toContain("AWS_REGION_NAME");
});

test("a HEAD, whose answer has no body, names both regions too", async () => {
	answerOnce("HEAD", {}, [400, "", { "x-amz-bucket-region": "us-west-2" }]);
	expect((await errorOf(make().head(ref.key))).message).toContain("is in us-west-2");
});

test.each(["SignatureDoesNotMatch", "InvalidAccessKeyId"])(
	"%s names the credentials and their variables in the log",
	async (code) => {
		answerOnce("POST", {}, [403, answer(code)]);
		const error = await errorOf(begin());
		expect(error).toMatchObject({ code: "forbidden" });
		expect(error.reason).toContain(code);
		expect(error.reason).toContain("AWS_SECRET_ACCESS_KEY");
	},
);

test("a bucket that does not exist is named", async () => {
	answerOnce("POST", {}, [404, answer("NoSuchBucket")]);
	const error = await errorOf(begin());
	expect(error).toMatchObject({ code: "storage-error" });
	expect(error.reason).toMatch(/"my-bucket" does not exist.*BUCKET_NAME/);
});

test.each([
	["no VPC endpoint policy allows the s3:PutObject action", /VPC endpoint/],
	["explicit deny: condition s3:signatureAge", /s3:signatureAge: shorten expiresIn/],
	["not authorized to perform: kms:GenerateDataKey", /KMS key/],
	["Access Denied", /Allow s3:PutObject on the prefix.*requester pays/],
])("AccessDenied (%s) names the likely policy in the log", async (words, policy) => {
	answerOnce("POST", {}, [403, answer("AccessDenied", words)]);
	const error = await errorOf(begin());
	expect(error.code).toBe("forbidden");
	expect(error.reason).toMatch(policy);
	expect(error.cause).toMatchObject({ message: words });
});
