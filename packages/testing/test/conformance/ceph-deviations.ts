import type { Deviations } from "./wire.js";

/**
 * What Ceph RGW 16.2 (Debian 12) does instead of what AWS does. It ignores regions, future dates,
 * unknown session tokens, unsigned headers, `x-amz-checksum-*`, part numbers, and all conditions but
 * If-None-Match of a PUT. It returns the object instead of its attributes. Some of its error codes are
 * its own.
 */
export const cephDeviations: Deviations = {
	"a signature for another region is refused": "200, something stored",
	"a signature for another service is refused": "200, something stored",
	"an unsigned x-amz header is refused by its name": "200 undefined, something stored",
	"an expired URL is refused with its life, its end and the time": "403 AccessDenied, , no times",
	"If-Match in the query of a presigned URL refuses to replace another object": "200, second",
	"an unsigned copy source is refused": "200, something stored",
	"a URL dated an hour ahead is refused": "200, something stored",
	"an X-Amz-Expires above a week is refused": "403 AccessDenied, nothing stored",
	"a negative X-Amz-Expires is refused": "403 AccessDenied, nothing stored",
	"an X-Amz-Expires that is not a number is refused": "403 AccessDenied, nothing stored",
	"a query without its date is refused": "403 AccessDenied, nothing stored",
	"a query with another algorithm is refused": "403 AccessDenied, nothing stored",
	"an unknown session token is refused": "200, something stored",
	"a signature of version 2 is refused": "403 SignatureDoesNotMatch, nothing stored",
	"signatures in the query and in the header at once are refused":
		"403 SignatureDoesNotMatch, nothing stored",
	"a truncated authorization header is refused": "400 InvalidArgument",
	"a body whose chunk 2 of 3 has a changed signature is refused":
		"400 XAmzContentSHA256Mismatch, nothing stored",
	"a body whose chunk 3 of 3 has a changed signature is refused": "200, same bytes",
	"a body of chunks with its checksum at the end is stored without its framing":
		"400 XAmzContentSHA256Mismatch, nothing stored",
	"a body of chunks with another checksum at the end is refused":
		"400 XAmzContentSHA256Mismatch, nothing stored",
	"a key of 1,025 bytes is refused": "400 InvalidObjectName",
	"a body of unknown length is refused": "411 MissingContentLength",
	"metadata above 2 kB is refused": "200",
	"the right crc32 is accepted and returned": "200, undefined",
	"another crc32 is refused": "200",
	"the right crc32c is accepted and returned": "200, undefined",
	"another crc32c is refused": "200",
	"the right crc64nvme is accepted and returned": "200, undefined",
	"another crc64nvme is refused": "200",
	"the right sha256 is accepted and returned": "200, undefined",
	"another sha256 is refused": "200",
	"a malformed checksum is refused": "200",
	"two checksums at once are refused": "200",
	"deleting another version than the one named is refused": "204",
	"parts become one object, whose ETag is the MD5 of their MD5s": "200 , 5243880",
	"a repeated completion gets the same response": "200, other ETag",
	"a completion out of order is refused": "200, 200",
	"a completion with a part twice is refused": "400 InvalidPart, 404",
	"another size than declared is refused": "200, 200",
	"another CRC32 of the whole object is refused, and the upload can still be completed":
		"200, 200, 200",
	"another checksum of a part at completion is refused": "200, 200",
	"a composite checksum without those of the parts is refused": "200",
	"the right crc32 of the whole object is accepted and returned": "200 undefined",
	"the right crc32c of the whole object is accepted and returned": "200 undefined",
	"the right crc64nvme of the whole object is accepted and returned": "200 undefined",
	"If-None-Match at completion refuses to overwrite": "200, other object",
	"an aborted upload lists no parts": "404 NoSuchKey",
	"an aborted upload cannot be completed": "500 InternalError",
	"part number 0 is refused": "200",
	"part number 10001 is refused": "200",
	"another checksum is refused for a part": "200",
	"a full-object checksum type with SHA256 is refused": "200",
	"a form with a changed signature is refused": "403 AccessDenied, 404",
	"a form with a changed policy is refused": "403 AccessDenied, 404",
	"a preflight from another origin is refused": "403 AccessDenied, no origin",
	"a preflight for another method is refused": "403 AccessDenied, no origin",
	"a preflight with another header is refused": "403 AccessDenied, no origin",
	"a preflight on a bucket without rules is refused": "403 AccessDenied, no origin",
	"a page may read why its URL was refused": "403, no origin, none exposed",
	"rules with a method that CORS does not have are refused": "400 MalformedXML",
	"If-None-Match at completion is a conflict for good once the key was deleted meanwhile":
		"200, 500 InternalError, 500 InternalError",
	"If-Match at completion is a conflict once the key was written meanwhile":
		"200, 200, other object",
	"If-None-Match in the query of a presigned URL refuses the second object": "200, 200",
	"if-none-match in the query of a presigned URL refuses the second object": "200, 200",
	"a PUT with If-Match with a star is not implemented": "412 PreconditionFailed: undefined",
	"a PUT with If-None-Match with an ETag is not implemented": "412 PreconditionFailed: undefined",
	"a PUT with both conditions at once is not implemented": "412 PreconditionFailed: undefined",
	"a completion of an unknown upload is refused before its document is read": "400 MalformedXML",
	"a part with any checksum is accepted where the upload began without an algorithm":
		"200 undefined",
	"a part with a wrong checksum is refused where the upload began without an algorithm": "200",
	"a completion with part checksums is refused where the upload began without an algorithm": "200",
	"a part of a composite upload without a checksum is refused": "200",
	"a part checksum of another algorithm is refused at completion": "200",
	"the checksum of the whole object without its type is refused at completion": "200",
	"the checksum of the whole object of another algorithm is refused at completion": "200",
	"the checksum of the whole object as a composite one is refused at completion": "200",
	"an object stored without a checksum has a CRC64NVME": "undefined undefined",
	"an object of parts without checksums has a CRC64NVME": "undefined, undefined undefined",
	"a wrong Content-MD5 is returned in hex for an object and in base64 for a part":
		"undefined, undefined",
	"a range of the whole object has its checksum, a shorter one has none":
		"206 undefined, 206 undefined",
	"a changed signature is answered with what was signed": "403 SignatureDoesNotMatch, , , , , ",
	"the tags a=1&a=2 are refused": "200",
	"the tags a=1,b=2 are refused": "200",
	"a preflight without a method is forbidden where the bucket has no rules":
		"400 InvalidArgument, undefined, undefined",
	"a copy has the bytes, metadata and checksum of its source":
		"200 undefined undefined, image/png blue 0123456789",
	"a copy with tags with the directive REPLACE has the new ones": "200 old",
	"the ETag of the copy of an object of parts is the MD5 of its bytes":
		"200 aa372e4b918149d46c24a3436d8ad4fb-1",
	"the source of a copy may be encoded as forms are": "404 NoSuchKey",
	"If-None-Match refuses a copy onto an object": "200, 200",
	"If-None-Match refuses a copy of an object to itself": "400 InvalidRequest",
	"If-Match refuses a copy onto another object, and onto none": "200, 200, 200",
	"a copy with conditions that AWS does not know is not implemented": "200, 200, 200",
	"a copy whose source fails If-Match is refused": "200",
	"a copy whose source fails If-Unmodified-Since is refused": "200",
	"a copy whose source fails If-None-Match is refused": "200",
	"a copy whose source fails If-Modified-Since is refused": "200",
	"the copy range bytes=1-0 of ten bytes is refused": "416 InvalidRange",
	"the copy range bytes=1- of ten bytes is refused": "416 InvalidRange",
	"the copy range bytes=-2 of ten bytes is refused": "200",
	"the copy range bytes=0-100 of ten bytes is refused": "416 InvalidRange",
	"a copy range behind the end is refused": "416 InvalidRange",
	"a copied part gets the checksum of its upload, which the attributes tell without a suffix":
		"200 undefined, undefined undefined undefined, other",
	"the attributes ETag,Checksum,ObjectParts,StorageClass,ObjectSize of an object are told":
		"200 none none none none none none none",
	"the attributes ObjectSize, Checksum, ETag,StorageClass of an object are told":
		"200 none none none none none none none",
	"the attributes of an object of parts without checksums count them":
		"200 none none none none none none none",
	"the metadata =?UTF-8?Q?actually-ascii?= comes back decoded": "=?UTF-8?Q?actually-ascii?=",
	"the metadata =?UTF-8?B?YWJj?= comes back decoded": "=?UTF-8?B?YWJj?=",
	"a GET ignores missing quotes, and an If-Modified-Since in the future": "304, 304",
	"If-Match of a PUT ignores quotes, also where one is missing": "412 PreconditionFailed, 200, 200",
	"a form without X-Amz-Algorithm is refused by that spelling": "400 InvalidArgument undefined",
	"a form without X-Amz-Credential is refused by that spelling": "400 InvalidArgument undefined",
	"a form without X-Amz-Date is refused by that spelling": "400 InvalidArgument undefined",
	"a form without X-Amz-Signature is refused by that spelling": "400 InvalidArgument undefined",
	"a form whose tags are no XML is refused": "400 InvalidArgument, 404",
	"a refused preflight tells its method and the type of the resource, and misspells a word":
		"403 AccessDenied, , , ",
	"a preflight to s3.eu-central-2 of another region is redirected, and a page cannot read where":
		"404 NoSuchBucket, no origin",
	"a preflight to BUCKET.s3.eu-central-2 of another region is redirected, and a page cannot read where":
		"404 NoSuchBucket, no origin",
};
