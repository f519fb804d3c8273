import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { UploadError } from "../../src/errors.js";
import { runSteps } from "../../src/events/run-steps.js";
import {
	actionFor,
	clean,
	failed,
	infected,
	namedStep,
	type Step,
	unscannable,
} from "../../src/events/step.js";
import { serveObject } from "../support/range-server.js";

const bytes = randomBytes(2_000_000);
const never: Step = ({ reader }) => reader.readAll(() => new Promise(() => undefined)) as never;
const reads: Step = async ({ reader }) => {
	let length = 0;
	await reader.readAll((chunk) => {
		length += chunk.length;
	});
	return clean({ length });
};

test("An object is clean when every step says so, after one reading", async () => {
	const heads = namedStep("heads", async ({ reader }) => {
		await reader.read(0, 10);
		return clean({ head: true });
	});
	const served = await serveObject(bytes);
	const result = await runSteps([heads, reads, async () => clean(), reads], served);
	expect(result.verdict).toBe("clean");
	expect(result.facts).toEqual({ head: true, length: 2_000_000 });
	expect(result.results.map(({ step }) => step)).toEqual(["heads", "reads", "step 3", "reads"]);
	expect(result.bytesRead).toBe(2_000_000);
});

test.each([
	["failed", [clean(), unscannable("u", "U"), failed("f", "F")], "f"],
	["unscannable", [clean(), unscannable("u", "U"), clean()], "u"],
	["infected", [failed("f", "F"), unscannable("u", "U"), infected("i", "I")], "i"],
] as const)("The worst verdict decides: %s", async (verdict, said, reason) => {
	const steps = said.map(
		(result): Step =>
			() =>
				result,
	);
	const result = await runSteps(steps, await serveObject(bytes));
	expect(result).toMatchObject({ verdict, reason, detail: reason.toUpperCase() });
});

test("Infected ends the steps that still read, and so does a step that waits for an event", async () => {
	const bad = await runSteps([never, async () => infected("i", "I")], await serveObject(bytes));
	expect(bad).toMatchObject({ verdict: "infected", step: "step 2" });
	expect(bad.results).toHaveLength(1);
	const waits: Step = async () => ({ verdict: "pending", reason: "no-scan-yet" });
	expect(await runSteps([never, waits], await serveObject(bytes))).toMatchObject({
		verdict: "pending",
	});
});

test("What a step throws or returns beside a verdict is failed, and quotes nothing", async () => {
	for (const step of [
		() => Promise.reject(new Error("https://bucket.example/?X-Amz-Signature=secret")),
		() => Promise.resolve({ verdict: "fine" }),
		() => undefined,
		() => {
			throw new TypeError("sync");
		},
	] as unknown as Step[]) {
		const result = await runSteps([reads, step], await serveObject(bytes));
		expect(result).toMatchObject({ verdict: "failed", reason: "step-error" });
		expect(JSON.stringify(result)).not.toContain("secret");
	}
});

test.each<[how: string, says: Step]>([
	["returns", () => failed("api key: hidden12", "No answer of https://a.example/?sig=hidden")],
	[
		"throws",
		() => {
			throw new UploadError("storage-error", "No answer of https://a.example/?sig=hidden");
		},
	],
])("What a step %s is recorded without secrets", async (_, says) => {
	const result = await runSteps([says], await serveObject(bytes));
	expect(result).toMatchObject({ detail: "No answer of https://a.example/?[removed]" });
	expect(JSON.stringify(result)).not.toContain("hidden");
});

test("Without a step nothing is known", async () => {
	expect(await runSteps([], await serveObject(bytes))).toMatchObject({ verdict: "failed" });
});

test("An object that was replaced or deleted has no verdict, even if a step ignores it", async () => {
	for (const [status, code] of [
		[412, "conflict"],
		[404, "not-found"],
	] as const) {
		const served = await serveObject(bytes, {
			interfere: (_request, response) => Boolean(response.writeHead(status).end()),
		});
		const ignores: Step = async ({ reader }) => {
			await reader.read(0, 10).catch(() => undefined);
			return clean();
		};
		const error = await runSteps([ignores], served).catch((reason: unknown) => reason);
		expect(error).toBeInstanceOf(UploadError);
		expect((error as UploadError).code).toBe(code);
	}
});

test("An object with a Content-Encoding is unscannable for every step that reads", async () => {
	const served = await serveObject(bytes);
	const object = { ...served.object, contentEncoding: "br" };
	expect(await runSteps([reads], { ...served, object })).toMatchObject({ verdict: "unscannable" });
});

test("A signal ends all steps", async () => {
	const controller = new AbortController();
	const aborts: Step = () => {
		controller.abort(new Error("time is up"));
		return new Promise(() => undefined);
	};
	const run = runSteps([never, aborts], {
		...(await serveObject(bytes)),
		signal: controller.signal,
	});
	await expect(run).rejects.toThrow("time is up");
});

test("Only clean is accepted by itself, and infected never", () => {
	const rules = { unscannable: "accept", failed: "reject" } as const;
	const verdicts = ["clean", "infected", "unscannable", "failed"] as const;
	expect(verdicts.map((verdict) => actionFor(verdict))).toEqual([
		"accept",
		"reject",
		"hold",
		"hold",
	]);
	expect(verdicts.map((verdict) => actionFor(verdict, rules))).toEqual([
		"accept",
		"reject",
		"accept",
		"reject",
	]);
	const misled = { ...rules, infected: "accept", clean: "reject" };
	expect(actionFor("infected", misled)).toBe("reject");
});
