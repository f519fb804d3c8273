import nock from "nock";
import { expect, test } from "vitest";
import { all } from "../azure/azurite.js";
import { endpoint, make, scriptStorage, xml } from "./scripted-storage.js";

// Lists of services that end a page otherwise than AWS does.

scriptStorage();

/** Answers a list call on the bucket. @param times - After which a further request fails. */
function answerList(query: Record<string, string>, body: string, times = 1): void {
	nock(endpoint)
		.get("/my-bucket/")
		.query((sent) => Object.entries(query).every(([name, value]) => sent[name] === value))
		.times(times)
		.reply(200, xml(body));
}

const object = "<Contents><Key>a</Key><Size>1</Size></Contents>";
const upload = "<Upload><Key>a</Key><UploadId>1</UploadId></Upload>";
const objects = { "list-type": "2" };
const uploads = { uploads: "" };
const listObjects = () => all(make().maintenance?.listObjects(""));
const listUploads = () => all(make().maintenance?.listUploads(""));

test("an empty token ends the list", async () => {
	answerList(
		objects,
		`<ListBucketResult><IsTruncated>false</IsTruncated>${object}<NextContinuationToken/></ListBucketResult>`,
	);
	expect(await listObjects()).toMatchObject([{ key: "a", size: 1 }]);
	answerList(
		uploads,
		`<ListMultipartUploadsResult><IsTruncated>false</IsTruncated>${upload}<NextKeyMarker/><NextUploadIdMarker/></ListMultipartUploadsResult>`,
	);
	expect(await listUploads()).toMatchObject([{ key: "a", id: "1" }]);
});

test("a web page at 200 is no empty list", async () => {
	for (const [query, list] of [
		[objects, listObjects],
		[uploads, listUploads],
	] as const) {
		answerList(query, "<html>Sign in</html>");
		await expect(list()).rejects.toMatchObject({ code: "storage-error" });
	}
});

test.each([
	[
		"objects",
		() => {
			answerList(
				objects,
				`<ListBucketResult><IsTruncated>true</IsTruncated>${object}<NextContinuationToken>t</NextContinuationToken></ListBucketResult>`,
				2,
			);
			return listObjects();
		},
	],
	[
		"uploads",
		() => {
			answerList(
				uploads,
				`<ListMultipartUploadsResult><IsTruncated>true</IsTruncated>${upload}<NextKeyMarker>a</NextKeyMarker><NextUploadIdMarker>1</NextUploadIdMarker></ListMultipartUploadsResult>`,
				2,
			);
			return listUploads();
		},
	],
	[
		"objects whose first page names no second",
		() => {
			answerList(
				objects,
				`<ListBucketResult><IsTruncated>true</IsTruncated>${object}</ListBucketResult>`,
			);
			return listObjects();
		},
	],
	[
		"uploads whose first page names no second",
		() => {
			answerList(
				uploads,
				`<ListMultipartUploadsResult><IsTruncated>true</IsTruncated>${upload}</ListMultipartUploadsResult>`,
			);
			return listUploads();
		},
	],
] as const)("a list that does not advance fails: %s", async (_, list) => {
	await expect(list()).rejects.toMatchObject({
		code: "storage-error",
		message: expect.stringMatching(/^The storage's list does not advance/),
	});
});
