import { createServer } from "node:http";
import { azureProvider } from "@skyput/server/azure";
import { createNodeHandler } from "@skyput/server/node";
import { s3Provider } from "@skyput/server/s3";
import { uploads } from "./uploads.ts";

const { env } = process;

const handleUploads = createNodeHandler({
	uploads,
	provider: {
		default: s3Provider({
			bucket: env.BUCKET_NAME,
			region: env.AWS_REGION,
			endpoint: env.S3_ENDPOINT, // absent: Amazon's own
			compatibility: "aws",
		}),
		azure: azureProvider({
			account: env.AZURE_STORAGE_ACCOUNT,
			container: env.AZURE_STORAGE_CONTAINER,
			accountKey: env.AZURE_STORAGE_KEY,
			endpoint: env.AZURE_STORAGE_ENDPOINT, // absent: Azure's own
		}),
	},
	principal: () => null,
	tokenSecret: env.UPLOAD_TOKEN_SECRET,
	cors: { origins: ["http://localhost:5173"] },
});

export const server = createServer(handleUploads);

server.listen(Number(env.PORT ?? 3000), "127.0.0.1", () => {
	const address = server.address();
	if (address === null || typeof address === "string") return;
	console.log(`uploads at http://127.0.0.1:${address.port}/uploads`);
});
