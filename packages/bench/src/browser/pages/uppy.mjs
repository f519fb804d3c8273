import AwsS3 from "@uppy/aws-s3";
import Uppy from "@uppy/core";

let uppy;
globalThis.prepare = ({ api, partSize }) => {
	const getChunkSize = partSize === undefined ? undefined : () => partSize;
	uppy = new Uppy().use(AwsS3, { companionEndpoint: api, getChunkSize });
	uppy.on("upload-progress", () => {});
};
globalThis.upload = async (file) => {
	uppy.addFile({ name: file.name, type: file.type, data: file });
	const { failed } = await uppy.upload();
	if (failed.length > 0) throw new Error(failed[0].error);
};
