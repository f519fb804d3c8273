import { reactRouter } from "@react-router/dev/vite";
import { defineConfig, type Plugin } from "vite";

/** Gives the route of the uploads a component, which it must not have. */
const withComponent: Plugin = {
	name: "with-component",
	enforce: "pre",
	transform: (code, id) =>
		/routes\/uploads\.ts(\?|$)/.test(id)
			? `${code}\nexport default function Page() { return null; }`
			: undefined,
};

export default defineConfig({
	plugins: [process.env["ROUTE_COMPONENT"] ? withComponent : [], reactRouter()],
	// the sources of this repository's packages
	ssr: { resolve: { conditions: ["source", "node", "import", "default"] }, noExternal: true },
});
