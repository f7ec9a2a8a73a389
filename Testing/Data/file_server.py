"""A server of one file that keeps to HTTP or breaks it as a test asks for."""

import hashlib
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class FileServer(ThreadingHTTPServer):
    """Serves `content` at `url`, whole or from a byte on; a context manager.

    Attributes:
        content: What is served; its ETag follows it.
        ranges: The first byte of every request.
        stop_after: Bytes after which the next answer breaks off.
        stated: A sha256 stated on a redirect to the file; None: no redirect.
        moved_to: Where the redirect leads; empty: to the file.
        released: An event; while it is not set, every request waits.
        headers: Further headers, or None in the place of one that is left out.
        status: Answered in the place of 200 and 206.
        partial_from: A byte from which partial answers begin, whatever was asked for.
    """

    daemon_threads = True

    def __init__(self, content):
        super().__init__(("127.0.0.1", 0), Handler)
        self.content = content
        self.ranges, self.headers = [], {}
        self.stop_after = self.stated = self.status = self.partial_from = None
        self.moved_to = ""
        self.released = threading.Event()
        self.released.set()
        self._thread = threading.Thread(target=self.serve_forever, daemon=True)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/weights.pth"

    @property
    def etag(self):
        return f'"{hashlib.sha256(self.content).hexdigest()[:16]}"'

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.released.set()
        self.shutdown()
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        server = self.server
        server.released.wait()
        if self.path == "/weights.pth" and (server.stated or server.moved_to):
            self.send_response(302)
            self.send_header("X-Linked-ETag", f'"{server.stated}"')
            self.send_header("Location", server.moved_to or "/elsewhere")
            self.end_headers()
            return
        start = int((self.headers.get("Range") or "bytes=0-")[6:-1])
        server.ranges.append(start)
        if self.headers.get("If-Range", server.etag) != server.etag:
            start = 0
        self._answer(start)

    def _answer(self, start):
        server = self.server
        total = len(server.content)
        if server.partial_from is not None and start:
            start = server.partial_from
        body = server.content[start:]
        headers = {
            "Content-Length": str(len(body)),
            "Content-Type": "application/octet-stream",
            "ETag": server.etag,
        }
        if start:
            headers["Content-Range"] = f"bytes {start}-{total - 1}/{total}"
        self.send_response(server.status or (206 if start else 200))
        for name, value in (headers | server.headers).items():
            if value is not None:
                self.send_header(name, value)
        self.end_headers()
        stop, server.stop_after = server.stop_after, None
        with suppress(ConnectionError):  # the client has seen enough
            self.wfile.write(body if stop is None else body[: max(stop - start, 0)])

    def log_message(self, *_values):
        pass
