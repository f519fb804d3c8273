import { fileURLToPath } from "node:url";
import vm from "node:vm";
import { build } from "esbuild";
import type * as native from "../../src/native/index.js";
import type * as hooks from "../../src/react/index.js";
import { nativeGlobals } from "../../tsup.config.js";
import { createNativeGlobals, type NativeGlobals } from "./native-globals.js";

/** What an app of React Native has in its one bundle. */
interface AppCode {
	readonly client: typeof native;
	readonly hooks: typeof hooks;
	readonly react: typeof import("react");
	/** Renders where there is no DOM. */
	readonly renderer: { create(element: unknown): { toJSON(): unknown; unmount(): void } };
}

/** A running app. */
export type App = AppCode & Omit<NativeGlobals, "context">;

let bundle: Promise<string> | undefined;

/** The client as it is built for React Native, with the hook, in one script. */
async function bundleApp(): Promise<string> {
	const folder = fileURLToPath(new URL("../..", import.meta.url));
	const { outputFiles } = await build({
		stdin: {
			contents: `
				export * as client from "./src/native/index.ts";
				export * as hooks from "./src/react/index.ts";
				export * as react from "react";
				export * as renderer from "react-test-renderer";
			`,
			resolveDir: folder,
		},
		...nativeGlobals,
		define: { ...nativeGlobals.define, "process.env.NODE_ENV": '"development"' },
		bundle: true,
		write: false,
		format: "iife",
		globalName: "app",
		target: "es2023",
		conditions: ["source"],
		platform: "neutral",
		mainFields: ["main"],
	});
	return outputFiles[0]?.text ?? "";
}

/** Starts an app: each has its own globals, as after a restart of the phone. */
export async function startApp(): Promise<App> {
	bundle ??= bundleApp();
	const script = await bundle;
	const { context, ...globals } = await createNativeGlobals();
	vm.runInContext(script, context);
	return { ...(vm.runInContext("app", context) as AppCode), ...globals };
}
