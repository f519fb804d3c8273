import { startS3Server } from "@skyput/testing";
import { describe, expect, onTestFinished, test } from "vitest";
import { memoryOutcomes, type OutcomeStore } from "../src/outcomes.js";
import type { PresignProvider } from "../src/provider.js";
import { s3Provider } from "../src/providers/s3/provider.js";
import { verdictObjects } from "../src/verdict-objects.js";
import { outcome, outcomeCases } from "./support/outcome-cases.js";

async function startStorage(): Promise<PresignProvider> {
	const { endpoint, bucket, accessKeyId, secretAccessKey, close } = await startS3Server();
	onTestFinished(close);
	const credentials = { accessKeyId, secretAccessKey };
	const storage = { bucket, endpoint, region: "us-east-1", forcePathStyle: true, credentials };
	return s3Provider({ ...storage, compatibility: "aws" });
}

const inStorage = async (): Promise<OutcomeStore> => verdictObjects(await startStorage());

describe("in memory", () => outcomeCases(async () => memoryOutcomes()));
describe("as objects of the storage", () => outcomeCases(inStorage));

test("a result too long for metadata is left out of the outcome's object", async () => {
	const store = await inStorage();
	await store.finish("a", { ...outcome("available"), data: "x".repeat(2000) });
	expect(await store.find("a")).toEqual(outcome("available"));
});

test("an outcome's object is empty: its metadata holds the outcome", async () => {
	const storage = await startStorage();
	await verdictObjects(storage).finish("a", outcome("rejected"));
	const object = await storage.head(".skyput/verdicts/a");
	expect(object?.size).toBe(0);
	expect(JSON.stringify(object?.metadata)).toContain("rejected");
});
