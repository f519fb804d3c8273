import {
	dependsOn,
	type Framework,
	importPath,
	importStatement,
	type Plan,
	type PlanInput,
	type PlannedFile,
} from "./framework.js";
import type { Project } from "./project.js";
import {
	clientTemplate,
	fastifyRoutesTemplate,
	fetchHandlerTemplate,
	lambdaHandlerTemplate,
	nodeHandlerTemplate,
	nodeServerTemplate,
	workersHandlerTemplate,
} from "./templates.js";

/** What is written for a framework whose routes are written in code. */
interface NodeLayout {
	/** The handler's file, relative to the sources. */
	readonly handler: string;
	/** Its content. @param uploads - How the table is imported. */
	readonly content: (uploads: string) => string;
	/** As a page reaches it. */
	readonly endpoint: string;
	/** Files beside the handler. @param handler - How it is imported from there. */
	readonly extraFiles?: (handler: string) => readonly PlannedFile[];
	/** @param handler - How the handler is imported from the sources. */
	readonly steps: (handler: string, project: Project) => readonly string[];
	/** Of relative imports; by default the project's. */
	readonly ending?: "";
}

function nodePlan({ project, src, ownTable }: PlanInput, layout: NodeLayout): Plan {
	const { ending = project.importEnding } = layout;
	const uploads = ownTable ?? `${src}uploads.ts`;
	const [handler, client] = [`${src}${layout.handler}`, `${src}upload-client.ts`];
	const from = (file: string) => importPath(file, uploads, ending);
	const beside = importPath(`${src}index.ts`, handler, ending);
	return {
		uploads,
		files: [
			{ path: handler, content: layout.content(from(handler)) },
			...(layout.extraFiles?.(beside) ?? []).map(({ path, content }) => ({
				path: src + path,
				content,
			})),
			{
				path: client,
				content: clientTemplate(from(client), layout.endpoint, ownTable !== undefined),
			},
		],
		steps: layout.steps(beside, project),
	};
}

/** Where a server of its own is in development. */
const local = "http://localhost:3000/api/uploads";

export const hono: Framework = {
	id: "hono",
	name: "Hono",
	isUsed: dependsOn("hono"),
	plan: (input) =>
		nodePlan(input, {
			handler: "handle-uploads.ts",
			content: fetchHandlerTemplate,
			endpoint: "/api/uploads",
			steps: (handler, project) => [
				`Mount the handler in your app:\n  ${importStatement(project, "handleUploads", handler)}\n  app.all("/api/uploads/*", (c) => handleUploads(c.req.raw));`,
			],
		}),
};

export const express: Framework = {
	id: "express",
	name: "Express",
	isUsed: dependsOn("express"),
	plan: (input) =>
		nodePlan(input, {
			handler: "handle-uploads.ts",
			content: nodeHandlerTemplate,
			endpoint: local,
			steps: (handler, project) => [
				`Mount the handler in your app:\n  ${importStatement(project, "handleUploads", handler)}\n  app.use("/api/uploads", handleUploads);`,
			],
		}),
};

export const fastify: Framework = {
	id: "fastify",
	name: "Fastify",
	isUsed: dependsOn("fastify"),
	plan: (input) =>
		nodePlan(input, {
			handler: "handle-uploads.ts",
			content: nodeHandlerTemplate,
			endpoint: local,
			extraFiles: (handler) => [
				{ path: "upload-routes.ts", content: fastifyRoutesTemplate(handler) },
			],
			steps: (handler, project) => {
				const routes = handler.replace("handle-uploads", "upload-routes");
				return [
					`Register the routes in your app:\n  ${importStatement(project, "uploadRoutes", routes)}\n  ${project.usesRequire ? "" : "await "}app.register(uploadRoutes);`,
				];
			},
		}),
};

export const workers: Framework = {
	id: "workers",
	name: "Cloudflare Workers",
	isUsed: async ({ dependencies, has }) =>
		"wrangler" in dependencies ||
		(await has("wrangler.jsonc")) ||
		(await has("wrangler.json")) ||
		(await has("wrangler.toml")),
	plan: (input) =>
		nodePlan(input, {
			handler: "handle-uploads.ts",
			content: workersHandlerTemplate,
			endpoint: "/api/uploads",
			ending: "",
			steps: (handler) => [
				`Call the handler in your worker's fetch(request, env):\n  import { handleUploads } from "${handler}";\n  if (/^\\/api\\/uploads(\\/|$)/.test(new URL(request.url).pathname)) return handleUploads(request, env);`,
				'Add "nodejs_compat" to the compatibility_flags of your wrangler configuration.',
			],
		}),
};

/** What tools for Lambda functions leave in a project. */
const lambdaFiles = [
	"template.yaml",
	"template.yml",
	"serverless.yml",
	"serverless.ts",
	"cdk.json",
	"sst.config.ts",
];
const lambdaPackages = [
	"@types/aws-lambda",
	"@middy/core",
	"aws-cdk-lib",
	"aws-lambda",
	"serverless",
	"sst",
];

export const lambda: Framework = {
	id: "lambda",
	name: "AWS Lambda",
	async isUsed({ dependencies, has }: Project) {
		if (lambdaPackages.some((name) => name in dependencies)) return true;
		for (const file of lambdaFiles) if (await has(file)) return true;
		return false;
	},
	plan: (input) =>
		nodePlan(input, {
			handler: "upload-handler.ts",
			content: lambdaHandlerTemplate,
			endpoint: "https://<your API>/uploads",
			steps: (handler) => [
				`Route GET, POST and OPTIONS of /uploads and /uploads/{proxy+} to \`handler\` of ${handler}.`,
				"Print the function's role, the bucket's policy and its CORS rule: npx skyput policy --help",
			],
		}),
};

export const node: Framework = {
	id: "node",
	name: "plain Node",
	isUsed: () => true,
	plan: (input) =>
		nodePlan(input, {
			handler: "handle-uploads.ts",
			content: nodeHandlerTemplate,
			endpoint: local,
			extraFiles: (handler) => [{ path: "server.ts", content: nodeServerTemplate(handler) }],
			steps: () => [],
		}),
};
