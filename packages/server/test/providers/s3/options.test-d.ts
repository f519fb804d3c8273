import type { S3ClientConfig } from "@aws-sdk/client-s3";
import { expectTypeOf, test } from "vitest";
import type { PresignProvider } from "../../../src/provider.js";
import {
	type CredentialSource,
	type S3ProviderOptions,
	s3Provider,
} from "../../../src/providers/s3/index.js";

test("Environment variables can be passed as they are", () => {
	const { BUCKET_NAME, AWS_REGION_NAME } = process.env;
	expectTypeOf(
		s3Provider({ bucket: BUCKET_NAME, region: AWS_REGION_NAME }),
	).toEqualTypeOf<PresignProvider>();
});

test("Credentials and credential providers of the AWS SDK fit", () => {
	type OfSdk = NonNullable<S3ClientConfig["credentials"]>;
	expectTypeOf<OfSdk>().toExtend<CredentialSource>();
	expectTypeOf<
		() => Promise<{ accessKeyId: string; secretAccessKey: string }>
	>().toExtend<CredentialSource>();
});

test("A misspelt option and an unknown service do not compile", () => {
	expectTypeOf<{ bucket: string; compatibility: "s4" }>().not.toExtend<S3ProviderOptions>();
	// @ts-expect-error there is no such option
	s3Provider({ bucket: "b", forcePathstyle: true });
	// @ts-expect-error there is no such capability
	s3Provider({ bucket: "b", capabilities: { checksums: { whole: [] } } });
});
