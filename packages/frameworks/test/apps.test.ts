import { execFile, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll } from "vitest";
import { checkServer, type RunningServer, startStorage } from "./check-server.ts";

let storage: Awaited<ReturnType<typeof startStorage>>;
beforeAll(async () => {
	storage = await startStorage();
});
afterAll(() => storage.close());

const path = (name: string): string => fileURLToPath(new URL(`../${name}`, import.meta.url));

/** Builds an app as for production, without the variables of the server, and starts it. */
async function startApp(name: string, [tool, ...words]: readonly [string, ...string[]], base = "") {
	const cwd = path(`apps/${name}`);
	const {
		BUCKET_NAME: _bucket,
		UPLOAD_TOKEN_SECRET: _secret,
		VITEST: _vitest,
		...rest
	} = process.env;
	const env = { ...rest, NODE_ENV: "production", ASTRO_TELEMETRY_DISABLED: "1" };
	await promisify(execFile)(path(`node_modules/.bin/${tool}`), words, { cwd, env });
	const child = fork(path("test/serve-build.mjs"), [name, cwd], {
		env: { ...process.env, NODE_ENV: "production" },
		execArgv: [],
		stdio: "ignore",
	});
	const [port] = await once(child, "message");
	return {
		endpoint: `http://127.0.0.1:${port}${base}/api/uploads`,
		close: () => child.kill(),
	} satisfies RunningServer;
}

checkServer("apps/sveltekit", () => startApp("sveltekit", ["vite", "build"]));
checkServer("apps/react-router", () => startApp("react-router", ["react-router", "build"]));
checkServer("apps/astro, with a base", () => startApp("astro", ["astro", "build"], "/base"));
checkServer("apps/nitro", () => startApp("nitro", ["vite", "build"]));
