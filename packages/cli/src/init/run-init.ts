import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import type { CommandContext } from "../context.js";
import { CommandError, fileReason, usageError } from "../errors.js";
import { findUploadsFile } from "../load-uploads.js";
import type { Framework, PlannedFile } from "./framework.js";
import { frameworks } from "./frameworks.js";
import { installCommand, installPackages } from "./install-packages.js";
import { type Project, readProject } from "./project.js";
import { uploadsTemplate } from "./templates.js";

/** The options as commander reads them. */
export interface InitCommandOptions {
	readonly yes: boolean;
	readonly framework?: string;
	readonly install: boolean;
}

/**
 * Runs `skyput init`.
 *
 * @param options - As commander read them.
 * @param context - The world around the command.
 * @throws CommandError where there is no terminal to ask in, or the user stopped it.
 */
export async function runInit(options: InitCommandOptions, context: CommandContext): Promise<void> {
	const { output, cwd, env, signal, fail } = context;
	const asks = !options.yes;
	if (asks && (!context.stdin.isTTY || output.json)) {
		throw usageError(
			"there is no terminal to ask in: pass --yes to use the framework that is detected, or with --framework another one.",
		);
	}
	const project = await readProject(cwd, env);
	const framework = await chooseFramework(project, options);
	const found = await findUploadsFile(cwd);
	const ownTable = found && relative(cwd, found).replaceAll("\\", "/");
	const src = (await project.has("src")) ? "src/" : "";
	const plan = await framework.plan({ project, src, ownTable });
	const files: PlannedFile[] = [
		...(project.hasManifest ? [] : [newManifest(cwd)]),
		...(ownTable === undefined ? [{ path: plan.uploads, content: uploadsTemplate }] : []),
		...plan.files,
	];
	const absent: string[] = [];
	for (const { path } of files) if (!(await project.has(path))) absent.push(path);
	if (asks && absent.length > 0) {
		const { askToWrite } = await import("./prompts.js");
		await askToWrite(absent);
	}
	const written: string[] = [];
	const kept: string[] = ownTable === undefined ? [] : [ownTable];
	for (const file of files) ((await write(cwd, file)) ? written : kept).push(file.path);
	for (const path of written) output.print(`${output.style("green", "written")}  ${path}`);
	for (const path of kept) output.print(`${output.style("dim", "kept")}     ${path}`);

	const missing = ["@skyput/server", "@skyput/client"].filter(
		(name) => !(name in project.dependencies),
	);
	const command = installCommand(project, missing).join(" ");
	const installs = options.install && missing.length > 0;
	if (installs) output.print(`\n$ ${command}`);
	const installed = installs && (await installPackages(project, missing, signal));
	if (signal.aborted) {
		const then = installs ? ` Then install the packages: ${command}` : "";
		throw new CommandError("stopped", `stopped; the files are written.${then}`);
	}
	if (installs && !installed) {
		output.warn(`${command} failed: see above. The files are written; run that command yourself.`);
		fail();
	}
	const steps = [
		...(missing.length === 0 || installed ? [] : [`Install the packages:\n  ${command}`]),
		...moduleSteps(framework, project),
		...plan.steps,
		...environmentSteps(framework, src),
		"Try it, without a cloud account:\n  npx skyput dev",
	];
	output.print(`\n${output.style("bold", "Next")}`);
	for (const [index, step] of steps.entries()) {
		output.print(`${index + 1}. ${step.replaceAll("\n", "\n ")}`);
	}
	output.document({
		framework: framework.id,
		written,
		kept,
		installed: installed ? missing : [],
		steps,
	});
}

async function chooseFramework(
	project: Project,
	{ framework: asked, yes }: InitCommandOptions,
): Promise<Framework> {
	const named = frameworks.find(({ id }) => id === asked);
	if (named) return named;
	for (const framework of frameworks) {
		if (!(await framework.isUsed(project))) continue;
		if (yes) return framework;
		const { askFramework } = await import("./prompts.js");
		return askFramework(frameworks, framework);
	}
	throw new Error("plain Node fits every project");
}

function newManifest(cwd: string): PlannedFile {
	const name =
		basename(cwd)
			.toLowerCase()
			.replaceAll(/[^a-z0-9-]+/g, "-") || "uploads";
	const manifest = { name, private: true, type: "module" };
	return { path: "package.json", content: `${JSON.stringify(manifest, null, "\t")}\n` };
}

/** Writes a new file. @returns false where it exists. @throws CommandError where that is not allowed */
async function write(cwd: string, { path, content }: PlannedFile): Promise<boolean> {
	const file = join(cwd, path);
	try {
		await mkdir(dirname(file), { recursive: true });
		await writeFile(file, content, { flag: "wx" });
		return true;
	} catch (cause) {
		// a folder of the path that is a file has the same code
		const { code, syscall } = Object(cause) as NodeJS.ErrnoException;
		if (code === "EEXIST" && syscall === "open") return false;
		throw new CommandError(
			"failed",
			`${file} cannot be written: ${fileReason(cause)}. Run it in a folder that you may write to; what it has written already is kept.`,
			{ cause },
		);
	}
}

/** `npm init` writes a type with which neither Node nor Next.js loads the files; without one, both look into them. */
function moduleSteps({ id }: Framework, { usesRequire, forbidsImport }: Project): string[] {
	const loaded = /^(next|node)$/.test(id) || (usesRequire && /^(express|fastify|hono)$/.test(id));
	return loaded && forbidsImport
		? [
				'Remove "type": "commonjs" from package.json, with which these files cannot be loaded:\n  npm pkg delete type',
			]
		: [];
}

function environmentSteps({ id }: Framework, src: string): string[] {
	const secret = randomBytes(32).toString("base64");
	const where =
		id === "workers"
			? "in .dev.vars, and as secrets of the worker"
			: "in the environment of your server";
	return [
		`Set these variables ${where}:\n  BUCKET_NAME, AWS_REGION, and the credentials of your role\n  UPLOAD_TOKEN_SECRET=${secret}\n  To use the local storage of \`skyput dev\`, take those that it prints.`,
		...(id === "node"
			? [`Start the server, with Node 22.18 or later:\n  node ${src}server.ts`]
			: []),
	];
}
