"""An HTTPS server that demands a client's certificate: mtls.py CERT KEY CA. Prints its address."""

import http.server
import ssl
import sys

certificate, key, authority = sys.argv[1:]


class Server(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        subject = dict(pair[0] for pair in self.connection.getpeercert()["subject"])
        answer = f"hello {subject['commonName']} with {self.headers.get('Authorization', 'nothing')}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)
context.load_verify_locations(authority)
context.verify_mode = ssl.CERT_REQUIRED
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
server.socket = context.wrap_socket(server.socket, server_side=True)
print(f"listening on https://localhost:{server.server_port}", flush=True)
server.serve_forever()
