import AwsS3 from "@uppy/aws-s3";
import Uppy from "@uppy/core";

globalThis.upload = async (file, { api, partSize }) => {
	const getChunkSize = partSize === undefined ? undefined : () => partSize;
	const uppy = new Uppy().use(AwsS3, { companionEndpoint: api, getChunkSize });
	uppy.on("upload-progress", () => {});
	uppy.addFile({ name: file.name, type: file.type, data: file });
	const { failed } = await uppy.upload();
	if (failed.length > 0) throw new Error(failed[0].error);
};
