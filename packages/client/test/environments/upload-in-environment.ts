import { defineUploads } from "@skyput/server";
import { type Backend, startBackend } from "@skyput/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { ClientModule } from "../../src/client-types.js";
import { bytes, expectSameBytes, failureOf } from "../fakes/values.js";

/**
 * Uploads with the globals of an emulated browser.
 *
 * @param builds by name
 */
export function testUploads(
	builds: Readonly<Record<string, Pick<ClientModule, "createClient">>>,
): void {
	let backend: Backend;
	beforeAll(async () => {
		backend = await startBackend({
			uploads: defineUploads({ "files/*path": { authorize: "public" } }),
			handler: { cors: { origins: ["*"] } },
		});
	});
	beforeEach(() => backend.clear());
	afterAll(() => backend.close());

	describe.each(Object.entries(builds))("the build for %s", (build, { createClient }) => {
		test.each([1, 100_000_000])(
			"stores a file in parts above %i bytes",
			async (multipartThreshold) => {
				const client = createClient({ endpoint: backend.endpoint, multipartThreshold });
				const content = bytes(20_000_000);
				const key = `files/${build}-${multipartThreshold}`;
				const result = await client.uploadFile(new File([content], "a.bin"), key);
				expect(result).toMatchObject({ size: content.length, verified: true });
				expectSameBytes(await backend.read(key), content);
			},
		);

		test("tells a refusal by its code", async () => {
			const client = createClient({ endpoint: backend.endpoint });
			const error = await failureOf(client.uploadFile(new File(["abc"], "a.bin"), "other/a"));
			expect(error).toMatchObject({ code: "unauthenticated", status: 401 });
		});
	});
}
