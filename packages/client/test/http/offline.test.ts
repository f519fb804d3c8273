import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Reachability } from "../../src/platform.js";
import { createClientFor } from "../fakes/client.js";
import {
	createFakeEndpoint,
	multipartPlan,
	planFor,
	singlePlan,
	windowOf,
} from "../fakes/endpoint.js";
import {
	connectionLost,
	createFakePlatform,
	type Storage,
	stored,
	unexplained,
} from "../fakes/platform.js";
import { bytes, eventually, failureOf } from "../fakes/values.js";

const file = bytes(95);

beforeEach(() => void vi.spyOn(Math, "random").mockReturnValue(0));

interface Air extends Partial<Reachability> {
	/** Waits for the network that have begun. */
	readonly waits: () => number;
	/** Ends the wait. */
	readonly come: () => void;
}

/** Every failure is the device's own, and the network comes back when it is told to. */
function createAir(): Air {
	let waits = 0;
	let back = Promise.withResolvers<void>();
	return {
		waits: () => waits,
		come: () => {
			back.resolve();
			back = Promise.withResolvers();
		},
		explain: async () => "offline",
		reconnect: async (signal) => {
			waits++;
			await Promise.race([
				back.promise,
				new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
			]);
		},
	};
}

/** Loses the connection of the first attempts. */
const losing =
	(count: number): Storage =>
	({ index }) =>
		index < count ? Promise.reject(connectionLost()) : stored();

describe("a device without a network", () => {
	it("lets bytes wait for it, shows so, and spends no attempt", async () => {
		const air = createAir();
		const platform = createFakePlatform(losing(3), air);
		const upload = createClientFor(platform).uploadFile(file, "a", {
			...createFakeEndpoint().options,
			retry: { networkLimit: 0 },
		});
		for (const wait of [1, 2, 3]) {
			await eventually(() => air.waits() === wait);
			expect(upload.state).toBe("offline");
			air.come();
		}
		expect(await upload).toMatchObject({ size: 95 });
		expect(upload.state).toBe("done");
		expect(platform.attempts).toHaveLength(4);
	});

	it("lets calls to the endpoint wait in the same way", async () => {
		const air = createAir();
		const api = createFakeEndpoint({
			create: (body, index) => {
				if (index < 2) throw connectionLost();
				return planFor(body);
			},
		});
		const upload = createClientFor(createFakePlatform(undefined, air)).uploadFile(file, "a", {
			...api.options,
			retry: { networkLimit: 0 },
		});
		for (const wait of [1, 2]) {
			await eventually(() => air.waits() === wait);
			expect(upload.state).toBe("offline");
			air.come();
		}
		await upload;
		expect(api.calls.create).toHaveLength(3);
	});

	it("is known to have one again by the first byte that leaves", async () => {
		const air = createAir();
		const answer = Promise.withResolvers<Response>();
		const storage: Storage = ({ index }) =>
			index === 0 ? Promise.reject(connectionLost()) : answer.promise;
		const platform = createFakePlatform(storage, air);
		const upload = createClientFor(platform).uploadFile(file, "a", createFakeEndpoint().options);
		await eventually(() => air.waits() === 1);
		air.come();
		await eventually(() => platform.attempts.length === 2);
		expect(upload.state).toBe("uploading");
		answer.resolve(stored());
		await upload;
	});

	it("lets all parts wait, each for itself, and goes on with all of them", async () => {
		const air = createAir();
		const platform = createFakePlatform(losing(2), air);
		// no call to the endpoint shows meanwhile that there is a network
		const create = () => multipartPlan(file.length, { window: windowOf(1, 10) });
		const upload = createClientFor(platform).uploadFile(file, "a", {
			...createFakeEndpoint({ create }).options,
			multipartThreshold: 1,
			concurrency: 2,
			retry: { networkLimit: 0 },
		});
		await eventually(() => air.waits() === 2);
		expect(upload.state).toBe("offline");
		air.come();
		await upload;
		expect(platform.attempts).toHaveLength(12);
	});

	it("ends the upload when it stays so for all of the platform's patience", async () => {
		const platform = createFakePlatform(losing(99), {
			explain: async () => "offline",
			maxReconnectWaits: 3,
		});
		const api = createFakeEndpoint({ complete: () => Promise.reject(connectionLost()) });
		const error = await failureOf(createClientFor(platform).uploadFile(file, "a", api.options));
		expect(error).toMatchObject({ code: "offline", retryable: true });
		expect(error.message).toBe(
			"The storage at https://storage.test cannot be reached: check the connection.",
		);
		expect(platform.attempts).toHaveLength(4);
		expect(api.calls.abort).toEqual([]);
	});

	it("counts only waits in a row", async () => {
		const platform = createFakePlatform(losing(6), {
			explain: async () => (platform.attempts.length % 3 === 0 ? undefined : "offline"),
			maxReconnectWaits: 2,
		});
		await createClientFor(platform).uploadFile(file, "a", createFakeEndpoint().options);
		expect(platform.attempts).toHaveLength(7);
	});

	it("is waited for before the code for large files is, which is needed first", async () => {
		let back: PromiseWithResolvers<void> | undefined = Promise.withResolvers<void>();
		const platform = createFakePlatform();
		const api = createFakeEndpoint();
		const client = createClientFor({ ...platform, outage: () => back?.promise });
		const upload = client.uploadFile(file, "a", { ...api.options, multipartThreshold: 1 });
		await eventually(() => upload.state === "offline");
		expect(api.requests).toHaveLength(0);
		back.resolve();
		back = undefined;
		expect(await upload).toMatchObject({ size: 95 });
	});

	it("can be aborted, and paused", async () => {
		const air = createAir();
		const platform = createFakePlatform(losing(99), air);
		const upload = createClientFor(platform).uploadFile(file, "a", createFakeEndpoint().options);
		await eventually(() => air.waits() === 1);
		upload.pause();
		expect(upload.state).toBe("paused");
		upload.resume();
		expect(upload.state).toBe("offline");
		upload.abort("enough");
		expect(await failureOf(upload)).toMatchObject({ code: "aborted", cause: "enough" });
		expect(platform.attempts).toHaveLength(1);
	});
});

