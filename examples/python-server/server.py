"""An upload server for @skyput/client in Python, with the standard library alone.

Environment: BUCKET_NAME, AWS_REGION_NAME, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN,
S3_ENDPOINT, UPLOAD_TOKEN_SECRET, ALLOWED_ORIGINS (commas between them), OWNER_HEADER, PORT.
"""

import json
import logging
import os
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from contract import Problem, Sealer
from operations import Operations
from s3 import Bucket, StorageError

MAX_BODY = 64_000
GET, POST = "GET", "POST"
# method and name by the last segment of the path
ROUTES = {
    "parts": {POST: "parts"}, "list": {POST: "list"}, "complete": {POST: "complete"}, "abort": {POST: "abort"},
    "delete": {POST: "delete"}, "status": {POST: "status"}, "rules": {GET: "rules"}, "download": {GET: "download"},
}
BASE = {GET: "sign", POST: "create"}

# Who may write which keys: replace this by your own rules and your own authentication.
RULES = {"files/": {"maxSize": 5_000_000_000}}


def owner_of(headers):
    """Identifies the caller by a header that a proxy in front sets after the login; None without one."""
    name = os.environ.get("OWNER_HEADER")
    return headers.get(name) if name else None


def rule_of(key, _owner):
    for prefix, rule in RULES.items():
        if key.startswith(prefix) and len(key) > len(prefix):
            return rule
    raise Problem("forbidden", "You may not use this key.")


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    operations = None
    origins = ()

    def do_GET(self):
        self.answer()

    do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = do_GET

    def do_OPTIONS(self):
        self.reply(204, None)

    def read_body(self):
        length = int(self.headers.get("content-length") or 0)
        # a client that is still sending does not see the answer
        body = self.rfile.read(min(length, 64 * 2**20))
        if length > MAX_BODY:
            self.close_connection = True
            raise Problem("invalid-request", f"The body has more than {MAX_BODY} bytes.", status=413)
        return body

    def read_message(self, body):
        kind = (self.headers.get("content-type") or "").split(";")[0].strip().lower()
        if kind != "application/json":
            raise Problem("invalid-request", "Send the body as application/json.", status=415)
        origin = self.headers.get("origin")
        site = self.headers.get("sec-fetch-site")
        if site in ("cross-site", "same-site") and origin not in self.origins:
            raise Problem("forbidden", "Pages of this origin may not call this endpoint.")
        try:
            message = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise Problem("invalid-request", "The body is not JSON.") from error
        if not isinstance(message, dict):
            raise Problem("invalid-request", "The body must be a JSON object.")
        return message

    def answer(self):
        request_id = str(uuid.uuid4())
        try:
            body = self.read_body()
            url = urlsplit(self.path)
            last = ([part for part in url.path.split("/") if part] or [""])[-1]
            route = ROUTES.get(last, BASE)
            if self.command not in route:
                allowed = ", ".join(route)
                raise Problem("method-not-allowed", f"Use {allowed} here.", allow=f"{allowed}, OPTIONS")
            is_post = self.command == POST
            message = self.read_message(body) if is_post else dict(parse_qsl(url.query, keep_blank_values=True))
            run = getattr(self.operations, route[self.command])
            status, value = run(message, owner_of(self.headers))
            return self.reply(status, value)
        except Problem as problem:
            failure = problem
        except StorageError as error:
            logging.warning("request %s: the storage answered %s", request_id, error)
            failure = Problem("storage-error", f"The storage answered {error.status}.")
        except OSError as error:
            logging.warning("request %s: no answer of the storage (%s)", request_id, type(error).__name__)
            failure = Problem("storage-unavailable", "The storage is unavailable. Try again.")
        except Exception:
            logging.exception("request %s", request_id)
            failure = Problem("internal", "Something went wrong; the server's log has the details.")
        return self.refuse(failure, request_id)

    def refuse(self, problem, request_id):
        logging.info("request %s: %s %s", request_id, problem.code, problem.detail)
        body = {
            "type": f"https://skyput.dev/errors#{problem.code}", "title": problem.code, "status": problem.status,
            "detail": problem.detail, "code": problem.code, "requestId": request_id,
        }
        headers = {"content-type": "application/problem+json"}
        if problem.allow:
            headers["allow"] = problem.allow
        if problem.status == 503:
            headers["retry-after"] = "1"
        return self.reply(problem.status, body, headers)

    def reply(self, status, value, headers=None):
        body = b"" if value is None else json.dumps(value).encode()
        sent = {"cache-control": "no-store", "x-content-type-options": "nosniff", "vary": "Origin"}
        if body:
            sent.update({"content-type": "application/json", "content-length": str(len(body))})
        elif status != 204:
            sent["content-length"] = "0"
        origin = self.headers.get("origin")
        if origin in self.origins:
            sent.update({
                "access-control-allow-origin": origin,
                "access-control-allow-headers": "authorization, content-type",
                "access-control-allow-methods": "GET, POST, OPTIONS",
                "access-control-expose-headers": "Date, Retry-After",
                "access-control-max-age": "7200",
            })
        self.send_response(status)
        for name, text in {**sent, **(headers or {})}.items():
            self.send_header(name, text)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_args):
        """One line a refusal is enough."""


def main():
    environment = os.environ
    missing = [n for n in ("BUCKET_NAME", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY") if not environment.get(n)]
    if missing:
        raise SystemExit(f"Set {', '.join(missing)}")
    bucket = Bucket(
        environment["BUCKET_NAME"],
        environment.get("AWS_REGION_NAME", "us-east-1"),
        environment["AWS_ACCESS_KEY_ID"],
        environment["AWS_SECRET_ACCESS_KEY"],
        environment.get("AWS_SESSION_TOKEN"),
        environment.get("S3_ENDPOINT"),
    )
    Handler.operations = Operations(bucket, Sealer(environment.get("UPLOAD_TOKEN_SECRET", "")), rule_of)
    Handler.origins = tuple(text.strip() for text in environment.get("ALLOWED_ORIGINS", "").split(",") if text.strip())
    server = ThreadingHTTPServer(("127.0.0.1", int(environment.get("PORT", "8000"))), Handler)
    print(f"http://127.0.0.1:{server.server_port}/uploads", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
