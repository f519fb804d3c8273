import { randomBytes } from "node:crypto";
import { expect, onTestFinished, test } from "vitest";
import type { Answer } from "../../src/node/answer.js";
import type { Attempt } from "../../src/node/attempt.js";
import { hashers } from "../../src/node/hashers.js";
import { networkFailure } from "../../src/node/network-failure.js";
import type { NodeBody } from "../../src/node/sources/body.js";
import { delegate } from "../../src/node/workers/delegate.js";
import type { Hasher } from "../../src/platform.js";
import { fileBodyOf, rejection } from "./sink.js";

const content = randomBytes(1024);
const answer: Answer = { status: 200, statusText: "", rawHeaders: [], body: new Uint8Array() };
const lost = async () => {
	throw networkFailure(new Error("ECONNREFUSED"));
};

/** Counts who was asked, the workers or this thread, each of whom answers as it is told. */
function openDelegate() {
	const asked = { there: 0, here: 0 };
	const told: Record<keyof typeof asked, () => Promise<Answer>> = {
		there: async () => answer,
		here: async () => answer,
	};
	const attemptBy =
		(who: keyof typeof asked): Attempt<NodeBody> =>
		() => {
			asked[who]++;
			return told[who]();
		};
	const worker = { ready: true, attempt: attemptBy("there") };
	const attempt = delegate(
		attemptBy("here"),
		{ pick: () => worker },
		{ smallest: 0, overTls: false },
	);
	const controller = new AbortController();
	onTestFinished(() => controller.abort());
	const send = (host = "a", hash: Hasher | null = hashers.crc32(), scheme = "http") =>
		attempt(
			{ method: "PUT", url: `${scheme}://${host}/key?sig=secret`, headers: {} },
			fileBodyOf(content),
			false,
			{
				signal: controller.signal,
				stallTimeout: 10_000,
				onSent: () => {},
				hash: hash ?? undefined,
			},
		);
	return { asked, told, worker, send };
}

test("a network that was gone for a moment costs no worker its work", async () => {
	const { asked, told, send } = openDelegate();
	for (let moment = 0; moment < 10; moment++) {
		told.there = lost;
		await Promise.all([send(), send()]);
		told.there = async () => answer;
		await send();
	}
	expect(asked).toEqual({ there: 30, here: 20 });
});

test("where only this thread gets through, three times in a row, it sends from then on, and elsewhere workers do", async () => {
	const { asked, told, send } = openDelegate();
	told.there = lost;
	for (let part = 0; part < 10; part++) await send();
	expect(asked).toEqual({ there: 3, here: 10 });
	told.there = async () => answer;
	await send("b");
	expect(asked).toEqual({ there: 4, here: 10 });
});

test("where this thread gets through no better, workers try again", async () => {
	const { asked, told, send } = openDelegate();
	told.there = told.here = lost;
	for (let part = 0; part < 10; part++) await rejection(send());
	expect(asked).toEqual({ there: 10, here: 10 });
});

test("of what is digested, this thread has one body for two of the worker", async () => {
	const { asked, told, send } = openDelegate();
	const ends: (() => void)[] = [];
	told.there = told.here = () => new Promise((resolve) => ends.push(() => resolve(answer)));
	const sending = Array.from({ length: 9 }, () => send());
	expect(asked).toEqual({ there: 6, here: 3 });
	for (const end of ends) end();
	await Promise.all(sending);
});

test("what is not digested is sent by this thread, and what comes before the worker has started", async () => {
	const { asked, worker, send } = openDelegate();
	worker.ready = false;
	for (let part = 0; part < 3; part++) await send();
	expect(asked).toEqual({ there: 0, here: 3 });
	worker.ready = true;
	await send();
	expect(asked).toEqual({ there: 1, here: 3 });
	await send("a", null);
	expect(asked).toEqual({ there: 1, here: 4 });
});

test("with two cores, this thread alone sends over TLS", async () => {
	const { asked, send } = openDelegate();
	await send("a", hashers.crc32(), "https");
	expect(asked).toEqual({ there: 0, here: 1 });
});