describe("a failure that the platform sees through", () => {
	it("ends the upload with the platform's error when another attempt is no use", async () => {
		const { UploadError } = await import("../../src/errors.js");
		const insight = new UploadError("network", "There is no such host.");
		const seen: unknown[] = [];
		const platform = createFakePlatform(losing(99), {
			...unexplained,
			explain: async (error, target) => {
				seen.push(error, target);
				return ["fail", insight];
			},
		});
		const upload = createClientFor(platform).uploadFile(file, "a", {
			...createFakeEndpoint({
				create: () => singlePlan(),
				complete: () => new Response(null, { status: 404 }),
			}).options,
		});
		expect(await failureOf(upload)).toBe(insight);
		expect(platform.attempts).toHaveLength(1);
		const target = { peer: "storage", origin: "https://storage.test", partiallySent: true };
		expect(seen).toEqual([connectionLost(), target]);
	});

	it("earns one fresh URL where the host may only have refused the old one", async () => {
		const { UploadError } = await import("../../src/errors.js");
		const suspicion = new UploadError("cors", "It answers others.");
		const reachability: Partial<Reachability> = {
			explain: async () => ["resign", suspicion],
		};
		const api = createFakeEndpoint({ complete: () => new Response(null, { status: 404 }) });
		const platform = createFakePlatform(losing(1), reachability);
		await createClientFor(platform).uploadFile(file, "a", api.options);
		expect(platform.attempts.map(({ url }) => url.split("=")[1])).toEqual(["token-0", "token-1"]);

		const hopeless = createFakePlatform(losing(99), reachability);
		const upload = createClientFor(hopeless).uploadFile(file, "a", api.options);
		expect(await failureOf(upload)).toBe(suspicion);
		expect(hopeless.attempts).toHaveLength(2);
	});

	it("is told of every origin that answers", async () => {
		const answered = new Set<string>();
		const platform = createFakePlatform(undefined, {
			answered: (origin) => void answered.add(origin),
		});
		await createClientFor(platform).uploadFile(file, "a", createFakeEndpoint().options);
		expect([...answered]).toEqual(["https://api.test", "https://storage.test"]);
	});
});
