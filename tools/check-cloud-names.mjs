import { build } from "esbuild";

/** Names, headers and error codes of clouds: the server tells the client what a response means. */
const clouds = new RegExp(
	`\\b(${[
		"aws|amazon\\w*|s3|ceph|minio|azure|gcs|google\\w*|x-(?:amz|goog|ms)-[\\w-]*",
		"NoSuchUpload|NoSuchKey|NoSuchBucket|AccessDenied|SignatureDoesNotMatch|PreconditionFailed|SlowDown",
		"BadDigest|IncompleteBody|RequestTimeout|RequestTimeTooSkewed|ExpiredToken|RequestExpired",
		"XAmzContentChecksumMismatch|Md5Mismatch|BlobAlreadyExists|AuthenticationFailed|InvalidBlockList",
	].join("|")})\\b`,
	"gi",
);

/**
 * Looks for clouds in the client as it is bundled for browsers and Node.
 *
 * @param {readonly import("./check-bundlers.mjs").Bundled[]} bundles
 * @throws {Error} that lists every name that was found
 */
export async function checkCloudNames(bundles) {
	const problems = [];
	const ofClient = bundles.filter(({ entry }) => entry.startsWith("@skyput/client"));
	for (const { entry, input, platforms } of ofClient) {
		for (const platform of platforms.filter((name) => name !== "react-native")) {
			const { outputFiles } = await build({
				entryPoints: [input],
				platform,
				bundle: true,
				write: false,
				format: "esm",
				logLevel: "silent",
				external: ["react"],
			});
			const names = new Set(outputFiles[0].text.match(clouds));
			problems.push(...[...names].map((name) => `${entry} for ${platform} has "${name}"`));
		}
	}
	if (problems.length > 0) throw new Error(problems.join("\n"));
}
