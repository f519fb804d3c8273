import { expect, test } from "vitest";
import type { PresignProvider } from "../../../src/provider.js";
import { stageOf } from "../../../src/providers/azure/block-list.js";
import { begin, bytes, readBack, useAzurite } from "./azurite.js";
import { crc64nvme } from "./crc64nvme.js";

// What the holder of a part's URL can do. A SAS signs neither headers nor the kind of request, so the URL
// serves for anything that writes to its blob; that blob is never the one of the key.

const azurite = useAzurite();
const file = bytes(2_500);
const evil = Buffer.from("<script>steal()</script>");

/** Completes as the handler does: with the parts that are listed, if they are those of the file. */
async function complete(
	provider: PresignProvider,
	{ ref }: Awaited<ReturnType<typeof begin>>,
	checksum = false,
): Promise<string> {
	const spec = { key: ref.key, size: file.length, contentType: "video/mp4" };
	try {
		const { parts } = await provider.listParts(ref, {});
		if (parts.map(({ size }) => size).join() !== "1000,1000,500") return "invalid-parts";
		await provider.completeMultipart(
			ref,
			parts.map(({ partNumber }) => ({ partNumber, receipt: "" })),
			{
				spec,
				createOnly: true,
				...(checksum ? { checksum: { algorithm: "crc64nvme", value: crc64nvme(file) } } : {}),
			},
		);
		return "ok";
	} catch (error) {
		return (error as { code: string }).code;
	}
}

const send = (url: string, headers: Record<string, string> = {}, body: Buffer | string = "") =>
	fetch(url, { method: "PUT", headers, body });

/** An upload with all parts stored, and a secret in the same container. */
async function prepare(key: string) {
	const provider = azurite.connect();
	const secret = await begin(provider, `private/${key}`);
	const parts = await secret.putAll(bytes(700, 5));
	const spec = { key: `private/${key}`, size: 700 };
	await provider.completeMultipart(secret.ref, parts, { spec, createOnly: true });
	const upload = await begin(provider, key);
	await upload.putAll(file);
	return { provider, upload };
}

const html = { "x-ms-blob-type": "BlockBlob", "x-ms-blob-content-type": "text/html" };
const blockList = (names: readonly string[]) =>
	`<BlockList>${names.map((name) => `<Latest>${name}</Latest>`).join("")}</BlockList>`;

const attacks: Record<string, (url: string, key: string) => Promise<unknown>> = {
	"a whole blob": (url) => send(url, html, evil),
	"a blob of another kind": (url) => send(url, { "x-ms-blob-type": "AppendBlob" }),
	"an own list of blocks, and a type": (url) =>
		send(`${url}&comp=blocklist`, { ...html, "x-ms-meta-evil": "1" }, blockList(["MDAwMDAx"])),
	"an empty list of blocks": (url) => send(`${url}&comp=blocklist`, {}, blockList([])),
	"properties and metadata": async (url) => {
		await send(`${url}&comp=properties`, html);
		await send(`${url}&comp=metadata`, { "x-ms-meta-skyput_upload": "other" });
	},
	"a copy of a secret": (url, key) => {
		const { origin, pathname } = new URL(url);
		const place = pathname.replace(/\.skyput.*/, "");
		return send(url, { "x-ms-copy-source": `${origin}${place}private/${key}` });
	},
	"a block out of a secret": async (url, key) => {
		const { origin, pathname } = new URL(url);
		const place = pathname.replace(/\.skyput.*/, "");
		const { status } = await send(`${url}&comp=block&blockid=MDAwMDAx`, {
			"x-ms-copy-source": `${origin}${place}private/${key}`,
		});
		expect(status).toBeGreaterThanOrEqual(400);
	},
	"blocks of other names": async (url) => {
		for (const name of ["b3RoZXIh", "MDAwMDA5"]) {
			await send(`${url}&comp=block&blockid=${name}`, {}, evil);
		}
	},
	"a blob that is leased for ever": async (url) => {
		await send(url, html, evil);
		await attacks["a lease"]?.(url, "");
	},
	"a lease": (url) =>
		send(`${url}&comp=lease`, { "x-ms-lease-action": "acquire", "x-ms-lease-duration": "-1" }),
};

test.each(Object.entries(attacks))(
	"%s, sent to the URL of a part, never becomes the object",
	async (name, attack) => {
		const key = `attacked by ${name}`;
		const { provider, upload } = await prepare(key);
		await attack(upload.url, key);
		const code = await complete(provider, upload);
		const read = await readBack(provider, key);
		if (code !== "ok") expect(read).toBeNull();
		else {
			expect(read?.body.equals(file)).toBe(true);
			expect(read?.headers.get("content-type")).toBe("video/mp4");
			expect(read?.headers.get("x-ms-meta-evil")).toBeNull();
		}
	},
);

test.each(Object.entries(attacks))(
	"%s, sent to the URL of a part, does not keep an abort from deleting it",
	async (name, attack) => {
		const key = `aborted: ${name}`;
		const { provider, upload } = await prepare(key);
		await attack(upload.url, key);
		await provider.abortMultipart(upload.ref);
		expect(await provider.head(stageOf(upload.ref))).toBeNull();
	},
);

test.each(Object.entries(attacks))(
	"%s, sent to the URL of a part after the commit, leaves the object alone",
	async (name, attack) => {
		const key = `late: ${name}`;
		const { provider, upload } = await prepare(key);
		expect(await complete(provider, upload)).toBe("ok");
		const before = await provider.head(key);
		await attack(upload.url, key);
		expect(await provider.head(key)).toEqual(before);
	},
);

test("The URL of a part serves for no other blob, neither reads nor deletes, nor names the key's", async () => {
	const { provider, upload } = await prepare("other");
	const [stage, query] = upload.url.split("?") as [string, string];
	expect(stage).not.toContain("other");
	const key = stage.replace(/\.skyput.*/, "other");
	expect((await send(`${key}?${query}`, html, evil)).status).toBe(403);
	expect((await fetch(upload.url)).status).toBe(403);
	expect((await fetch(upload.url, { method: "DELETE" })).status).toBe(403);
	expect((await fetch(`${upload.url}&comp=blocklist`)).status).toBe(403);
	expect(await complete(provider, upload)).toBe("ok");
});

test.each([
	["shorter", 400],
	["longer", 900],
])("A part that is replaced by a %s one after it was listed is noticed", async (_, size) => {
	const { provider, upload } = await prepare(`replaced ${size}`);
	const listed = await provider.listParts(upload.ref, {});
	await upload.put(3, bytes(size, 9));
	await expect(
		provider.completeMultipart(
			upload.ref,
			listed.parts.map(({ partNumber }) => ({ partNumber, receipt: "" })),
			{ spec: { key: upload.ref.key, size: file.length }, createOnly: true },
		),
	).rejects.toMatchObject({ code: "invalid-parts" });
	expect(await provider.head(upload.ref.key)).toBeNull();
});

test("A part that is replaced by one of the same size is noticed by the client's digest", async () => {
	const { provider, upload } = await prepare("same size");
	await upload.put(3, bytes(500, 9));
	expect(await complete(provider, upload, true)).toBe("checksum-mismatch");
	expect(await provider.head("same size")).toBeNull();
});
