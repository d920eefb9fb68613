"""A made-up municipal platform: XML, tokens that expire after some calls, Chinese field names, coordinates in GCJ-02.

municipal.py --password P --calls N --log FILE
Prints its address. Knows the events of the test by their WGS84 place and checks the GCJ-02 with another package.
"""

import argparse
import http.server
import json
import secrets
import threading
import xml.etree.ElementTree as ElementTree

from coord_convert.transform import gcj2wgs

arguments = argparse.ArgumentParser()
arguments.add_argument("--password", required=True)
arguments.add_argument("--calls", type=int, default=3)
arguments.add_argument("--silent-expiry", action="store_true", help="says so with 200 and a code, not with 401")
arguments.add_argument("--log", required=True)
options = arguments.parse_args()
lock, log = threading.Lock(), open(options.log, "a", encoding="utf-8")
tokens, known = {}, set()


def answer(code, words, extra=""):
    return f"<?xml version='1.0' encoding='UTF-8'?><应答><代码>{code}</代码><说明>{words}</说明>{extra}</应答>"


def login(body):
    if ElementTree.fromstring(body).findtext("口令") != options.password:
        return 200, answer(1, "口令错误")
    token = secrets.token_hex(16)
    tokens[token] = options.calls
    log.write(json.dumps({"login": True}) + "\n")
    return 200, answer(0, "成功", f"<令牌>{token}</令牌>")


def report(headers, body):
    token = headers.get("X-Token", "")
    if tokens.get(token, 0) <= 0:
        return (200, answer(9, "令牌失效")) if options.silent_expiry else (401, answer(9, "令牌失效"))
    tokens[token] -= 1
    fields = {element.tag: element.text for element in ElementTree.fromstring(body)}
    missing = [name for name in ("编号", "区县", "经度", "纬度", "发现时间", "说明") if not fields.get(name)]
    if missing:
        return 200, answer(2, "缺少" + "、".join(missing))
    if fields["编号"] in known:
        return 200, answer(3, "重复上报")
    known.add(fields["编号"])
    lon, lat = gcj2wgs(float(fields["经度"]), float(fields["纬度"]))
    fields["wgs84"] = [lon, lat]
    log.write(json.dumps(fields, ensure_ascii=False) + "\n")
    return 200, answer(0, "成功")


class Platform(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode("utf-8")
        with lock:
            status, text = login(body) if self.path == "/login" else report(self.headers, body)
            log.flush()
        content = text.encode("utf-8")
        self.send_response(status)
        self.send_header("Content-Type", "application/xml; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Platform)
print(f"listening on http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
