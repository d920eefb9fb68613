"""A mail server: mail.py FOLDER [CERT KEY USER PASSWORD]. Keeps each mail as a file; with a certificate it demands STARTTLS
and a login; where FOLDER/wrapped is there, TLS from the first byte instead. Refuses recipients that begin with `nobody`, and `later`
until there is a file FOLDER/now; takes its time where there is FOLDER/slow. Prints its address.
"""

import asyncio
import os
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

folder, *tls = sys.argv[1:]
count = 0


class Keep:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody"):
            return "550 no such user"
        if address.startswith("later") and not os.path.exists(f"{folder}/now"):
            return "450 mailbox busy"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        global count
        count += 1
        with open(f"{folder}/{count:03}.eml", "wb") as file:
            file.write(f"X-To: {','.join(envelope.rcpt_tos)}\r\nX-Tls: {(session.ssl or wrapped) is not None}\r\n".encode() + envelope.content)
        if os.path.exists(f"{folder}/slow"):
            await asyncio.sleep(2)
        return "250 kept"


def login(server, session, envelope, mechanism, data):
    right = isinstance(data, LoginPassword) and [data.login.decode(), data.password.decode()] == tls[2:]
    # not handled: the server itself says 535
    return AuthResult(success=right, handled=right)


options, wrapped = {}, None
if tls:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tls[0], tls[1])
    options = {"tls_context": context, "require_starttls": True, "authenticator": login, "auth_required": True}
    if os.path.exists(f"{folder}/wrapped"):
        wrapped = context
        options = {"authenticator": login, "auth_required": True, "auth_require_tls": False}


async def serve():
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(Keep(), **options), "127.0.0.1", 0, ssl=wrapped)
    print(f"listening on {'smtps' if wrapped else 'smtp'}://localhost:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


asyncio.run(serve())
