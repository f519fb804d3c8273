import { beforeEach, describe, expect, inject, onTestFinished, test } from "vitest";
import {
	createClient,
	createUploadList,
	type UploadList,
	type UploadListOptions,
} from "../../src/browser/index.js";

const client = createClient({ endpoint: inject("endpoint") });

/** Whether the browser would ask before this page is left. */
const asks = (): boolean => !dispatchEvent(new Event("beforeunload", { cancelable: true }));

/** A list whose one file waits for its key until it is finished. */
async function start(options: Partial<UploadListOptions> = {}) {
	const { promise, resolve } = Promise.withResolvers<string>();
	const list = createUploadList(client, { key: () => promise, ...options });
	await list.add([new File(["a"], "a")]);
	await expect.poll(() => list.snapshot().state).toBe("uploading");
	return { list, complete: () => resolve(`files/${crypto.randomUUID()}`) };
}

const idle = (list: UploadList): Promise<void> =>
	expect.poll(() => list.snapshot().state).toBe("idle");

test("the browser asks before the page is left while a file is uploaded, and not after", async () => {
	expect(asks()).toBe(false);
	const { list, complete } = await start();
	await expect.poll(asks).toBe(true);
	complete();
	await idle(list);
	await expect.poll(asks).toBe(false);
	expect(list.snapshot().counts).toEqual({ done: 1 });
});

test("the browser asks for nothing while all files are paused, and again once one goes on", async () => {
	const { list, complete } = await start();
	list.pause();
	await expect.poll(asks).toBe(false);
	list.resume();
	await expect.poll(asks).toBe(true);
	complete();
	await expect.poll(asks).toBe(false);
});

test("the page can be left without a question where the app wants that, or has disposed the list", async () => {
	const { list } = await start({ confirmLeave: false });
	expect(asks()).toBe(false);
	list.dispose();
	const other = await start();
	await expect.poll(asks).toBe(true);
	other.list.dispose();
	expect(asks()).toBe(false);
});

describe("where the screen can be kept on", () => {
	/** Locks that were asked for. */
	let locks: { isHeld: boolean }[];
	/** Grants what is asked for; a test may keep it waiting, or refuse. */
	let grant: () => Promise<void>;

	beforeEach(() => {
		locks = [];
		grant = async () => {};
		const request = async () => {
			await grant();
			const lock = {
				isHeld: true,
				release: async () => {
					lock.isHeld = false;
				},
			};
			locks.push(lock);
			return lock;
		};
		Object.defineProperty(navigator, "wakeLock", { value: { request }, configurable: true });
		onTestFinished(() => void Reflect.deleteProperty(navigator, "wakeLock"));
	});

	const held = (): number => locks.filter(({ isHeld }) => isHeld).length;
	const asked = (): number => locks.length;

	test("it is while a file is uploaded, and not after", async () => {
		const { list, complete } = await start();
		await expect.poll(held).toBe(1);
		complete();
		await idle(list);
		await expect.poll(held).toBe(0);
		document.dispatchEvent(new Event("visibilitychange"));
		expect(asked()).toBe(1);
	});

	test("a page that is shown again asks again, since browsers take the lock from a hidden one", async () => {
		const { list } = await start();
		await expect.poll(held).toBe(1);
		for (const lock of locks) lock.isHeld = false;
		document.dispatchEvent(new Event("visibilitychange"));
		await expect.poll(held).toBe(1);
		list.dispose();
		await expect.poll(held).toBe(0);
	});

	test("a lock that is granted after the last file is released at once", async () => {
		const { promise, resolve } = Promise.withResolvers<void>();
		let isRequested = false;
		grant = () => {
			isRequested = true;
			return promise;
		};
		const { list, complete } = await start();
		await expect.poll(() => isRequested).toBe(true);
		complete();
		await idle(list);
		await expect.poll(asks).toBe(false);
		resolve();
		await expect.poll(asked).toBe(1);
		await expect.poll(held).toBe(0);
	});

	test("a refusal is no failure of the upload", async () => {
		grant = () => Promise.reject(new DOMException("The battery is low.", "NotAllowedError"));
		const { list, complete } = await start();
		complete();
		await idle(list);
		expect(list.snapshot().counts).toEqual({ done: 1 });
	});

	test("it is not where the app wants that", async () => {
		const { list, complete } = await start({ keepAwake: false });
		document.dispatchEvent(new Event("visibilitychange"));
		complete();
		await idle(list);
		expect(asked()).toBe(0);
	});
});
