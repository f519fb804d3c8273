import { expect } from "vitest";
import type { PartWindow } from "#protocol";
import { createFetchHandler } from "../../src/adapters/web.js";
import type { AuditEvent } from "../../src/audit-event.js";
import { createObjectHandler, type ObjectHandler } from "../../src/events/create-object-handler.js";
import type { ObjectEvent } from "../../src/events/object-event.js";
import type { ObjectHandlerOptions } from "../../src/events/object-options.js";
import { clean, infected, type Step } from "../../src/events/step.js";
import type { OutcomeStore } from "../../src/outcomes.js";
import type { PresignProvider } from "../../src/provider.js";
import type { Uploads } from "../../src/uploads/define-uploads.js";
import { silentLog, tokenSecret } from "./call.js";

/** Finds what a test calls bad, in the whole object. */
export const findBad: Step = async ({ reader }) => {
	let text = "";
	await reader.readAll((chunk) => {
		text += Buffer.from(chunk).toString("latin1");
	});
	return text.includes("BAD")
		? infected("bad", "The file has the word BAD.")
		: clean({ bytes: text.length });
};

/** A reply of the upload handler, parsed. */
interface Reply {
	readonly status: number;
	readonly body: Readonly<Record<string, never>>;
}

/** A file in quarantine. */
interface Uploaded {
	readonly token: string;
	readonly uploadId: string;
	/** As the server made it. */
	readonly key: string;
	/** Sends it again. */
	readonly put: () => Promise<Response>;
	/** Says that it was stored. */
	readonly event: ObjectEvent;
}

interface SignedPut {
	readonly url: string;
	readonly headers: Record<string, string>;
}

/** What a plan of either kind has. */
interface UploadPlan {
	readonly token: string;
	readonly uploadId: string;
	readonly key: string;
	readonly request?: SignedPut;
	readonly window?: PartWindow;
}

function firstPart(window: PartWindow | undefined): SignedPut {
	const { urls: [url = ""] = [], values: [value = ""] = [] } = window ?? {};
	return { url: url.replace("{partNumber}", "1").replace("{value}", () => value), headers: {} };
}

/** Stores a text or bytes as the owner of the bucket, with the metadata of the object that it replaces. */
export async function replaceObject(
	provider: PresignProvider,
	key: string,
	content: string | Uint8Array,
): Promise<void> {
	const body = Buffer.from(content);
	const { metadata: { skyput = "" } = {}, uploadId } = (await provider.head(key)) ?? {};
	const spec = { key, size: body.length, metadata: { skyput }, uploadId };
	const how = { createOnly: false, expiresIn: 60 };
	if (provider.capabilities.single.maxSize > 0) {
		const { url, headers } = await provider.signUpload(spec, how);
		expect((await fetch(url, { method: "PUT", headers, body })).ok).toBe(true);
		return;
	}
	const ref = await provider.createMultipart(spec, how);
	const range = { first: 1, count: 1, partSize: body.length };
	const { url, headers } = firstPart(await provider.signParts(ref, range, how));
	expect((await fetch(url, { method: "PUT", headers, body })).ok).toBe(true);
	const { parts } = await provider.listParts(ref, {});
	const committed = parts.map(({ partNumber, receipt = "" }) => ({ partNumber, receipt }));
	await provider.completeMultipart(ref, committed, { spec, createOnly: false });
}

/** An upload handler and an object handler on one storage. */
export interface AfterUpload {
	readonly events: readonly AuditEvent[];
	readonly log: ReturnType<typeof silentLog>;
	readonly handler: ObjectHandler;
	status(token: string): Promise<Reply["body"]>;
	complete(token: string, members?: object): Promise<Reply>;
	/** Uploads a text, or bytes, by one PUT, with headers that nobody signed. */
	upload(
		key: string,
		body: string | Uint8Array<ArrayBuffer>,
		members?: object,
		unsigned?: Readonly<Record<string, string>>,
	): Promise<Uploaded>;
	/** What a reader of the key gets; undefined where there is nothing. */
	read(key: string): Promise<string | undefined>;
	/** The types of the audit events of an upload. */
	trail(uploadId: string): readonly string[];
}

/** Makes both handlers. */
export function afterUpload({
	uploads,
	provider,
	outcomes,
	...options
}: Partial<ObjectHandlerOptions> & {
	readonly uploads: Uploads;
	readonly provider: PresignProvider;
	readonly outcomes?: OutcomeStore | undefined;
}): AfterUpload {
	const events: AuditEvent[] = [];
	const audit = (event: AuditEvent): void => void events.push(event);
	const log = silentLog();
	const principal = () => ({ sub: "7", iss: "tests", role: "admin" });
	const endpoint = createFetchHandler({
		uploads,
		provider,
		outcomes,
		tokenSecret,
		principal,
		audit,
		log,
	});
	const handler = createObjectHandler({
		uploads,
		provider,
		outcomes,
		steps: [findBad],
		audit,
		log,
		...options,
	});
	const post = async (operation: string, body: object): Promise<Reply> => {
		const response = await endpoint(
			new Request(`http://localhost/${operation}`, {
				method: "POST",
				headers: { "content-type": "application/json" },
				body: JSON.stringify(body),
			}),
		);
		return { status: response.status, body: (await response.json()) as Reply["body"] };
	};
	return {
		events,
		log,
		handler,
		status: async (token: string) => (await post("status", { token })).body,
		complete: (token, members = {}) => post("complete", { token, ...members }),
		async upload(key, body, members = {}, unsigned = {}) {
			const kinds = ["single", "multipart"];
			const begun = await post("", { v: 1, key, size: body.length, kinds, ...members });
			expect(begun).toMatchObject({ status: 201 });
			const { key: madeKey, token, uploadId, ...plan } = begun.body as unknown as UploadPlan;
			const { url, headers } = plan.request ?? firstPart(plan.window);
			const put = () => fetch(url, { method: "PUT", headers: { ...headers, ...unsigned }, body });
			expect((await put()).ok).toBe(true);
			if (plan.window) await post("complete", { token });
			return {
				token,
				uploadId,
				key: madeKey,
				put,
				event: { bucket: provider.bucket, key: `.skyput/quarantine/${uploadId}` },
			};
		},
		async read(key: string): Promise<string | undefined> {
			const { url } = await provider.signDownload(key, { expiresIn: 60 });
			const response = await fetch(url);
			return response.ok ? response.text() : undefined;
		},
		trail: (uploadId: string) =>
			events.filter((event) => event.uploadId === uploadId).map(({ type }) => type),
	};
}
