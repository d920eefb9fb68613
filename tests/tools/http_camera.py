"""Cameras by HTTP on this machine, good and bad ones: http_camera.py FOLDER. Says "ready PORT" when it listens.

FOLDER holds a.jpg, b.jpg ... (pictures in turn) and film.flv. Each path is another camera; what it was asked is printed, one line each.
"""
import base64
import hashlib
import pathlib
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

FOLDER = pathlib.Path(sys.argv[1])
PICTURES = [path.read_bytes() for path in sorted(FOLDER.glob("*.jpg"))]
USER, PASSWORD = "eye", "geheim-4711"
served = {}


class Camera(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, headers, body=b""):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def next_picture(self, path):
        served[path] = served.get(path, -1) + 1
        return PICTURES[served[path] % len(PICTURES)]

    def do_POST(self):
        self.do_GET()

    def do_GET(self):
        path = self.path.split("?")[0].strip("/")
        print("asked", self.command, self.path, "login" if "Authorization" in self.headers else "-", flush=True)
        try:
            getattr(self, "camera_" + path.split("/")[0], self.camera_absent)()
        except (BrokenPipeError, ConnectionResetError):
            pass

    def camera_absent(self):
        self.answer(404, {}, b"no such camera")

    def camera_snap(self):
        self.answer(200, {"Content-Type": "image/jpeg"}, self.next_picture("snap"))

    def camera_digest(self):
        given = self.headers.get("Authorization", "")
        parts = dict(part.strip().split("=", 1) for part in given[7:].split(",") if "=" in part) if given.startswith("Digest ") else {}
        parts = {name: value.strip('"') for name, value in parts.items()}
        md5 = lambda text: hashlib.md5(text.encode()).hexdigest()  # noqa: E731
        secret, what = md5(f"{USER}:camera:{PASSWORD}"), md5(f"{self.command}:{self.path}")
        want = md5(":".join([secret, "4711", parts.get("nc", ""), parts.get("cnonce", ""), "auth", what]))
        if parts.get("uri") != self.path or parts.get("response") != want:
            return self.answer(401, {"WWW-Authenticate": 'Digest realm="camera", nonce="4711", qop="auth"'})
        self.camera_snap()

    def camera_basic(self):
        if self.headers.get("Authorization") != "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode():
            return self.answer(401, {"WWW-Authenticate": 'Basic realm="camera"'})
        self.camera_snap()

    def stream(self, kind):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Connection", "close")
        self.end_headers()

    def parts(self, pictures):
        self.stream("multipart/x-mixed-replace; boundary=--cut")
        for picture in pictures:
            self.wfile.write(b"--cut\r\nContent-Type: image/jpeg\r\n\r\n" + picture + b"\r\n")
            time.sleep(0.04)

    def camera_mjpeg(self):
        self.parts(self.next_picture("mjpeg") for _ in range(10_000))

    def camera_torn(self):
        self.parts(picture if n % 2 else picture[: len(picture) // 2] for n, picture in enumerate(PICTURES * 100))

    def camera_short(self):
        self.parts(self.next_picture("short") for _ in range(10))

    def camera_cut(self):
        self.answer(200, {"Content-Type": "image/jpeg"}, PICTURES[0][:-200])

    def camera_flv(self):
        self.stream("video/x-flv")
        data = (FOLDER / "film.flv").read_bytes()
        for at in range(0, len(data), 4000):
            self.wfile.write(data[at : at + 4000])
            time.sleep(12 * 4000 / len(data))
        time.sleep(60)

    def camera_page(self):
        self.answer(200, {"Content-Type": "text/html"}, b"<html>log in</html>")

    def camera_file(self):
        self.answer(302, {"Location": "file:///etc/passwd"})

    def camera_elsewhere(self):
        self.answer(302, {"Location": "http://localhost:1/snap?key=geheim"})

    def camera_round(self):
        self.answer(302, {"Location": "/round"})

    def camera_moved(self):
        self.answer(302, {"Location": "/snap"})

    def camera_headers(self):
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for n in range(10**9):
            self.wfile.write(b"X-%d: %s\r\n" % (n, b"x" * 1000))

    def camera_endless(self):
        self.stream("image/jpeg")
        while True:
            self.wfile.write(b"\xff\xd8\xff" + bytes(1 << 20))

    def camera_preset(self):
        self.answer(200, {"Content-Type": "text/plain"}, f"OK {self.path} {PASSWORD}".encode())

    def camera_busy(self):
        self.answer(503, {}, b"busy")


server = ThreadingHTTPServer(("127.0.0.1", 0), Camera)
server.daemon_threads = True
print("ready", server.server_address[1], flush=True)
server.serve_forever()
