// The handlers of one table behind every adapter, with a real storage, and what may happen to which key.
import { defineUploads } from "@skyput/server";
import { jsonAudit } from "@skyput/server/audit";
import {
	cognitoPrincipal,
	createLambdaHandler,
	iamPrincipal,
	jwtPrincipal,
	lambdaPrincipal,
} from "@skyput/server/lambda";
import { createNodeHandler } from "@skyput/server/node";
import { s3Provider } from "@skyput/server/s3";
import { createFetchHandler } from "@skyput/server/web";
import { startS3Server } from "@skyput/testing";
import { startDelivery } from "./deliver.mjs";

/** Accepts any object, as a schema that is too lenient would. */
const anyObject = {
	"~standard": {
		version: 1,
		vendor: "fuzz",
		validate: (value) =>
			typeof value === "object" && value !== null
				? { value }
				: { issues: [{ message: "no object" }] },
	},
};
const isOwner = ({ principal, params }) => principal?.sub === params.userId;

/** Rules of every kind: open to all, to an owner, to readers, and closed. */
export const uploads = defineUploads({
	"open/:name": { authorize: "public", maxSize: "100 MB" },
	"mine/:userId/*path": {
		authorize: isOwner,
		authorizeRead: isOwner,
		authorizeDelete: isOwner,
		maxSize: "60 MB",
	},
	"made/:userId/*path": {
		authorize: isOwner,
		key: ({ params }) => `made/${params.userId}/${crypto.randomUUID()}`,
		contentTypes: ["image/*"],
		extensions: ["png"],
		metadata: anyObject,
		tags: { owner: "fuzz" },
		onComplete: ({ metadata }) => metadata,
	},
	"shared/*path": { authorizeRead: "public" },
	"closed/*path": {},
});

/** Whether a caller may have something done to a key. */
const mayWrite = (key, caller) =>
	/^open\/[^/]+$/s.test(key) ||
	(caller !== undefined && ["mine", "made"].some((top) => key.startsWith(`${top}/${caller}/`)));
const mayRead = (key, caller) =>
	key.startsWith("shared/") || (caller !== undefined && key.startsWith(`mine/${caller}/`));

/** By the provider's function: which key is looked at or changed by whom. */
const permitted = {
	signUpload: mayWrite,
	createMultipart: mayWrite,
	signParts: mayWrite,
	listParts: mayWrite,
	completeMultipart: mayWrite,
	abortMultipart: mayWrite,
	head: (key, caller) => mayWrite(key, caller) || mayRead(key, caller),
	signDownload: mayRead,
	delete: (key, caller) => caller !== undefined && key.startsWith(`mine/${caller}/`),
	copy: () => false,
};

export async function startEndpoint() {
	const storage = await startS3Server();
	const { bucket, region, endpoint, accessKeyId, secretAccessKey, capabilities } = storage;
	const credentials = { accessKeyId, secretAccessKey };
	const real = s3Provider({
		bucket,
		region,
		endpoint,
		forcePathStyle: true,
		credentials,
		capabilities,
	});
	/** What happened during the running request. */
	const seen = { caller: undefined, lines: [], events: [], problems: [], begun: [] };
	const provider = { ...real };
	for (const [name, allows] of Object.entries(permitted)) {
		provider[name] = async (subject, ...rest) => {
			const key = subject.key ?? subject;
			if (!allows(key, seen.caller)) {
				seen.problems.push(`${name} of ${JSON.stringify(key)} for the caller ${seen.caller}`);
			}
			const result = await real[name](subject, ...rest);
			if (name === "createMultipart") seen.begun.push(result);
			return result;
		};
	}
	const write = (line) => void seen.lines.push(line);
	const options = {
		uploads,
		provider,
		tokenSecret: "0123456789abcdef0123456789abcdef",
		cors: { origins: ["https://app.example"] },
		log: { error: write, warn: write, info: write },
		audit: jsonAudit({ log: { info: (line) => void seen.events.push(line) } }),
	};
	const known = (principal) => {
		seen.caller = principal?.sub;
		return principal;
	};
	const byHeader = (text) => known(text ? { sub: decodeURIComponent(text) } : null);
	const presets = [jwtPrincipal(), cognitoPrincipal(), lambdaPrincipal(), iamPrincipal()];
	const { deliver, close } = await startDelivery({
		lambda: createLambdaHandler({
			...options,
			principal: (event) => known(presets.map((read) => read(event)).find(Boolean) ?? null),
		}),
		web: createFetchHandler({
			...options,
			principal: ({ headers }) => byHeader(headers.get("x-caller")),
		}),
		node: createNodeHandler({
			...options,
			principal: ({ headers }) => byHeader(headers["x-caller"]),
		}),
	});
	return {
		storage,
		provider: real,
		seen,
		mayWrite,
		mayRead,
		deliver,
		async close() {
			await close();
			await storage.close();
		},
	};
}
