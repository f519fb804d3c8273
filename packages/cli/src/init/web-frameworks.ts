import { dependsOn, type Framework, importPath, type Plan, type PlanInput } from "./framework.js";
import { clientTemplate, fetchHandlerTemplate } from "./templates.js";

/** Where the files go. */
interface Layout {
	/** Relative to the project. */
	readonly uploads: string;
	readonly handler: string;
	readonly client: string;
	readonly route: string;
	/** The content of the route. @param handler - How it is imported. */
	readonly content: (handler: string) => string;
	readonly steps?: readonly string[];
}

/** The plan of a framework whose routes are files, and whose bundler resolves imports without endings. */
function webPlan({ ownTable }: PlanInput, layout: Layout): Plan {
	const uploads = ownTable ?? layout.uploads;
	const { handler, client, route, content, steps = [] } = layout;
	const from = (file: string) => importPath(file, uploads);
	return {
		uploads,
		files: [
			{ path: handler, content: fetchHandlerTemplate(from(handler)) },
			{ path: route, content: content(importPath(route, handler)) },
			{
				path: client,
				content: clientTemplate(from(client), "/api/uploads", ownTable !== undefined),
			},
		],
		steps,
	};
}

export const next: Framework = {
	id: "next",
	name: "Next.js (app router)",
	isUsed: dependsOn("next"),
	async plan(input) {
		const root = (await input.project.has("src/app")) ? "src/" : "";
		return webPlan(input, {
			uploads: `${root}lib/uploads.ts`,
			handler: `${root}lib/handle-uploads.ts`,
			client: `${root}lib/upload-client.ts`,
			route: `${root}app/api/uploads/[[...operation]]/route.ts`,
			content: (handler) => `import { handleUploads } from "${handler}";

// without OPTIONS, Next.js answers preflights itself
export { handleUploads as GET, handleUploads as OPTIONS, handleUploads as POST };
`,
		});
	},
};

export const nuxt: Framework = {
	id: "nuxt",
	name: "Nuxt",
	isUsed: dependsOn("nuxt"),
	async plan(input) {
		const app = (await input.project.has("app")) ? "app/" : "";
		return webPlan(input, {
			uploads: "server/uploads.ts",
			handler: "server/handle-uploads.ts",
			client: `${app}utils/upload-client.ts`,
			route: "server/api/uploads/[...operation].ts",
			content: (handler) => `import { defineEventHandler, toWebRequest } from "h3";
import { handleUploads } from "${handler}";

export default defineEventHandler((event) => handleUploads(toWebRequest(event)));
`,
		});
	},
};

export const sveltekit: Framework = {
	id: "sveltekit",
	name: "SvelteKit",
	isUsed: dependsOn("@sveltejs/kit"),
	plan: (input) =>
		webPlan(input, {
			uploads: "src/lib/server/uploads.ts",
			handler: "src/lib/server/handle-uploads.ts",
			client: "src/lib/upload-client.ts",
			route: "src/routes/api/uploads/[...operation]/+server.ts",
			content: (handler) => `import type { RequestHandler } from "@sveltejs/kit";
import { handleUploads } from "${handler}";

// every method, also OPTIONS, which pages of other origins send first
export const fallback: RequestHandler = ({ request }) => handleUploads(request);
`,
		}),
};

export const astro: Framework = {
	id: "astro",
	name: "Astro",
	isUsed: dependsOn("astro"),
	plan: (input) =>
		webPlan(input, {
			uploads: "src/server/uploads.ts",
			handler: "src/server/handle-uploads.ts",
			client: "src/upload-client.ts",
			route: "src/pages/api/uploads/[...operation].ts",
			content: (handler) => `import type { APIRoute } from "astro";
import { handleUploads } from "${handler}";

export const prerender = false;
// every method, also OPTIONS, which pages of other origins send first
export const ALL: APIRoute = ({ request }) => handleUploads(request);
`,
			steps: ["Server routes need an adapter, such as: npx astro add node"],
		}),
};

export const tanstackStart: Framework = {
	id: "tanstack-start",
	name: "TanStack Start",
	isUsed: dependsOn("@tanstack/react-start", "@tanstack/solid-start"),
	plan(input) {
		const router =
			"@tanstack/solid-start" in input.project.dependencies ? "solid-router" : "react-router";
		return webPlan(input, {
			uploads: "src/server/uploads.ts",
			handler: "src/server/handle-uploads.ts",
			client: "src/upload-client.ts",
			route: "src/routes/api/uploads.$.ts",
			content: (handler) => `import { createFileRoute } from "@tanstack/${router}";
import { handleUploads } from "${handler}";

type Context = { readonly request: Request };

const handle = ({ request }: Context) => handleUploads(request);

export const Route = createFileRoute("/api/uploads/$")({
	server: { handlers: { GET: handle, OPTIONS: handle, POST: handle } },
});
`,
		});
	},
};

export const reactRouter: Framework = {
	id: "react-router",
	name: "React Router or Remix",
	isUsed: dependsOn("@react-router/dev", "@remix-run/dev", "@remix-run/react"),
	async plan(input) {
		const hasConfig = await input.project.has("app/routes.ts");
		return webPlan(input, {
			uploads: "app/uploads.ts",
			handler: "app/handle-uploads.server.ts",
			client: "app/upload-client.ts",
			route: "app/routes/api.uploads.$.ts",
			content: (handler) => `import { handleUploads } from "${handler}";

type Arguments = { readonly request: Request };

// GET, and OPTIONS, which pages of other origins send first
export const loader = ({ request }: Arguments) => handleUploads(request);
export const action = ({ request }: Arguments) => handleUploads(request);
`,
			steps: hasConfig
				? [
						'Add the route to app/routes.ts, unless it has flatRoutes():\n  route("api/uploads/*?", "routes/api.uploads.$.ts")',
					]
				: [],
		});
	},
};
