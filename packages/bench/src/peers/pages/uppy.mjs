export { default as S3 } from "@uppy/aws-s3";
export { default } from "@uppy/core";
