"""The operations of the contract on one bucket. See docs/api/openapi.json for their messages."""

import base64
import hashlib
import uuid
from datetime import datetime, timedelta, timezone

from contract import Problem, member, read_checksum, read_key, read_size, whole_number
from s3 import StorageError

EXPIRES_IN = 300
PART_SIZE = 16 * 1024 * 1024
MAX_PARTS = 10_000
WINDOW = 32
CHECKSUM_HEADERS = {"md5": "content-md5", "crc32": "x-amz-checksum-crc32", "sha256": "x-amz-checksum-sha256"}
# browsers would execute these
ATTACHMENTS = ("text/html", "application/xhtml+xml", "image/svg+xml", "text/xml", "application/xml", "text/javascript")
# what a status of the storage means where it differs from the usual
OUTCOMES = {"400 RequestTimeout": "retry", "400 BadDigest": "retry", "400 ExpiredToken": "resign"}


def validity():
    until = datetime.now(timezone.utc) + timedelta(seconds=EXPIRES_IN)
    return {"expiresIn": EXPIRES_IN, "expiresAt": until.isoformat(timespec="seconds").replace("+00:00", "Z")}


class Operations:
    """`rule_of` returns the rule of a key for a caller, or raises a Problem."""

    def __init__(self, bucket, sealer, rule_of):
        self.bucket, self.sealer, self.rule_of = bucket, sealer, rule_of

    def object_headers(self, content_type, upload_id):
        """What is stored with an object; signed, so that a client cannot change it."""
        kind = content_type.split(";")[0].strip().lower()
        return {
            "content-type": content_type,
            **({"content-disposition": "attachment"} if kind in ATTACHMENTS else {}),
            **({"x-amz-meta-skyput-upload": upload_id} if upload_id else {}),
        }

    def sign_put(self, key, size, headers):
        """A URL for the whole file, good for one object, once."""
        headers = {**headers, "if-none-match": "*", "cache-control": "no-cache"}
        length = {} if size is None else {"content-length": str(size)}
        return self.bucket.sign_url("PUT", key, {**headers, **length}, expires_in=EXPIRES_IN), headers

    def check(self, key, size, content_type, owner):
        rule = self.rule_of(key, owner)
        if size is not None and size > rule["maxSize"]:
            raise Problem("too-large", f"The file has {size} bytes; at most {rule['maxSize']} are allowed.")
        types = rule.get("contentTypes")
        if types and content_type.split(";")[0].strip().lower() not in types:
            raise Problem("unsupported-type", f"The type {content_type[:80]} is not among {', '.join(types)}.")
        return rule

    def create(self, message, owner):
        if message.get("v") != 1:
            raise Problem("invalid-request", "v: Must be 1, the version of this contract.")
        key = read_key(message)
        if "size" not in message:
            raise Problem("invalid-size", "size: Is required: bytes, or null while unknown.")
        size = None if message["size"] is None else read_size(message["size"])
        kinds = message.get("kinds") if isinstance(message.get("kinds"), list) else []
        if "single" not in kinds and "multipart" not in kinds:
            raise Problem("invalid-request", 'kinds: Must name "single", "multipart" or both.')
        content_type = message.get("contentType") or "application/octet-stream"
        rule = self.check(key, size, content_type, owner)
        upload = {"id": str(uuid.uuid4()), "key": key, "size": size, "type": content_type, "owner": owner}
        wants_parts = message.get("multipart", size is None or size > 100_000_000) or "single" not in kinds
        if size is None or (wants_parts and size > 0 and "multipart" in kinds):
            return 201, self.begin_parts(upload, rule, kinds)
        if "single" not in kinds:
            raise Problem("unsupported", "This file needs a single plan, which the client does not support.")
        headers = self.object_headers(content_type, upload["id"])
        checksum = read_checksum(message.get("checksums"))
        if checksum:
            headers[CHECKSUM_HEADERS[checksum[0]]] = checksum[1]
            upload["algorithm"], upload["digest"] = checksum
        url, sent = self.sign_put(key, size, headers)
        request = {"method": "PUT", "url": url, "headers": sent, "receiptHeader": "etag", **validity()}
        return 201, {
            "v": 1, "kind": "single", "key": key, "uploadId": upload["id"], "token": self.sealer.seal(upload),
            "request": {**request, "outcomes": {**OUTCOMES, "409": "retry", "412": "exists"}}, "confirm": False,
            **({"algorithm": checksum[0]} if checksum else {}),
        }

    def begin_parts(self, upload, rule, kinds):
        if "multipart" not in kinds:
            raise Problem("unsupported", "This file needs a multipart plan, which the client does not support.")
        key, size = upload["key"], upload["size"]
        if self.bucket.head(key) is not None:
            raise Problem("already-exists", "An object with this key exists.")
        total = rule["maxSize"] if size is None else size
        mebibytes = -(-total // (MAX_PARTS * 2**20))
        upload["partSize"] = max(PART_SIZE, mebibytes * 2**20)
        headers = self.object_headers(upload["type"], upload["id"])
        upload["s3"] = self.bucket.create_upload(key, {**headers, "cache-control": "no-cache"})
        count = None if size is None else -(-size // upload["partSize"])
        window = self.window(upload, 1, WINDOW if count is None else min(WINDOW, count), None)
        return {
            "v": 1, "kind": "multipart", "key": key, "uploadId": upload["id"], "size": size,
            "partSize": upload["partSize"], "partCount": count, "token": self.sealer.seal(upload), "window": window,
        }

    def window(self, upload, first, count, last_size):
        """Signed requests of consecutive parts, whose URLs differ in the number and the signature."""
        part_size, size, now = upload["partSize"], upload["size"], datetime.now(timezone.utc)
        template, values = "", []
        for number in range(first, first + count):
            length = last_size or (part_size if size is None else min(part_size, size - (number - 1) * part_size))
            query = {"partNumber": str(number), "uploadId": upload["s3"]}
            headers = {"content-length": str(length)}
            url = self.bucket.sign_url("PUT", upload["key"], headers, query, EXPIRES_IN, now)
            template, _, signature = url.rpartition("=")
            template = template.replace(f"&partNumber={number}&", "&partNumber={partNumber}&") + "={value}"
            values.append(signature)
        return {
            "first": first, "count": count, "method": "PUT", "urls": [template], "values": values, "headers": {},
            "receiptHeader": "etag", "outcomes": {**OUTCOMES, "404": "ask"}, **validity(),
        }

    def open_parts(self, message, owner):
        upload = self.sealer.open(message, owner)
        if "s3" not in upload:
            raise Problem("invalid-request", "This upload is a single request; it has no parts.")
        return upload

    def parts(self, message, owner):
        first, count = whole_number(message, "first", 1), whole_number(message, "count", 1)
        if message.get("host", 0) != 0:
            raise Problem("invalid-request", "host: Must be 0: the bucket has one name.")
        upload = self.open_parts(message, owner)
        rule = self.check(upload["key"], upload["size"], upload["type"], owner)
        size, part_size, last_size = upload["size"], upload["partSize"], message.get("lastSize")
        last = MAX_PARTS if size is None else -(-size // part_size)
        if last_size is not None:
            if size is not None or count != 1 or whole_number(message, "lastSize", 1) > part_size:
                raise Problem("invalid-request", "lastSize: Is for the one last part of an unknown length.")
            if (first - 1) * part_size + last_size > rule["maxSize"]:
                raise Problem("too-large", f"At most {rule['maxSize']} bytes are allowed.")
        if first > last:
            raise Problem("invalid-request", f"There is no part {first}; the last is {last}.")
        return 200, self.window(upload, first, min(count, 256, last - first + 1), last_size)

    def stored_parts(self, upload):
        try:
            return self.bucket.list_parts(upload["key"], upload["s3"])
        except StorageError as error:
            if error.code != "NoSuchUpload":
                raise
            raise Problem("upload-not-found", "The storage has no such upload.") from error

    def list(self, message, owner):
        upload = self.sealer.open(message, owner)
        after = message.get("after", 0)
        found = self.stored_parts(upload) if "s3" in upload else []
        page = [part for part in found if part[0] > after]
        parts = [{"partNumber": n, "size": size, "receipt": etag} for n, size, etag in page[:1000]]
        return 200, {"parts": parts, **({"next": page[999][0]} if len(page) > 1000 else {})}

    def complete(self, message, owner):
        upload = self.sealer.open(message, owner)
        self.check(upload["key"], upload["size"], upload["type"], owner)
        size = upload["size"] if upload["size"] is not None else message.get("size")
        if "s3" in upload:
            self.commit(upload, size, message.get("receipts"))
        return 200, self.stored(upload, size)

    def commit(self, upload, size, receipts):
        try:
            found = self.stored_parts(upload)
        except Problem:
            return  # completed before, or aborted: the look at the object tells
        total = sum(part[1] for part in found)
        if not found and self.bucket.head(upload["key"]) is not None:
            return
        if [part[0] for part in found] != list(range(1, len(found) + 1)) or total != read_size(size):
            raise Problem("invalid-parts", f"The stored parts have {total} bytes, not {size}.")
        lines = "".join(f"{number}:{etag}\n" for number, _, etag in found).encode()
        if receipts and receipts != base64.b64encode(hashlib.sha256(lines).digest()).decode():
            raise Problem("invalid-parts", "The stored parts are not those that the client sent.")
        try:
            self.bucket.complete_upload(upload["key"], upload["s3"], found)
        except StorageError as error:
            # whether it is this upload's object, the look at it tells
            if error.code not in ("NoSuchUpload", "PreconditionFailed", "ConditionalRequestConflict"):
                raise

    def stored(self, upload, size):
        """What is stored at the key, if it is this upload's."""
        info = self.bucket.head(upload["key"])
        if info is None:
            raise Problem("upload-not-found", "Nothing is stored for this upload; start it again.")
        if info.get("x-amz-meta-skyput-upload") != upload["id"]:
            raise Problem("already-exists", "Another object is stored under this key.")
        length = int(info["content-length"])
        if length != size:
            raise Problem("invalid-size", f"The object has {length} bytes, not {size}.")
        reply = {"key": upload["key"], "size": length, "etag": info["etag"], "verified": "algorithm" in upload}
        if "algorithm" in upload:
            reply["checksum"] = {"algorithm": upload["algorithm"], "value": upload["digest"]}
        return reply

    def abort(self, message, owner):
        upload = self.sealer.open(message, owner)
        if "s3" in upload:
            self.bucket.abort_upload(upload["key"], upload["s3"])
        return 204, None

    def sign(self, message, owner):
        key = read_key(message)
        size = message.get("size")
        if size is None or not size.isdecimal():
            raise Problem("invalid-size", "size: Is required: bytes.")
        content_type = message.get("contentType") or "application/octet-stream"
        self.check(key, int(size), content_type, owner)
        url, headers = self.sign_put(key, int(size), self.object_headers(content_type, None))
        return 200, {"uploadURL": url, "key": key, "method": "PUT", "headers": headers, "expiresAt": validity()["expiresAt"]}

    def rules(self, message, owner):
        rule = self.rule_of(read_key(message), owner)
        return 200, {name: rule[name] for name in ("maxSize", "contentTypes") if name in rule}

    def download(self, message, owner):
        key = read_key(message)
        self.rule_of(key, owner)
        if self.bucket.head(key) is None:
            raise Problem("not-found", "There is no object with this key.")
        query = {"response-content-disposition": "attachment"}
        url = self.bucket.sign_url("GET", key, {}, query, EXPIRES_IN)
        return 200, {"url": url, "method": "GET", "headers": {}, "expiresAt": validity()["expiresAt"]}

    def delete(self, message, owner):
        key = read_key(message)
        self.rule_of(key, owner)
        self.bucket.call("DELETE", key)
        return 204, None

    def status(self, message, owner):
        if "key" in message:
            raise Problem("not-found", "There is no object with this key, or you may not read it.")
        upload = self.sealer.open(message, owner)
        info = self.bucket.head(upload["key"]) or {}
        is_stored = info.get("x-amz-meta-skyput-upload") == upload["id"]
        return 200, {"state": "available" if is_stored else "uploading"}
