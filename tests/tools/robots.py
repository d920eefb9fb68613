"""Stand-ins for the group robots of WeCom and DingTalk, with their limits and error codes.

robots.py wecom|dingtalk --key KEY [--sign SECRET] [--minute SECONDS] [--limit-bytes N] [--delay SECONDS] [--port N] --log FILE
Prints its address; writes every request with its verdict to FILE, a line of JSON each.
"""

import argparse
import base64
import collections
import hashlib
import hmac
import http.server
import json
import threading
import time
import urllib.parse

arguments = argparse.ArgumentParser()
arguments.add_argument("flavour", choices=["wecom", "dingtalk"])
arguments.add_argument("--key", required=True)
arguments.add_argument("--sign")
arguments.add_argument("--minute", type=float, default=60.0)
arguments.add_argument("--limit-bytes", type=int)
arguments.add_argument("--delay", type=float, default=0.0, help="before it answers")
arguments.add_argument("--port", type=int, default=0)
arguments.add_argument("--log", required=True)
options = arguments.parse_args()
lock, times, log = threading.Lock(), collections.deque(), open(options.log, "a", encoding="utf-8")


def too_often():
    """Twenty calls in any minute, refused ones among them."""
    now = time.monotonic()
    while times and now - times[0] >= options.minute:
        times.popleft()
    times.append(now)
    return len(times) > 20


def wecom(query, body):
    if query.get("key") != [options.key]:
        return 93000, "invalid webhook url"
    if too_often():
        return 45009, "api freq out of limit"
    message = json.loads(body)
    content = message["markdown"]["content"]
    assert message["msgtype"] == "markdown" and content
    if len(content.encode("utf-8")) > (options.limit_bytes or 4096):
        return 40058, "markdown.content exceed max length 4096"
    return 0, "ok"


def is_signed(query):
    """As DingTalk's documentation computes it."""
    timestamp, sign = query.get("timestamp", [""])[0], query.get("sign", [""])[0]
    if not timestamp.isdigit() or abs(time.time() * 1000 - int(timestamp)) > 3600_000:
        return False
    text = f"{timestamp}\n{options.sign}".encode()
    return hmac.compare_digest(base64.b64encode(hmac.new(options.sign.encode(), text, hashlib.sha256).digest()).decode(), sign)


def dingtalk(query, body):
    if query.get("access_token") != [options.key]:
        return 300001, "token is not exist"
    if too_often():
        return 130101, "send too fast, exceed 20 times per minute"
    if options.sign and not is_signed(query):
        return 310000, "sign not match"
    if len(body) > (options.limit_bytes or 20000):
        return 460101, "message too long"
    message = json.loads(body)
    assert message["msgtype"] == "markdown" and message["markdown"]["title"] and message["markdown"]["text"]
    return 0, "ok"


class Robot(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with lock:
            code, words = (wecom if options.flavour == "wecom" else dingtalk)(query, body)
            message = json.loads(body)["markdown"]
            text = message.get("content") or message.get("text")
            log.write(json.dumps({"errcode": code, "bytes": len(body), "text": text}, ensure_ascii=False) + "\n")
            log.flush()
        time.sleep(options.delay)
        answer = json.dumps({"errcode": code, "errmsg": words}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        try:
            self.wfile.write(answer)
        except BrokenPipeError:
            pass  # the sender was killed

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", options.port), Robot)
print(f"listening on http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
