"""The wallboard of `make run`: the built files, and a token for whoever sits at this machine.

The token is never in an address. The page asks for it with a header that browsers send to no other site without
permission, and only if the request names this server by its own address, so that no other name can lead here.
"""

import json
import threading
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[2]
DIST = ROOT / "dashboard/wallboard/dist"
HOST = "127.0.0.1"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self' {viewers}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'"
)


class Board:
    """A server of the wallboard on 127.0.0.1. It listens at once, and answers after `start`."""

    def __init__(self, port, folder=DIST):
        try:
            self._server = ThreadingHTTPServer((HOST, port), _Handler)
        except OSError:
            self._server = ThreadingHTTPServer((HOST, 0), _Handler)
        self._server.daemon_threads = True
        self._server.board = self
        self.folder = folder
        self.viewer_url = self.mint = None

    @property
    def origin(self):
        """What a browser sends as the origin of the page."""
        return f"http://{HOST}:{self._server.server_port}"

    def start(self, viewer_url, mint):
        """Serves; `viewer_url` is the WebSocket API's address, and `mint` makes a token."""
        self.viewer_url, self.mint = viewer_url, mint
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()


def is_built(folder=DIST):
    return (folder / "index.html").exists()


class _Handler(SimpleHTTPRequestHandler):
    extensions_map = {**SimpleHTTPRequestHandler.extensions_map, ".js": "text/javascript", ".woff2": "font/woff2"}

    def __init__(self, request, address, server):
        super().__init__(request, address, server, directory=str(server.board.folder))

    @property
    def _board(self):
        return self.server.board

    def do_GET(self):
        if not self._names_this_server():
            self.send_error(HTTPStatus.FORBIDDEN)
        elif urlsplit(self.path).path == "/config.json":
            self._reply(json.dumps({"url": self._board.viewer_url, "tokenUrl": "token"}), "application/json")
        else:
            super().do_GET()

    def do_POST(self):
        asks = self.headers.get("x-headroom") == "token"
        own = self.headers.get("origin") in (None, self._board.origin)
        if self.path != "/token" or not (self._names_this_server() and asks and own):
            self.send_error(HTTPStatus.FORBIDDEN)
        else:
            self._reply(self._board.mint(), "text/plain")

    def list_directory(self, path):
        self.send_error(HTTPStatus.NOT_FOUND)

    def _names_this_server(self):
        return f"http://{self.headers.get('host')}" == self._board.origin

    def _reply(self, text, content_type):
        body = text.encode()
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def end_headers(self):
        viewers = urlsplit(self._board.viewer_url)
        self.send_header("Content-Security-Policy", _POLICY.format(viewers=f"{viewers.scheme}://{viewers.netloc}"))
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        # The names of all other files change with what is in them.
        if not self.path.startswith("/assets/"):
            self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, *arguments):
        """Says nothing: the terminal shows the queues."""
