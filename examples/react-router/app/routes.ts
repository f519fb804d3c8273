import { index, type RouteConfig, route } from "@react-router/dev/routes";

export default [
	index("routes/home.tsx"),
	route("api/uploads/*?", "routes/uploads.ts"),
] satisfies RouteConfig;
