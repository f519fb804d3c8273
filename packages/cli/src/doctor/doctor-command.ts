import { Command, InvalidArgumentError } from "commander";
import type { CommandFactory } from "../context.js";
import { addHeader, endpointEnvironment } from "../endpoint-options.js";
import type { DoctorOptions } from "./doctor-options.js";

const details = `
The bucket is tried with small objects below .skyput/probe/, the endpoint with one object at --key; both are
deleted again, and what could not be deleted is named. Without --key nothing is stored by the endpoint. A rule's
onComplete runs for that object.

Without --bucket, the storages are tried that the table's file exports as \`provider\`, one or several by name:
s3Provider, gcsProvider, azureProvider, also staged.
Else the options of the bucket default to the variables of the ready handler (BUCKET_NAME, AWS_REGION_NAME,
S3_ENDPOINT, S3_PUBLIC_ENDPOINT, S3_FORCE_PATH_STYLE, S3_COMPATIBILITY, S3_UNSIGNED_HEADERS, ALLOWED_ORIGINS).
Credentials come from the environment or the profile, as for the AWS SDK: use those of the handler.
${endpointEnvironment}

Ends with 1 where there is an error; warnings alone end with 0.

Examples:
  $ skyput doctor --bucket my-bucket --region eu-west-1 --origin https://app.example.com
  $ skyput doctor --endpoint https://api.example.com/uploads --origin https://app.example.com \\
      --header "authorization: Bearer $TOKEN" --key "users/42/{random}.txt"`;

const collect = (text: string, before: readonly string[]): readonly string[] => [...before, text];

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
			"Try a bucket, an upload handler or both as a server and a browser would, and name what is to be changed.",
		)
		.option("-b, --bucket <name>", "The bucket of S3 or a compatible service")
		.option("--region <name>", "Its region")
		.option("--s3-endpoint <url>", "The base URL of an S3-compatible service")
		.option("--public-endpoint <url>", "The URL by which clients reach the same service")
		.option("--path-style", "The bucket stands in the path")
		.option("--compatibility <name>", "The service, such as ceph or r2")
		.option("--unsigned-headers <word>", "What the handler says: accepted or denied-by-policy")
		.option(
			"-u, --uploads <file>",
			"The table of uploads (default: uploads.ts, where there is one)",
		)
		.option("--provider <name>", "Only the rules of this provider, which has a bucket of its own")
		.option("-e, --endpoint <url>", "Where the upload handler is mounted")
		.option(
			"-H, --header <name: value>",
			"A header for the handler; may be repeated",
			addHeader,
			[],
		)
		.option("-o, --origin <origin>", "A page's origin; may be repeated", addOrigin, [])
		.option("-k, --key <key>", "Where to store a small object; {random} becomes a new word")
		.option("-t, --content-type <type>", "Its MIME type", "text/plain")
		.addHelpText("after", details)
		.action(async (options: DoctorOptions) => {
			const { runDoctor } = await import("./run-doctor.js");
			await runDoctor(options, context);
		});
