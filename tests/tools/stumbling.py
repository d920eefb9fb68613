"""A platform that stumbles over some events: stumbling.py --log FILE --fail FILE --refuse FILE [--retry-after SECONDS]

Answers 500 to a push whose key begins with a word of the one file (503 and Retry-After where that is given), 422 where it is in the
other, else 200; the files are read anew for each. Prints its address; writes a line of JSON for every request.
"""

import argparse
import http.server
import json
import threading
import time

arguments = argparse.ArgumentParser()
for name in ["--log", "--fail", "--refuse"]:
    arguments.add_argument(name, required=True)
arguments.add_argument("--retry-after")
options = arguments.parse_args()
failure = 503 if options.retry_after else 500
lock, log = threading.Lock(), open(options.log, "a", encoding="utf-8")


def words(path):
    try:
        return open(path, encoding="utf-8").read().split()
    except FileNotFoundError:
        return []


class Platform(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        key = self.headers["Idempotency-Key"]
        code = failure if key.split(":")[0] in words(options.fail) else 422 if key.split(":")[0] in words(options.refuse) else 200
        with lock:
            log.write(json.dumps({"key": key, "code": code, "at": time.time()}) + "\n")
            log.flush()
        self.send_response(code)
        self.send_header("Content-Length", "0")
        if code == 503:
            self.send_header("Retry-After", options.retry_after)
        self.end_headers()

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


server = Server(("127.0.0.1", 0), Platform)
print(f"listening on http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
