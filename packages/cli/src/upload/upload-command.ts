import { Command, InvalidArgumentError, Option } from "commander";
import type { CommandFactory } from "../context.js";
import { addHeader, endpointEnvironment } from "../endpoint-options.js";
import type { UploadCommandOptions } from "./run-upload.js";

const details = `
Keys:
  One file is stored at <key>, or below <key> by its name if <key> ends with a
  slash.
  The files of one folder are stored below <key>, by their paths in the folder.
  Several files and folders are stored below <key>, each by its name.
  Stdin (-) may have any length, and is stored at <key>.

If an upload of a file over 100 MB is stopped or killed, the same command
continues it, as long as the file did not change. The records for that are in
~/.local/state/skyput/uploads.
${endpointEnvironment}

Examples:
  $ skyput upload film.mp4 videos/42/film.mp4 \\
      --endpoint https://api.example.com/uploads
  $ skyput upload photos users/42/photos --existing skip
  $ pg_dump shop | skyput upload - backups/shop.sql`;

export const uploadCommand: CommandFactory = (context) =>
	new Command("upload")
		.summary("Upload files, folders or stdin")
		.description("Upload files, folders or stdin to an upload handler of @skyput/server.")
		.argument("<files...>", "Files and folders, or - for stdin; then the key")
		.usage("[options] <file|folder>... <key>")
		.option("-e, --endpoint <url>", "URL of the upload handler")
		.option(
			"-H, --header <name: value>",
			"Header to send to the handler; may be repeated",
			addHeader,
			[],
		)
		.option(
			"-c, --concurrency <count>",
			"Files and parts to send at the same time, 1 to 16",
			wholeNumber(1, 16),
		)
		.option(
			"--retries <count>",
			"How often a failed request is sent again (default: 8 after an answer, 20 without)",
			wholeNumber(0, 1000),
		)
		.option("-t, --content-type <type>", "MIME type (default: by the file's extension)")
		.option("-m, --metadata <name=value>", "Metadata of the object; may be repeated", addPair, [])
		.addOption(
			new Option("--existing <action>", "What to do if there is an object at the key")
				.choices(["fail", "skip"])
				.default("fail"),
		)
		.addOption(
			new Option("--on-error <action>", "What to do with the other files when one fails")
				.choices(["continue", "stop"])
				.default("continue"),
		)
		.option("--no-resume", "Keep no record, so that Ctrl-C discards what was sent")
		.addHelpText("after", details)
		.action(async (words: readonly string[], options: UploadCommandOptions) => {
			const { runUpload } = await import("./run-upload.js");
			await runUpload(words, options, context);
		});

type Pairs = UploadCommandOptions["metadata"];

function addPair(text: string, before: Pairs): Pairs {
	const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
	if (name === undefined || value === undefined) {
		throw new InvalidArgumentError("Write it as name=value.");
	}
	return [...before, [name, value]];
}

const wholeNumber =
	(least: number, most: number) =>
	(text: string): number => {
		const value = Number(text);
		if (text !== "" && Number.isInteger(value) && value >= least && value <= most) return value;
		throw new InvalidArgumentError(`It is a whole number from ${least} to ${most}.`);
	};
