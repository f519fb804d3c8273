import { execFile, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
	type BrokenServer,
	type Change,
	checkBrokenSetUps,
	failureAt,
	logHas,
} from "./broken-set-ups.ts";
import { checkServer, startTestStorage } from "./check-server.ts";

let storage: Awaited<ReturnType<typeof startTestStorage>>;
beforeAll(async () => {
	storage = await startTestStorage();
});
afterAll(() => storage.close());

const path = (name: string): string => fileURLToPath(new URL(`../${name}`, import.meta.url));

/** Builds an app as for production, without the variables of the server. */
async function build(
	name: string,
	[tool, ...words]: readonly [string, ...string[]],
	own: Readonly<Record<string, string>>,
) {
	const {
		BUCKET_NAME: _bucket,
		UPLOAD_TOKEN_SECRET: _secret,
		VITEST: _vitest,
		...rest
	} = process.env;
	const env = { ...rest, NODE_ENV: "production", ASTRO_TELEMETRY_DISABLED: "1", ...own };
	await promisify(execFile)(path(`node_modules/.bin/${tool}`), words, {
		cwd: path(`apps/${name}`),
		env,
	});
}

/** Starts a built app in a process of its own. */
async function start(
	name: string,
	{ env, minutesAhead = 0 }: Change,
	mount: string,
): Promise<BrokenServer> {
	const clock = `const now = Date.now; Date.now = () => now() + ${minutesAhead * 60_000};`;
	const child = fork(path("test/serve-build.mjs"), [name, path(`apps/${name}`)], {
		env: { ...process.env, NODE_ENV: "production", ...env },
		execArgv: ["--import", `data:text/javascript,${encodeURIComponent(clock)}`],
		stdio: ["ignore", "pipe", "pipe", "ipc"],
	});
	let log = "";
	for (const output of [child.stdout, child.stderr]) {
		output?.setEncoding("utf8").on("data", (text: string) => {
			log += text;
		});
	}
	const exited = once(child, "exit");
	const [port] = await Promise.race([once(child, "message"), exited.then(() => [])]);
	if (port === undefined) throw new Error(log);
	return {
		endpoint: `http://127.0.0.1:${port}${mount}`,
		log: () => log,
		async close() {
			child.kill();
			await exited;
		},
	};
}

interface AppOptions {
	/** What the path of the handler begins with. */
	readonly base?: string;
	/** What its path ends with. */
	readonly slash?: string;
	/** Of the build. */
	readonly env?: Readonly<Record<string, string>>;
}

function checkApp(
	title: string,
	[name, ...tool]: readonly [string, string, ...string[]],
	{ base = "", slash = "", env = {} }: AppOptions = {},
): void {
	let built: Promise<void> | undefined;
	const startBuilt = async (change: Change): Promise<BrokenServer> => {
		built ??= build(name, tool as [string, ...string[]], env);
		await built;
		return await start(name, change, `${base}/api/uploads${slash}`);
	};
	checkServer(title, () => startBuilt({}));
	checkBrokenSetUps(title, startBuilt, { response: { env: { DROP_RESPONSE: "yes" } } });
}

checkApp("apps/sveltekit", ["sveltekit", "vite", "build"]);
checkApp("apps/react-router", ["react-router", "react-router", "build"]);
checkApp("apps/astro, with a base", ["astro", "astro", "build"], { base: "/base" });
checkApp('apps/astro, with trailingSlash "always"', ["astro", "astro", "build"], {
	base: "/base",
	slash: "/",
	env: { TRAILING_SLASH: "always" },
});
checkApp("apps/nitro", ["nitro", "vite", "build"]);

test("a React Router route that has a component, too, is named by the client and in the log", async () => {
	await build("react-router", ["react-router", "build"], { ROUTE_COMPONENT: "yes" });
	const server = await start("react-router", {}, "/api/uploads");
	try {
		const error = await failureAt(server.endpoint);
		expect(error).toMatchObject({ code: "invalid-request", status: 201 });
		expect(error.message).toMatch(/not a Skyput response, but HTML .* route's component\?/);
		await logHas(server, /made a GET of it: .*a React Router route with a component/);
	} finally {
		await server.close();
	}
});
