import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { defineUploads } from "@skyput/server";
import { type Backend, startBackend } from "@skyput/testing";
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from "vitest";
import type { Client, UploadList } from "../../src/native/index.js";
import { type App, startApp } from "./start-app.js";

let backend: Backend;
let folder: string;
let app: App;

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "skyput-native-"));
	backend = await startBackend({
		uploads: defineUploads({
			"pictures/*path": { authorize: "public", contentTypes: ["image/*"], maxSize: "1 kB" },
		}),
	});
});
beforeEach(() => backend.clear());
afterAll(async () => {
	await backend.close();
	await rm(folder, { recursive: true });
});
beforeEach(async () => {
	app = await startApp();
	onTestFinished(() => app.kill());
});

/** What a picker tells of a file of this many bytes. */
async function pick(name: string, size: number) {
	const path = join(folder, name);
	await writeFile(path, new Uint8Array(size));
	return { uri: pathToFileURL(path).href, name, type: "image/png", size };
}

const states = (list: UploadList): (string | undefined)[] =>
	list.snapshot().ids.map((id) => list.item(id)?.snapshot().state);

test("a list takes the files of a picker, and rejects what the limits do not let in", async () => {
	const client = app.client.createClient({ endpoint: backend.endpoint });
	const list = app.client.createUploadList(client, {
		key: (_, { name }) => `pictures/list/${name}`,
		limits: () => client.rules("pictures/list/a.png"),
	});
	const { rejected } = await list.add([
		await pick("small.png", 10),
		await pick("large.png", 2_000),
	]);
	expect(rejected.map(({ error }) => error.code)).toEqual(["too-large"]);
	await expect.poll(() => list.snapshot().state).toBe("idle");
	expect(states(list)).toEqual(["done", "rejected"]);
	expect((await backend.read("pictures/list/small.png"))?.length).toBe(10);
});

interface ScreenProps {
	readonly app: App;
	readonly client: Client;
	readonly onList: (list: UploadList) => void;
}

function Screen({ app: { hooks, react }, client, onList }: ScreenProps) {
	const { ids, list } = hooks.useUpload(client, {
		key: (_, { name }) => `pictures/hook/${name}`,
		onUnmount: "pause",
	});
	react.useEffect(() => onList(list));
	return ids.map((id) => react.createElement(Row, { key: id, id, list, hooks }));
}

interface RowProps {
	readonly hooks: App["hooks"];
	readonly list: UploadList;
	readonly id: string;
}

function Row({ hooks, list, id }: RowProps) {
	const { name, state } = hooks.useUploadItem(list, id) ?? {};
	return `${name} ${state}`;
}

test("the hook shows the files in strict mode, where there is no page", async () => {
	const { react, renderer } = app;
	const { promise, resolve: onList } = Promise.withResolvers<UploadList>();
	const client = app.client.createClient({ endpoint: backend.endpoint });
	const screen = react.createElement(Screen, { app, client, onList });
	const root = renderer.create(react.createElement(react.StrictMode, null, screen));
	const list = await promise;
	await list.add([await pick("hook.png", 10)]);
	await expect.poll(() => root.toJSON()).toBe("hook.png done");
	root.unmount();
	await expect.poll(() => list.snapshot().state).toBe("idle");
});
