"""An SSH server (paramiko) that gives the files of a folder to a user with a password, for tests.

    sftp_server.py FOLDER HOST_KEY password|interactive     user `reader`, password from $PASSWORD

password: it is sent as such. interactive: it is asked for, as servers with PAM do.
"""

import os
import pathlib
import socket
import sys
import threading
import time

import paramiko

ROOT = pathlib.Path(sys.argv[1])
KEY = paramiko.Ed25519Key(filename=sys.argv[2])
MODE = sys.argv[3]
PASSWORD = os.environ["PASSWORD"]


class Door(paramiko.ServerInterface):
    def get_allowed_auths(self, username):
        return "password" if MODE == "password" else "keyboard-interactive"

    def check_auth_password(self, username, password):
        good = MODE == "password" and (username, password) == ("reader", PASSWORD)
        return paramiko.AUTH_SUCCESSFUL if good else paramiko.AUTH_FAILED

    def check_auth_interactive(self, username, submethods):
        if MODE != "interactive":
            return paramiko.AUTH_FAILED
        return paramiko.InteractiveQuery("", "", ("Password: ", False))

    def check_auth_interactive_response(self, responses):
        return paramiko.AUTH_SUCCESSFUL if responses == [PASSWORD] else paramiko.AUTH_FAILED

    def check_channel_request(self, kind, chanid):
        return paramiko.OPEN_SUCCEEDED


class Files(paramiko.SFTPServerInterface):
    def list_folder(self, path):
        try:
            return [self.attributes(entry) for entry in (ROOT / path.lstrip("/")).iterdir()]
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno)

    def attributes(self, path):
        return paramiko.SFTPAttributes.from_stat(path.stat(), path.name)

    def stat(self, path):
        try:
            return self.attributes(ROOT / path.lstrip("/"))
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno)

    lstat = stat

    def open(self, path, flags, attr):
        try:
            handle = paramiko.SFTPHandle(flags)
            handle.readfile = (ROOT / path.lstrip("/")).open("rb")
            handle.stat = lambda: self.stat(path)
            return handle
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno)


def serve(client):
    transport = paramiko.Transport(client)
    transport.add_server_key(KEY)
    transport.set_subsystem_handler("sftp", paramiko.SFTPServer, Files)
    try:
        transport.start_server(server=Door())
    except (paramiko.SSHException, EOFError):
        return
    while transport.is_active():
        time.sleep(0.1)


listener = socket.create_server(("127.0.0.1", 0))
print(f"listening on 127.0.0.1:{listener.getsockname()[1]}", flush=True)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
