import type { CopyObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { UploadError } from "../../errors.js";
import type { S3Settings } from "./settings.js";

type Sdk = typeof import("@aws-sdk/client-s3");
type Headers = Readonly<Record<string, string | undefined>>;

/** The first version that sends every header below. Older versions silently drop unknown ones. */
const neededVersion = "3.729.0";

const noRequire =
	"The AWS SDK was bundled as ESM, where it finds no require. Give esbuild the banner \"import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);\", or mark @aws-sdk/* as external and deploy it beside the bundle.";
const notLoaded =
	"The AWS SDK could not be loaded. Deploy @aws-sdk/client-s3 and @aws-sdk/s3-request-presigner beside the server, or inside of its bundle.";

function sdkError(reason: string, cause: unknown): UploadError {
	const message = "The server's AWS SDK cannot do this. The server's log says why.";
	return new UploadError("unsupported", message, { reason, cause });
}

/**
 * Waits for a module of the SDK.
 *
 * @throws UploadError `unsupported`, with the reason: a retry can't help.
 */
export async function loadSdk<Module>(loading: Promise<Module>): Promise<Module> {
	try {
		return await loading;
	} catch (cause) {
		throw sdkError(/\brequire\b/.test(String(cause)) ? noRequire : notLoaded, cause);
	}
}

/**
 * Lets a copy fail where the SDK is too old to send its condition: the storage would overwrite.
 *
 * @param command - Has `IfNoneMatch`.
 */
export function requireCondition(command: CopyObjectCommand): void {
	command.middlewareStack.add(
		(next) => async (args) => {
			const { headers } = args.request as { readonly headers: Headers };
			if (headers["if-none-match"] !== undefined) return next(args);
			throw sdkError(
				"@aws-sdk/client-s3 is too old for create-only copies. Install its newest version.",
				new Error("It drops if-none-match."),
			);
		},
		{ step: "build", priority: "low", name: "requireCondition" },
	);
}

/**
 * Checks, without a request, that the SDK sends every constraint that the storage must enforce.
 *
 * @throws UploadError `unsupported` that names the installed version and the one needed.
 */
export async function checkSdk(sdk: Sdk, client: S3Client, settings: S3Settings): Promise<void> {
	const { capabilities } = settings.service;
	const needed = [
		...(capabilities.createOnly.multipart === "none" ? [] : ["if-none-match"]),
		...(capabilities.checksums.object.length > 0 ? ["x-amz-checksum-type"] : []),
		...(capabilities.enforce.totalSize === "at-complete" ? ["x-amz-mp-object-size"] : []),
		...(capabilities.conditionalDelete ? ["if-match"] : []),
	];
	if (needed.length === 0) return;
	let sent: Headers = {};
	client.middlewareStack.add(
		() =>
			async ({ request }) => {
				sent = { ...sent, ...(request as { readonly headers: Headers }).headers };
				return { output: { $metadata: {} }, response: {} };
			},
		{ step: "build", priority: "low", name: "recordHeaders" },
	);
	const object = { Bucket: settings.bucket, Key: "key" };
	await client.send(
		new sdk.CompleteMultipartUploadCommand({
			...object,
			UploadId: "id",
			IfNoneMatch: "*",
			MpuObjectSize: 1,
			ChecksumType: "FULL_OBJECT",
		}),
	);
	await client.send(new sdk.DeleteObjectCommand({ ...object, IfMatch: "etag" }));
	client.middlewareStack.remove("recordHeaders");
	const dropped = needed.filter((name) => sent[name] === undefined);
	if (dropped.length === 0) return;
	const [, version = "an unknown version"] =
		/aws-sdk-js\/([\w.-]+)/.exec(sent["x-amz-user-agent"] ?? sent["user-agent"] ?? "") ?? [];
	throw sdkError(
		`@aws-sdk/client-s3 is ${version}, and must be ${neededVersion} or newer. Install that, and deploy it with the server: Lambda's own copy is used where a bundler leaves @aws-sdk/* out (CDK's NodejsFunction does by default).`,
		new Error(`It drops ${dropped.join(", ")}.`),
	);
}
