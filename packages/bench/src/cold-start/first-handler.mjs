// packages/bench/src/cold-start/first-handler.mjs
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";

const client = new S3Client({ region: process.env.AWS_REGION });

export const handler = async (event) => {
	const { key } = event.queryStringParameters;
	const command = new PutObjectCommand({ Bucket: process.env.BUCKET_NAME, Key: key });
	const expiresIn = Number(process.env.URL_EXPIRATION_SECONDS);
	const uploadURL = await getSignedUrl(client, command, { expiresIn });
	return { statusCode: 200, body: JSON.stringify({ uploadURL, key }) };
};
