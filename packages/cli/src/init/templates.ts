/** The table that is written. `skyput dev` serves it where there is none yet. */
export const uploadsTemplate = `import { defineUploads } from "@skyput/server";

/** Who may write which key, how large. A key that matches no pattern is refused. */
export const uploads = defineUploads({
	"users/:userId/*path": {
		maxSize: "5 GB",
		// contentTypes: ["image/*", "video/*"],
		authorize: ({ principal, params }) => principal?.sub === params.userId,
		authorizeRead: ({ principal, params }) => principal?.sub === params.userId,
	},
});
`;

/** What every handler on Node needs; the storage of \`skyput dev\` is reached by the same variables. */
const options = `uploads,
		provider: s3Provider({
			bucket: process.env.BUCKET_NAME,
			region: process.env.AWS_REGION,
			endpoint: process.env.S3_ENDPOINT, // absent: AWS
			compatibility: "aws",
		}),
		// Replace with your own authentication; until then nobody can upload in production.
		principal: () => (process.env.NODE_ENV === "production" ? null : { sub: "42" }),
		tokenSecret: process.env.UPLOAD_TOKEN_SECRET,
		cors: { origins: ["http://localhost:5173"] }, // pages of other origins; your own needs no entry`;

/** @param uploads - How the table is imported. */
export const fetchHandlerTemplate = (uploads: string): string =>
	`import { s3Provider } from "@skyput/server/s3";
import { createFetchHandler } from "@skyput/server/web";
import { uploads } from "${uploads}";

const createHandler = () =>
	createFetchHandler({
		${options}
	});

let handler: ReturnType<typeof createHandler> | undefined;

/** Made at the first request, because builds load this file without the environment. */
export function handleUploads(request: Request): Promise<Response> {
	handler ??= createHandler();
	return handler(request);
}
`;

/** @param uploads - How the table is imported. */
export const nodeHandlerTemplate = (uploads: string): string =>
	`import { createNodeHandler } from "@skyput/server/node";
import { s3Provider } from "@skyput/server/s3";
import { uploads } from "${uploads}";

/** Takes requests of node:http, Express and Connect. */
export const handleUploads = createNodeHandler({
${options.replaceAll(/^\t\t/gm, "\t").replace(/^/, "\t")}
});
`;

/** @param handler - How the handler is imported. */
export const fastifyRoutesTemplate = (handler: string): string =>
	`import type { FastifyInstance } from "fastify";
import { handleUploads } from "${handler}";

/** A plugin: \`await app.register(uploadRoutes)\`. */
export async function uploadRoutes(app: FastifyInstance): Promise<void> {
	for (const path of ["/api/uploads", "/api/uploads/*"]) {
		app.all(path, (request, reply) => {
			reply.hijack();
			// Fastify has read the body already
			return handleUploads(Object.assign(request.raw, { body: request.body }), reply.raw);
		});
	}
}
`;

/** @param uploads - How the table is imported. */
export const workersHandlerTemplate = (uploads: string): string =>
	`import { s3Provider } from "@skyput/server/s3";
import { createFetchHandler } from "@skyput/server/web";
import { uploads } from "${uploads}";

/** Variables and secrets of the worker: \`wrangler secret put UPLOAD_TOKEN_SECRET\`, and \`.dev.vars\` on your machine. */
export interface UploadEnv {
	readonly BUCKET_NAME: string;
	readonly AWS_REGION: string;
	readonly AWS_ACCESS_KEY_ID: string;
	readonly AWS_SECRET_ACCESS_KEY: string;
	readonly UPLOAD_TOKEN_SECRET: string;
	/** Absent: AWS. */
	readonly S3_ENDPOINT?: string;
	/** In \`.dev.vars\` only: who is signed in. */
	readonly DEV_USER?: string;
}

const createHandler = (env: UploadEnv) =>
	createFetchHandler({
		uploads,
		provider: s3Provider({
			bucket: env.BUCKET_NAME,
			region: env.AWS_REGION,
			endpoint: env.S3_ENDPOINT,
			compatibility: "aws",
			credentials: {
				accessKeyId: env.AWS_ACCESS_KEY_ID,
				secretAccessKey: env.AWS_SECRET_ACCESS_KEY,
			},
		}),
		// Replace with your own authentication; until then nobody can upload where DEV_USER is absent.
		principal: () => (env.DEV_USER ? { sub: env.DEV_USER } : null),
		tokenSecret: env.UPLOAD_TOKEN_SECRET,
		cors: { origins: ["http://localhost:5173"] }, // pages of other origins; your own needs no entry
	});

let handler: ReturnType<typeof createHandler> | undefined;

/** The environment is the same for every request that an isolate serves. */
export function handleUploads(request: Request, env: UploadEnv): Promise<Response> {
	handler ??= createHandler(env);
	return handler(request);
}
`;

/** @param uploads - How the table is imported. */
export const lambdaHandlerTemplate = (uploads: string): string =>
	`import { createLambdaHandler, jwtPrincipal } from "@skyput/server/lambda";
import { s3Provider } from "@skyput/server/s3";
import { uploads } from "${uploads}";

export const handler = createLambdaHandler({
	uploads,
	provider: s3Provider({ bucket: process.env.BUCKET_NAME, region: process.env.AWS_REGION }),
	principal: jwtPrincipal(), // from the JWT authorizer of API Gateway, or a function of the event
	tokenSecret: process.env.UPLOAD_TOKEN_SECRET,
	cors: { origins: ["http://localhost:5173"] }, // the origins of your pages
});
`;

/** @param handler - How the handler is imported. */
export const nodeServerTemplate = (handler: string): string =>
	`import { createServer } from "node:http";
import { handleUploads } from "${handler}";

const port = Number(process.env.PORT ?? 3000);
const server = createServer((request, response) => {
	if (/^\\/api\\/uploads(?=[/?]|$)/.test(request.url ?? "")) return handleUploads(request, response);
	response.writeHead(404).end();
});

server.listen(port, () => {
	const address = server.address();
	const { port: chosen = port } = typeof address === "object" ? (address ?? {}) : {};
	console.log(\`http://localhost:\${chosen}/api/uploads\`);
});
`;

/**
 * @param uploads - How the table is imported.
 * @param endpoint - Of the handler, as a page reaches it.
 * @param isOwnTable - Whether the table was there before, with keys that we do not know.
 */
export const clientTemplate = (uploads: string, endpoint: string, isOwnTable: boolean): string =>
	isOwnTable
		? `import { createClient, type KeyOf } from "@skyput/client";
import type { uploads } from "${uploads}";

const client = createClient<typeof uploads>({ endpoint: "${endpoint}" });

/** Uploads a file that a user chose. The result is a promise, with pause(), resume() and abort(). */
export function uploadFile(file: File, key: KeyOf<typeof uploads>) {
	return client.uploadFiles([file], () => key, {
		onProgress: ({ loaded, total }) => console.log(\`\${loaded} of \${total} bytes\`),
	});
}
`
		: `import { createClient } from "@skyput/client";
import type { uploads } from "${uploads}";

const client = createClient<typeof uploads>({ endpoint: "${endpoint}" });

/** Uploads a file that a user chose. The result is a promise, with pause(), resume() and abort(). */
export function uploadFile(file: File, userId: string) {
	return client.uploadFile(file, \`users/\${userId}/\${file.name}\`, {
		onProgress: ({ loaded, total }) => console.log(\`\${loaded} of \${total} bytes\`),
	});
}
`;
