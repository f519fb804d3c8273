import { expect, test } from "vitest";
import {
	AbortController as Controller,
	AbortSignal as Signal,
} from "../../src/native/abort-signal.js";

test("a signal is aborted once, with the first reason", () => {
	const controller = new Controller();
	const seen: unknown[] = [];
	const listener = (): void => void seen.push(controller.signal.reason);
	controller.signal.addEventListener("abort", listener);
	controller.signal.addEventListener("abort", listener);
	expect(() => controller.signal.throwIfAborted()).not.toThrow();
	controller.abort("first");
	controller.abort("second");
	expect(seen).toEqual(["first"]);
	expect(() => controller.signal.throwIfAborted()).toThrow("first");
});

test("a listener that was removed hears nothing, and no reason is an AbortError", () => {
	const controller = new Controller();
	const { signal } = controller;
	const seen: string[] = [];
	const listener = (): void => void seen.push("removed");
	signal.addEventListener("abort", listener);
	signal.addEventListener("abort", () => seen.push("kept"));
	signal.removeEventListener("abort", listener);
	controller.abort();
	expect(seen).toEqual(["kept"]);
	expect(signal.reason).toMatchObject({ name: "AbortError" });
});

test("a signal of several follows the first one, also one of the runtime", () => {
	const [own, other] = [new Controller(), new AbortController()];
	const any = Signal.any([own.signal as unknown as AbortSignal, other.signal]);
	other.abort("other");
	own.abort("own");
	expect(any.reason).toBe("other");
	expect(Signal.any([other.signal]).aborted).toBe(true);
});

test("a timeout is told from other reasons by its name", async () => {
	const signal = Signal.timeout(1);
	await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
	expect(signal.reason).toMatchObject({ name: "TimeoutError" });
});
