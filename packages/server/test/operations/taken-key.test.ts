import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { UploadError } from "../../src/errors.js";
import { defineUploads } from "../../src/uploads/define-uploads.js";
import { createBody, type Server, serve } from "../support/call.js";

const uploads = defineUploads({
	"files/*path": { authorize: "public" },
	"open/*path": { authorize: "public", overwrite: true },
	"made/*path": { authorize: "public", key: () => "made/by-the-server" },
});

beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"] }));
afterEach(() => void vi.useRealTimers());

const create = async (server: Server, key: string, size: number | null): Promise<string> => {
	const { status, body } = await server.post("", createBody(key, size));
	return status === 201 ? "planned" : `${body.code}`;
};

const heads = ({ provider }: Server): number =>
	provider.calls.filter((call) => call === "head").length;

test.each([
	["in parts", 100_000_001],
	["of unknown length", null],
	["in one request above 5,000,000 bytes", 5_000_001],
])("a taken key is found before the bytes of an upload %s", async (_what, size) => {
	const server = serve({ uploads });
	server.provider.storeObject("files/a", 3);
	expect(await create(server, "files/a", size)).toBe("already-exists");
	expect(await create(server, "files/b", size)).toBe("planned");
	expect(server.provider.begun.size).toBeLessThan(2);
});

test("nothing is looked for where it cannot matter", async () => {
	const server = serve({ uploads });
	for (const key of ["files/a", "open/a", "made/by-the-server"])
		server.provider.storeObject(key, 3);
	expect(await create(server, "files/a", 5_000_000)).toBe("planned");
	expect(await create(server, "open/a", 2e8)).toBe("planned");
	expect(await create(server, "made/a", 2e8)).toBe("planned");
	expect(heads(server)).toBe(0);
});

test("a look that is refused says nothing, and ten in a row end the looks for five minutes", async () => {
	const server = serve({ uploads });
	server.provider.before = (method) => {
		if (method === "head") throw new UploadError("forbidden", "The storage says no.");
	};
	for (let n = 0; n < 9; n++) expect(await create(server, "files/a", 2e8)).toBe("planned");
	server.provider.before = () => undefined;
	await create(server, "files/a", 2e8);
	server.provider.before = (method) => {
		if (method === "head") throw new UploadError("forbidden", "The storage says no.");
	};
	for (let n = 0; n < 10; n++) await create(server, "files/a", 2e8);
	expect(heads(server)).toBe(20);
	server.provider.before = () => undefined;
	server.provider.storeObject("files/a", 3);
	expect(await create(server, "files/a", 2e8)).toBe("planned");
	expect(heads(server)).toBe(20);
	vi.advanceTimersByTime(5 * 60_000);
	expect(await create(server, "files/a", 2e8)).toBe("already-exists");
});

test("a look that fails otherwise fails nothing", async () => {
	const server = serve({ uploads });
	server.provider.before = (method) => {
		if (method === "head") throw new UploadError("storage-unavailable", "Slow down.");
	};
	expect(await create(server, "files/a", 2e8)).toBe("planned");
});
