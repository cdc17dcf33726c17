"""A web server on 127.0.0.1 that misbehaves on request, and remembers its requests."""

import re
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class HostileServer:
    """`server.pages[path]` is a function that answers with a request handler; `server.asked` lists (path, Range)."""

    def __enter__(self):
        self.pages, self.asked, self.closing = {}, [], threading.Event()
        hostile = self

        class Handler(BaseHTTPRequestHandler):
            def do_HEAD(self):  # the client sends HEAD to find out whether a host answers
                self.send_response(405)
                self.end_headers()

            def do_GET(self):
                hostile.asked.append((self.path, self.headers.get("Range")))
                hostile.pages[self.path](self)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.closing.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def _send(handler, status, body, **headers):
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


def sends(body, at_most=None, ranges=True):
    """Send `body`, or the requested range of it; close the connection after `at_most` of the promised bytes."""

    def behave(handler):
        asked = re.fullmatch(r"bytes=(\d+)-", handler.headers.get("Range", "")) if ranges else None
        start = int(asked[1]) if asked else 0
        if start >= len(body):
            return _send(handler, 416, b"", Content_Range=f"bytes */{len(body)}")
        rest = body[start:]
        headers = {"Content_Length": len(rest)}
        if asked:
            headers["Content_Range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
        _send(handler, 206 if asked else 200, rest[:at_most], **headers)

    return behave


def says(status, body=b"", **headers):
    """Send this answer to every request."""
    return lambda handler: _send(handler, status, body, **headers)


def is_silent(server, after=b""):
    """Send the first `after` of 200,000 bytes, then nothing until the server closes."""

    def behave(handler):
        if after:
            _send(handler, 200, after, Content_Length=200_000)
        server.closing.wait()

    return behave


def never_ends(handler):
    """Send zeros without saying how many, for longer than anybody should listen."""
    with suppress(OSError):
        _send(handler, 200, b"")
        for _ in range(100):
            handler.wfile.write(bytes(1 << 16))
