import { App, CfnOutput, Stack } from "aws-cdk-lib";
import { UploadsApi } from "./lib/uploads-api.ts";

// the CDK's command line sets the variable
const app = new App({ outdir: process.env.CDK_OUTDIR ?? "cdk.out" });
const stack = new Stack(app, "Uploads");
const uploads = new UploadsApi(stack, "Uploads", {
	origins: ["https://app.example.com"],
	jwtIssuer: "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_abc",
	jwtAudience: ["the-id-of-your-app-client"],
});
new CfnOutput(stack, "Endpoint", { value: uploads.endpoint });
new CfnOutput(stack, "BucketName", { value: uploads.bucket.bucketName });
app.synth();
