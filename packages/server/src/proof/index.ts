export type { Checksum, ChecksumAlgorithm, ErrorCode } from "#protocol";
export { UploadError, type UploadErrorOptions } from "../errors.js";
export type { Ed25519JsonWebKey, ProofContent, WebCryptoKey } from "../sign-proof.js";
export { verifyProof } from "./verify-proof.js";
