"""Amazon S3 by its REST API: URLs signed by Signature Version 4, and the calls that a server makes itself.

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
"""

import hashlib
import hmac
import http.client
import xml.etree.ElementTree as ElementTree
from datetime import datetime, timezone
from urllib.parse import quote, urlsplit

EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()
NAMESPACE = "{http://s3.amazonaws.com/doc/2006-03-01/}"


class StorageError(Exception):
    """An error response of S3. `code` is S3's own, such as NoSuchUpload."""

    def __init__(self, status, code):
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code


def encode(text):
    """Percent-encodes as S3 wants it: all but unreserved characters."""
    return quote(text, safe="-_.~")


def canonical_query(query):
    return "&".join(f"{encode(name)}={encode(value)}" for name, value in sorted(query.items()))


class Bucket:
    """One bucket. Without an endpoint it is on AWS; with one, its name is in the path."""

    def __init__(self, name, region, access_key_id, secret_access_key, session_token=None, endpoint=None):
        self.region = region
        self.access_key_id = access_key_id
        self.secret_access_key = secret_access_key
        self.session_token = session_token
        self.origin = (endpoint or f"https://{name}.s3.{region}.amazonaws.com").rstrip("/")
        self.host = urlsplit(self.origin).netloc
        self.prefix = f"/{encode(name)}" if endpoint else ""

    def path(self, key):
        return f"{self.prefix}/{quote(key, safe='/-_.~')}"

    def signature(self, now, request):
        """Signs a canonical request with the key of the day."""
        day = now.strftime("%Y%m%d")
        scope = f"{day}/{self.region}/s3/aws4_request"
        key = f"AWS4{self.secret_access_key}".encode()
        for part in (day, self.region, "s3", "aws4_request"):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        text = "\n".join([
            "AWS4-HMAC-SHA256",
            now.strftime("%Y%m%dT%H%M%SZ"),
            scope,
            hashlib.sha256(request.encode()).hexdigest(),
        ])
        return scope, hmac.new(key, text.encode(), hashlib.sha256).hexdigest()

    def canonical(self, method, path, query, headers, payload):
        lines = "".join(f"{name}:{headers[name].strip()}\n" for name in sorted(headers))
        return "\n".join([method, path, query, lines, ";".join(sorted(headers)), payload])

    def sign_url(self, method, key, headers, query=None, expires_in=300, now=None):
        """A URL that allows one request with exactly these headers (lower-case names)."""
        now = now or datetime.now(timezone.utc)
        signed = {**headers, "host": self.host}
        day = now.strftime("%Y%m%d")
        parameters = {
            **(query or {}),
            "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
            "X-Amz-Content-Sha256": "UNSIGNED-PAYLOAD",
            "X-Amz-Credential": f"{self.access_key_id}/{day}/{self.region}/s3/aws4_request",
            "X-Amz-Date": now.strftime("%Y%m%dT%H%M%SZ"),
            "X-Amz-Expires": str(expires_in),
            "X-Amz-SignedHeaders": ";".join(sorted(signed)),
        }
        if self.session_token:
            parameters["X-Amz-Security-Token"] = self.session_token
        path = self.path(key)
        text = canonical_query(parameters)
        request = self.canonical(method, path, text, signed, "UNSIGNED-PAYLOAD")
        _, signature = self.signature(now, request)
        return f"{self.origin}{path}?{text}&X-Amz-Signature={signature}"

    def call(self, method, key, query=None, headers=None, body=b""):
        """Makes one call with the server's own credentials, and returns its headers and body."""
        now = datetime.now(timezone.utc)
        payload = hashlib.sha256(body).hexdigest() if body else EMPTY_SHA256
        signed = {
            **(headers or {}),
            "host": self.host,
            "x-amz-content-sha256": payload,
            "x-amz-date": now.strftime("%Y%m%dT%H%M%SZ"),
        }
        if self.session_token:
            signed["x-amz-security-token"] = self.session_token
        path = self.path(key)
        text = canonical_query(query or {})
        scope, signature = self.signature(now, self.canonical(method, path, text, signed, payload))
        authorization = (
            f"AWS4-HMAC-SHA256 Credential={self.access_key_id}/{scope}, "
            f"SignedHeaders={';'.join(sorted(signed))}, Signature={signature}"
        )
        secure = self.origin.startswith("https:")
        connect = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        connection = connect(self.host, timeout=20)
        try:
            sent = {**signed, "authorization": authorization}
            connection.request(method, f"{path}?{text}" if text else path, body, sent)
            response = connection.getresponse()
            content = response.read()
        finally:
            connection.close()
        # S3 may answer CompleteMultipartUpload with 200 and an error in the body
        code = find_text(content, "Code") if content.startswith(b"<") else None
        if response.status >= 300 or (code and method == "POST"):
            raise StorageError(response.status, code or str(response.status))
        return response.headers, content

    def head(self, key):
        """The headers of an object; None where there is none."""
        try:
            return self.call("HEAD", key)[0]
        except StorageError as error:
            if error.status == 404:
                return None
            raise

    def create_upload(self, key, headers):
        return find_text(self.call("POST", key, {"uploads": ""}, headers)[1], "UploadId")

    def list_parts(self, key, upload_id):
        """All stored parts, as (number, size, etag)."""
        parts, marker = [], "0"
        while marker is not None:
            query = {"uploadId": upload_id, "part-number-marker": marker}
            root = ElementTree.fromstring(self.call("GET", key, query)[1])
            text = {name: [e.text for e in root.iter(NAMESPACE + name)] for name in ("IsTruncated", "NextPartNumberMarker")}
            for part in root.iter(NAMESPACE + "Part"):
                number, size, etag = (part.findtext(NAMESPACE + name) for name in ("PartNumber", "Size", "ETag"))
                parts.append((int(number), int(size), etag))
            marker = text["NextPartNumberMarker"][0] if text["IsTruncated"] == ["true"] else None
        return parts

    def complete_upload(self, key, upload_id, parts):
        items = "".join(f"<Part><PartNumber>{n}</PartNumber><ETag>{etag}</ETag></Part>" for n, _, etag in parts)
        body = f"<CompleteMultipartUpload>{items}</CompleteMultipartUpload>".encode()
        self.call("POST", key, {"uploadId": upload_id}, {"if-none-match": "*"}, body)

    def abort_upload(self, key, upload_id):
        try:
            self.call("DELETE", key, {"uploadId": upload_id})
        except StorageError as error:
            if error.code != "NoSuchUpload":
                raise


def find_text(document, name):
    for element in ElementTree.fromstring(document).iter():
        if element.tag.split("}")[-1] == name:
            return element.text
    return None
