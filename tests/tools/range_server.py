"""A web server of a directory that is told to make trouble, for tests of remote inboxes.

    range_server.py FOLDER          prints its address; what it was asked stands in FOLDER/../requests.log

Orders are files in FOLDER/../orders, each read at every request:
    cut         number of bytes after which the connection of a file is broken off
    no-range    Range is ignored
    blind       Range is followed whatever If-Range says, with the ETag of what is there now
    etag        text instead of the ETag; "none": no ETag and no Last-Modified
    length      number that is added to Content-Length
    hang        seconds of silence, before the answer
    stall       seconds of silence, in the middle of a file
    status      all is answered with this status
    login       all is answered with 200 and a login page
    redirect    all is redirected to this address (the path is added)
    user        "user:password" that must be given, or a token
    close       no Content-Length: the end of the connection is the end of the file
    coding      Content-Encoding that is claimed
    md5         Content-MD5 that is claimed ("right": the true one)
    body        all is answered with 200 and this text, as text/plain
    no-head     HEAD is not allowed
    endless     a listing without end
"""

import base64
import hashlib
import html
import os
import pathlib
import socket
import sys
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ROOT = pathlib.Path(sys.argv[1])
ORDERS = ROOT.parent / "orders"
LOG = ROOT.parent / "requests.log"


def order(name):
    try:
        return (ORDERS / name).read_text().strip()
    except FileNotFoundError:
        return None


class Server(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        if order("no-head"):
            return self.text(405, "no")
        self.answer(False)

    def do_GET(self):
        self.answer(True)

    def answer(self, has_body):
        with LOG.open("a") as log:
            words = [self.command, self.path, self.headers.get("Range", "-"), self.headers.get("Authorization", "-")]
            log.write(" ".join(words) + "\n")
        if order("hang"):
            time.sleep(float(order("hang")))
        if order("status"):
            return self.text(int(order("status")), f"as ordered, {self.headers.get('Authorization')} {self.path}", [("Retry-After", "77")])
        if order("redirect"):
            return self.text(302, "", [("Location", order("redirect") + self.path)])
        if order("login"):
            page = "<html><title>Sign in</title><form><input name=user><input type=password name=p></form></html>"
            return self.text(200, page, [("Content-Type", "text/html")])
        if order("body") is not None:
            return self.text(200, order("body") + "\n", [("Content-Type", "text/plain")])
        if order("user"):
            basic = "Basic " + base64.b64encode(order("user").encode()).decode()
            if self.headers.get("Authorization") not in (basic, "Bearer " + order("user")):
                return self.text(401, f"not {self.headers.get('Authorization')}")
        path = ROOT / urllib.parse.unquote(self.path).lstrip("/")
        if path.is_dir():
            return self.listing(path)
        if not path.is_file():
            return self.text(404, "no such file")
        self.file(path, has_body)

    def text(self, status, text, headers=()):
        body = text.encode()
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def listing(self, path):
        if order("endless"):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<title>Index of all</title>")
            while True:
                self.wfile.write(b"<a href='x.nc'>x.nc</a>\n" * 10_000)
        names = sorted(entry.name + "/" * entry.is_dir() for entry in path.iterdir())
        links = "".join(f'<li><a href="{urllib.parse.quote(name)}">{html.escape(name)}</a></li>\n' for name in names)
        self.text(200, f"<!DOCTYPE HTML>\n<title>Directory listing for x</title>\n<ul>\n{links}</ul>\n", [("Content-Type", "text/html")])

    def file(self, path, has_body):
        body = path.read_bytes()
        etag = order("etag") or '"%s"' % hashlib.sha1(body).hexdigest()
        start = 0
        asked = self.headers.get("Range")
        same = self.headers.get("If-Range", etag) == etag or order("blind")
        if asked and same and not order("no-range"):
            start = int(asked.removeprefix("bytes=").rstrip("-"))
            if start >= len(body):
                return self.text(416, "", [("Content-Range", f"bytes */{len(body)}")])
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        else:
            self.send_response(200)
        if order("md5"):
            digest = base64.b64encode(hashlib.md5(body).digest()).decode()
            self.send_header("Content-MD5", digest if order("md5") == "right" else order("md5"))
        if order("coding"):
            self.send_header("Content-Encoding", order("coding"))
        if etag != "none":
            self.send_header("ETag", etag)
            self.send_header("Last-Modified", self.date_time_string(int(path.stat().st_mtime)))
        rest = body[start:]
        if order("close"):
            self.send_header("Connection", "close")
        else:
            self.send_header("Content-Length", str(len(rest) + int(order("length") or 0)))
        self.end_headers()
        if not has_body:
            return
        cut = order("cut")
        if cut is not None:
            self.wfile.write(rest[: int(cut)])
            self.wfile.flush()
            # what was sent arrives, and then the connection is gone
            time.sleep(0.2)
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
            return
        if order("stall"):
            self.wfile.write(rest[:1000])
            time.sleep(float(order("stall")))
            rest = rest[1000:]
        self.wfile.write(rest)
        if order("length") or order("close"):
            self.close_connection = True


ORDERS.mkdir(exist_ok=True)
server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
server.daemon_threads = True
print(f"listening on 127.0.0.1:{server.server_address[1]}", flush=True)
server.serve_forever()
