"""The wallboard's server: files, settings, and a token for the page alone."""

import http.client
import json
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import board


class BoardTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        Path(folder.name, "index.html").write_text("<!doctype html>")
        Path(folder.name, "assets").mkdir()
        self.board = board.Board(0, Path(folder.name))
        self.board.start("ws://127.0.0.1:8420/live", lambda: "a-token")
        self.addCleanup(self.board.stop)

    def request(self, method, path, **headers):
        connection = http.client.HTTPConnection(self.board.origin.removeprefix("http://"), timeout=10)
        self.addCleanup(connection.close)
        connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        return response.status, response.read().decode(), response.headers

    def test_the_page_and_its_settings_are_served_with_a_strict_policy(self):
        status, text, headers = self.request("GET", "/?tv=1")
        self.assertEqual((status, text), (200, "<!doctype html>"))
        policy = headers["content-security-policy"]
        self.assertIn("connect-src 'self' ws://127.0.0.1:8420;", policy)
        self.assertNotIn("unsafe", policy)
        settings = json.loads(self.request("GET", "/config.json")[1])
        self.assertEqual(settings, {"url": "ws://127.0.0.1:8420/live", "tokenUrl": "token"})
        self.assertEqual(self.request("GET", "/assets/")[0], 404)
        self.assertEqual(self.request("GET", "/../board.py")[0], 404)

    def test_the_token_is_for_the_page_alone(self):
        self.assertEqual(self.request("POST", "/token", x_headroom="token")[:2], (200, "a-token"))
        self.assertEqual(self.request("POST", "/token", x_headroom="token", origin=self.board.origin)[0], 200)
        self.assertEqual(self.request("POST", "/token")[0], 403)
        self.assertEqual(self.request("GET", "/token", x_headroom="token")[0], 404)
        self.assertEqual(self.request("POST", "/token", x_headroom="token", origin="https://other.example")[0], 403)

    def test_no_other_name_leads_to_it(self):
        self.assertEqual(self.request("POST", "/token", x_headroom="token", host="other.example")[0], 403)
        self.assertEqual(self.request("GET", "/", host="other.example")[0], 403)

    def test_a_port_that_is_taken_is_no_end(self):
        port = int(self.board.origin.rpartition(":")[2])
        other = board.Board(port)
        self.addCleanup(other._server.server_close)
        self.assertNotEqual(other.origin, self.board.origin)


if __name__ == "__main__":
    unittest.main()
