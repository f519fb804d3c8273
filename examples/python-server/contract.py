"""What every server of the contract needs: errors, keys, sizes and tokens."""

import base64
import hashlib
import hmac
import json
import re
import time
import unicodedata

STATUS = {
    "invalid-request": 400, "invalid-key": 400, "invalid-size": 400, "unauthenticated": 401,
    "forbidden": 403, "upload-not-found": 404, "not-found": 404, "method-not-allowed": 405,
    "already-exists": 409, "conflict": 409, "token-expired": 410, "too-large": 413,
    "unsupported-type": 415, "invalid-parts": 422, "checksum-mismatch": 422, "internal": 500,
    "unsupported": 501, "storage-error": 502, "storage-unavailable": 503,
}
TOKEN_LIFE = 7 * 24 * 3600
DIGEST_BYTES = {"crc32": 4, "md5": 16, "sha256": 32}


class Problem(Exception):
    """A refusal. Its message is sent: it holds no signed URL, token or credential."""

    def __init__(self, code, detail, status=None, allow=None):
        super().__init__(detail)
        self.code, self.detail, self.allow = code, detail, allow
        self.status = status or STATUS[code]


def member(message, name, kind):
    """A member of a message, which must be there."""
    value = message.get(name)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise Problem("invalid-request", f"{name}: Is required.")
    return value


def whole_number(message, name, least):
    value = member(message, name, int)
    if value < least:
        raise Problem("invalid-request", f"{name}: Must be at least {least}.")
    return value


def read_key(message):
    """The key as it is stored."""
    key = unicodedata.normalize("NFC", member(message, "key", str)[:8192])
    segments = key.split("/")
    wrong = (
        not 1 <= len(key.encode("utf-8", "replace")) <= 1024
        or re.search(r"[\x00-\x1f\x7f-\x9f\\\u202a-\u202e\u2066-\u2069\ud800-\udfff]", key)
        or segments[0] == ".skyput"
        or any(segment in ("", ".", "..") for segment in segments)
    )
    if wrong:
        raise Problem("invalid-key", "The key has a segment or a character that no key may have.")
    return key


def read_size(value):
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise Problem("invalid-size", "size: Must be a whole number of bytes, 0 or more.")
    return value


def read_checksum(checksums):
    """The first digest that S3 verifies by a signed header; None without one."""
    for checksum in checksums if isinstance(checksums, list) else []:
        algorithm, value = checksum.get("algorithm"), checksum.get("value")
        if algorithm not in DIGEST_BYTES or not isinstance(value, str):
            continue
        try:
            digest = base64.b64decode(value, validate=True)
        except ValueError:
            digest = b""
        if len(digest) != DIGEST_BYTES[algorithm]:
            raise Problem("invalid-request", f"checksums: Is not a base64 {algorithm}.")
        return algorithm, value
    return None


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Sealer:
    """Keeps the state of an upload in a token that the client holds, so that there is no database."""

    def __init__(self, secret):
        if len(secret.encode()) < 32:
            raise SystemExit("UPLOAD_TOKEN_SECRET must have at least 32 bytes (openssl rand -base64 32 makes one)")
        self.secret = secret.encode()

    def mac(self, body):
        return base64url(hmac.new(self.secret, body.encode(), hashlib.sha256).digest())

    def seal(self, upload):
        body = base64url(json.dumps({**upload, "expiry": int(time.time()) + TOKEN_LIFE}).encode())
        return f"{body}.{self.mac(body)}"

    def open(self, message, owner):
        """The upload of a token, for its own caller only."""
        token = member(message, "token", str)
        body, _, mac = token.partition(".")
        if not hmac.compare_digest(mac.encode(), self.mac(body).encode()):
            raise Problem("token-expired", "The token was not made by this server. Start the upload again.")
        upload = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        if upload["expiry"] < time.time():
            raise Problem("token-expired", "The token has expired. Start the upload again.")
        if upload["owner"] != owner:
            raise Problem("forbidden", "Another caller began this upload.")
        return upload
