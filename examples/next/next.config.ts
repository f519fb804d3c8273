import type { NextConfig } from "next";

// `BASE_PATH=/shop npm run build` serves the app below a path, whose addresses end in a slash
const basePath = process.env.BASE_PATH;
const config: NextConfig = basePath
	? { basePath, trailingSlash: true, skipTrailingSlashRedirect: true }
	: {};
export default config;
