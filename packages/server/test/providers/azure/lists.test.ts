import nock from "nock";
import { afterEach, beforeEach, expect, test } from "vitest";
import { azureProvider } from "../../../src/providers/azure/provider.js";
import { all } from "./azurite.js";

const accountKey = Buffer.alloc(64, 7).toString("base64");
const { maintenance } = azureProvider({ account: "media", container: "uploads", accountKey });

beforeEach(() => nock.disableNetConnect());
afterEach(() => nock.cleanAll());

const blob = (name: string, properties = ""): string =>
	`<Blob><Name>${name}</Name><Properties>${properties}</Properties></Blob>`;

/** Answers one page of a list, to a request with this marker. */
const page = (marker: string | undefined, blobs: string, next: string, query = {}): void => {
	nock("https://media.blob.core.windows.net")
		.get("/uploads")
		.query((sent) => {
			const expected = { restype: "container", comp: "list", sp: "l", sr: "c", marker, ...query };
			return Object.entries(expected).every(([name, value]) => sent[name] === value);
		})
		.reply(
			200,
			`<?xml version="1.0"?><EnumerationResults><Blobs>${blobs}</Blobs><NextMarker>${next}</NextMarker></EnumerationResults>`,
		);
};

test("objects come from all pages, also behind an empty one", async () => {
	const stored = "<Last-Modified>Sun, 29 Nov 2026 12:00:00 GMT</Last-Modified>";
	const sized = `${stored}<Content-Length>5</Content-Length>`;
	page(undefined, blob("a/b &amp; c", sized), "2!x+y=", { prefix: "a/" });
	page("2!x+y=", "", "3!");
	const strange = blob("", sized).replace("<Name>", '<Name Encoded="true">a%2F%EF%BF%BF%26amp;');
	page("3!", strange, "");
	const modified = Date.UTC(2026, 10, 29, 12);
	expect(await all(maintenance?.listObjects("a/"))).toEqual([
		{ key: "a/b & c", size: 5, modified },
		{ key: "a/\uffff&amp;", size: 5, modified },
	]);
	expect(nock.isDone()).toBe(true);
});

test("the age of an upload is known where the service tells no time", async () => {
	const id = `6925c3c0-${"0a".repeat(12)}`;
	const folder = "<BlobPrefix><Name>.skyput/quarantine/</Name></BlobPrefix>";
	const query = { prefix: ".skyput/", delimiter: "/", include: "uncommittedblobs" };
	page(undefined, folder + blob(`.skyput/${id}`) + blob(".skyput/of-another-program"), "", query);
	const begun = 0x6925c3c0 * 1_000;
	expect(await all(maintenance?.listUploads(""))).toEqual([{ key: `.skyput/${id}`, id, begun }]);
	// no upload's parts are stored there, so nothing is asked
	expect(await all(maintenance?.listUploads("files/"))).toEqual([]);
});

test("a list that the storage refuses names what is missing", async () => {
	nock("https://media.blob.core.windows.net")
		.get("/uploads")
		.query(true)
		.reply(403, "", { "x-ms-error-code": "AuthorizationPermissionMismatch" });
	await expect(all(maintenance?.listObjects(""))).rejects.toMatchObject({
		code: "forbidden",
		message: expect.stringMatching(/^Could not list the objects\. /),
		reason: expect.stringContaining("Storage Blob Data Contributor"),
	});
});

test("an empty answer at 200 is no empty list", async () => {
	const { listObjects, listUploads } = maintenance ?? {};
	for (const list of [() => listObjects?.(""), () => listUploads?.("")]) {
		nock("https://media.blob.core.windows.net").get("/uploads").query(true).reply(200);
		await expect(all<unknown>(list())).rejects.toMatchObject({
			code: "storage-error",
			message: expect.stringMatching(/^Could not list the .*\. Something other than the storage/),
		});
	}
});

test("a list that begins again at the same marker fails", async () => {
	page(undefined, blob("a"), "2!");
	page("2!", blob("b"), "2!");
	await expect(all(maintenance?.listObjects(""))).rejects.toMatchObject({ code: "storage-error" });
});
