"""A real RTSP server on this machine: GStreamer's. Serves files of coded pictures, each below the name of its file.

usage: rtsp_server.py PORT [--auth basic|digest USER PASSWORD] FILE...
Says "ready PORT" when it listens (PORT 0: a free one). Files end in .mp4, with H.264, H.265 or JPEG in them (the first two letters of the
name say which: h2..., h5..., mj...), or are H.264 in a
transport stream (.ts). All who ask for one file at the same time see the same pictures.
"""
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

PAYLOADS = {
    "h2": "h264parse ! rtph264pay config-interval=-1",
    "h5": "h265parse ! rtph265pay config-interval=-1",
    "mj": "jpegparse ! rtpjpegpay",
}


def main() -> None:
    arguments = sys.argv[1:]
    port = arguments.pop(0)
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(port)
    if arguments and arguments[0] == "--auth":
        _, kind, user, password = (arguments.pop(0) for _ in range(4))
        auth = GstRtspServer.RTSPAuth()
        token = GstRtspServer.RTSPToken()
        token.set_string("media.factory.role", "watcher")
        if kind == "digest":
            auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
            auth.add_digest(user, password, token)
        else:
            auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), token)
        server.set_auth(auth)
        secured = True
    else:
        secured = False
    for path in arguments:
        name = path.rsplit("/", 1)[-1].rsplit(".", 1)[0]
        factory = GstRtspServer.RTSPMediaFactory()
        demux = "tsdemux" if path.endswith(".ts") else "qtdemux"
        factory.set_launch(f"( filesrc location={path} ! {demux} ! {PAYLOADS[name[:2]]} name=pay0 pt=96 )")
        factory.set_shared(True)
        if secured:
            permissions = GstRtspServer.RTSPPermissions()
            permissions.add_permission_for_role("watcher", "media.factory.access", True)
            permissions.add_permission_for_role("watcher", "media.factory.construct", True)
            factory.set_permissions(permissions)
        server.get_mount_points().add_factory(f"/{name}", factory)
    if server.attach(None) == 0:
        sys.exit("cannot listen")
    print("ready", server.get_bound_port(), flush=True)
    GLib.MainLoop().run()


main()
