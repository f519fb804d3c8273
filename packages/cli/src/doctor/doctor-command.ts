import { Command, InvalidArgumentError } from "commander";
import type { CommandFactory } from "../context.js";
import { addHeader, collect, endpointEnvironment } from "../endpoint-options.js";
import type { DoctorOptions } from "./doctor-options.js";

const details = `
The bucket is tested with small objects below .skyput/probe/, the handler with
one object at --key, for which the rule's onComplete runs. Without --key,
nothing is stored through the handler. All objects are deleted again; those
that could not be deleted are listed.

Without --bucket, the storages are tested that the table's file exports as
\`provider\`: an s3Provider, gcsProvider or azureProvider, also in staged(), or
an object with several of them by name. If it exports none, the bucket is taken
from the variables of the ready handler: BUCKET_NAME, AWS_REGION_NAME,
S3_ENDPOINT, S3_PUBLIC_ENDPOINT, S3_FORCE_PATH_STYLE, S3_COMPATIBILITY,
S3_UNSIGNED_HEADERS and ALLOWED_ORIGINS.

Credentials come from the environment or the profile, as for the AWS SDK. Use
those of the handler.
${endpointEnvironment}

The exit code is 1 if there is an error, and 0 if there are only warnings.

Examples:
  $ skyput doctor --bucket my-bucket --region eu-west-1 \\
      --origin https://app.example.com
  $ skyput doctor --endpoint https://api.example.com/uploads \\
      --origin https://app.example.com --key "users/42/{random}.txt" \\
      --header "authorization: Bearer $TOKEN"`;

function addOrigin(text: string, before: readonly string[]): readonly string[] {
	if (/^[a-z][a-z0-9+.-]*:\/\/[^/*]+$/.test(text)) return collect(text, before);
	throw new InvalidArgumentError(
		"Write it as browsers send it, such as https://app.example.com, without a path or a wildcard.",
	);
}

export const doctorCommand: CommandFactory = (context) =>
	new Command("doctor")
		.summary("Find what is wrong with a bucket or an endpoint")
		.description(
			"Test a bucket, an upload handler or both as a server and a browser use them, and say what to change.",
		)
		.option("-b, --bucket <name>", "Bucket of S3 or a compatible service")
		.option("--region <name>", "Region of the bucket")
		.option("--s3-endpoint <url>", "Base URL of an S3-compatible service")
		.option("--public-endpoint <url>", "URL by which clients reach the same service")
		.option("--path-style", "Put the bucket's name into the path of URLs")
		.option("--compatibility <name>", "Name of the service, such as ceph or r2")
		.option(
			"--unsigned-headers <word>",
			"As in the handler's options: accepted or denied-by-policy",
		)
		.option(
			"-u, --uploads <file>",
			"File that exports your table (default: uploads.ts, if there is one)",
		)
		.option("--provider <name>", "Use only the rules of this provider, which has its own bucket")
		.option("-e, --endpoint <url>", "URL of the upload handler")
		.option(
			"-H, --header <name: value>",
			"Header to send to the handler; may be repeated",
			addHeader,
			[],
		)
		.option(
			"-o, --origin <origin>",
			"Origin of a page that uploads; may be repeated",
			addOrigin,
			[],
		)
		.option("-k, --key <key>", "Key to store a small object at; {random} becomes a UUID")
		.option("-t, --content-type <type>", "MIME type of that object", "text/plain")
		.addHelpText("after", details)
		.action(async (options: DoctorOptions) => {
			const { runDoctor } = await import("./run-doctor.js");
			await runDoctor(options, context);
		});
