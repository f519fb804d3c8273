import {
	GetObjectCommand,
	PutObjectCommand,
	type PutObjectCommandInput,
	S3Client,
	type S3ClientConfig,
	UploadPartCommand,
} from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";

/** Headers that the presigner would hoist, or leave unsigned, unless told. */
const held = /^(x-amz-meta-|x-amz-checksum-|x-amz-sdk-checksum-algorithm$)/;

/** What the AWS SDK signs for the same signOptions; `x-id`, which only names the SDK's command, is left out. */
export async function oracleUrl(
	config: S3ClientConfig,
	command: GetObjectCommand | PutObjectCommand | UploadPartCommand,
	signingDate: Date,
	expiresIn: number,
): Promise<string> {
	const client = new S3Client({
		requestChecksumCalculation: "WHEN_REQUIRED",
		responseChecksumValidation: "WHEN_REQUIRED",
		...config,
	});
	const unhoistableHeaders = new Set<string>();
	// the SDK adds a content type of its own where none was given
	const typed = "ContentType" in command.input && command.input.ContentType !== undefined;
	client.middlewareStack.add(
		(next) => (args) => {
			const request = args.request as {
				headers: Record<string, string>;
				query: Record<string, string>;
			};
			delete request.query["x-id"];
			for (const name of Object.keys(request.headers)) {
				if (held.test(name)) unhoistableHeaders.add(name);
			}
			return next(args);
		},
		{ step: "build" },
	);
	// a client takes the commands of its own package; the union of three is one of them at a time
	return getSignedUrl(client, command as PutObjectCommand, {
		expiresIn,
		signingDate,
		signableHeaders: new Set(["cache-control", ...(typed ? ["content-type"] : [])]),
		unhoistableHeaders,
	});
}

export { GetObjectCommand, PutObjectCommand, type PutObjectCommandInput, UploadPartCommand };
