import { type RouteConfig, route } from "@react-router/dev/routes";

export default [route("api/uploads/*?", "routes/uploads.ts")] satisfies RouteConfig;
