import type { FaultRule } from "@skyput/testing";
import { expect, test } from "vitest";
import { begin, bytes, readBack, useAzurite } from "./azurite.js";
import { crc64nvme } from "./crc64nvme.js";

const azurite = useAzurite();
const file = bytes(2_500);

/** Hits the first request that copies to a key. */
const firstCopy = (key: string, effect: FaultRule["fault"]["effect"]): FaultRule => ({
	fault: { name: "fault", effect },
	method: "PUT",
	path: new RegExp(`/uploads/${key}$`),
	nth: 1,
});
const busy = { kind: "respond", when: "after-body", status: 503, code: "ServerBusy" } as const;
const optionsFor = (key: string) => ({ spec: { key, size: file.length }, createOnly: true });

test("A range is copied again where the storage was busy, or the answer was lost", async () => {
	for (const effect of [busy, { kind: "drop-response" }] as const) {
		const key = `copied-after-${effect.kind}`;
		const provider = await azurite.connectWith([firstCopy(key, effect)]);
		const { ref, putAll } = await begin(provider, key);
		const parts = await putAll(file);
		await provider.completeMultipart(ref, parts, optionsFor(key));
		expect((await readBack(provider, key))?.body.equals(file)).toBe(true);
	}
});

test("Nothing stays behind where the answer to the commit is lost, or the key is taken", async () => {
	const lost = { ...firstCopy("answer-lost", { kind: "drop-response" }), nth: 2 };
	const provider = await azurite.connectWith([lost]);
	for (const run of ["its own", "another's"]) {
		const key = "answer-lost";
		const { ref, putAll } = await begin(provider, key);
		const parts = await putAll(file);
		// the handler looks whose object it is
		const commit = provider.completeMultipart(ref, parts, optionsFor(key));
		await expect(commit, run).rejects.toMatchObject({ code: "already-exists" });
		expect(await provider.head(`.skyput/${ref.id}`), run).toBeNull();
		expect(await provider.listParts(ref, {}), run).toEqual({ parts: [] });
	}
	expect((await readBack(provider, "answer-lost"))?.body.equals(file)).toBe(true);
});

test("A server that takes over the commit of another one leaves the joined blocks as they are", async () => {
	const key = "taken-over";
	const always = { ...firstCopy(key, busy), nth: undefined };
	const two = await azurite.connectWith([always]);
	const { ref, putAll } = await begin(two, key);
	const parts = await putAll(file);
	const run = () => two.completeMultipart(ref, parts, optionsFor(key)).catch(() => undefined);
	const one = await azurite.connectWith([firstCopy(key, { kind: "run-first", run })]);
	await one.completeMultipart(ref, parts, optionsFor(key));
	expect((await readBack(one, key))?.body.equals(file)).toBe(true);
});

test("A server that another one has overtaken is told so, and harms nothing", async () => {
	const key = "overtaken";
	const two = azurite.connect();
	const { ref, putAll } = await begin(two, key);
	const parts = await putAll(file);
	const run = () => two.completeMultipart(ref, parts, optionsFor(key));
	const one = await azurite.connectWith([firstCopy(key, { kind: "run-first", run })]);
	const failure = await one.completeMultipart(ref, parts, optionsFor(key)).catch((error) => error);
	// after either the handler looks, and finds the object of this upload
	expect(["upload-not-found", "conflict"]).toContain(failure.code);
	expect((await readBack(one, key))?.body.equals(file)).toBe(true);
});

test("Blocks that are sent again after they were joined are joined anew", async () => {
	const key = "joined-anew";
	const provider = azurite.connect();
	const { ref, put, putAll } = await begin(provider, key);
	const parts = await putAll(bytes(2_500, 99));
	const checksum = { algorithm: "crc64nvme", value: "AAAAAAAAAAA=" } as const;
	const wrong = provider.completeMultipart(ref, parts, { ...optionsFor(key), checksum });
	await expect(wrong).rejects.toMatchObject({ code: "checksum-mismatch" });
	for (const { partNumber } of parts) {
		const end = partNumber * 1_000;
		await put(partNumber, file.subarray(end - 1_000, end));
	}
	await provider.completeMultipart(ref, parts, optionsFor(key));
	expect((await readBack(provider, key))?.body.equals(file)).toBe(true);
});

test("What another server copies at the same time never gets into the object that was compared", async () => {
	const key = "compared";
	const second = (effect: FaultRule["fault"]["effect"]) => ({ ...firstCopy(key, effect), nth: 2 });
	const commits = [2, 3, 4].map((nth) => ({ ...second(busy), nth }));
	const two = await azurite.connectWith(commits);
	const { ref, put, putAll } = await begin(two, key);
	const parts = await putAll(file);
	const run = async (): Promise<void> => {
		await put(3, bytes(500, 99));
		await two.completeMultipart(ref, parts, optionsFor(key)).catch(() => undefined);
	};
	// between the comparison and the commit
	const one = await azurite.connectWith([second({ kind: "run-first", run })]);
	const checksum = { algorithm: "crc64nvme", value: crc64nvme(file) } as const;
	await one.completeMultipart(ref, parts, { ...optionsFor(key), checksum });
	expect((await readBack(one, key))?.body.equals(file)).toBe(true);
});

test("A server whose blocks another one has dropped reports a conflict, not wrong parts", async () => {
	const key = "dropped";
	const two = azurite.connect();
	const { ref, putAll } = await begin(two, key);
	const parts = await putAll(file);
	const options = { ...optionsFor(key), createOnly: false };
	const run = () => two.completeMultipart(ref, parts, options);
	const one = await azurite.connectWith([
		{ ...firstCopy(key, { kind: "run-first", run }), nth: 2 },
	]);
	await expect(one.completeMultipart(ref, parts, options)).rejects.toMatchObject({
		code: "conflict",
	});
	expect((await readBack(one, key))?.body.equals(file)).toBe(true);
});

test("A call with another checksum that waits for the same commit is told that the bytes differ", async () => {
	const key = "waited-for";
	const provider = azurite.connect();
	const { ref, putAll } = await begin(provider, key);
	const parts = await putAll(file);
	const complete = (value: string) => {
		const checksum = { algorithm: "crc64nvme", value } as const;
		return provider.completeMultipart(ref, parts, { ...optionsFor(key), checksum });
	};
	const [right, wrong] = await Promise.allSettled([
		complete(crc64nvme(file)),
		complete("AAAAAAAAAAA="),
	]);
	expect(right.status).toBe("fulfilled");
	expect(wrong).toMatchObject({ reason: { code: "checksum-mismatch" } });
});
