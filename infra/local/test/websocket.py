"""A WebSocket client for tests: blocking, with a deadline."""

import socket
from urllib.parse import urlsplit

from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, CloseConnection, Message, RejectConnection, Request, TextMessage

SECONDS_MAX = 20


class WebSocket:
    """Connects to `url`. `status` has the HTTP status of the handshake, `subprotocol` what the server selected."""

    def __init__(self, url, subprotocols=(), headers=()):
        parts = urlsplit(url)
        self._socket = socket.create_connection((parts.hostname, parts.port), timeout=SECONDS_MAX)
        self._connection = WSConnection(ConnectionType.CLIENT)
        self._text = ""
        self._events = self._read()
        offered = {"subprotocols": list(subprotocols), "extra_headers": list(headers)}
        self._send(Request(host=parts.netloc, target=parts.path, **offered))
        event = next(self._events)
        self.status = 101 if isinstance(event, AcceptConnection) else event.status_code
        self.subprotocol = getattr(event, "subprotocol", None)

    def send(self, *parts):
        """Sends a message, each of `parts` as a frame."""
        for index, part in enumerate(parts):
            is_last = index == len(parts) - 1
            self._send(TextMessage(data=part, message_finished=is_last))

    def receive(self):
        """The next message, or the code with which the server closed the connection."""
        while True:
            event = next(self._events)
            if isinstance(event, CloseConnection):
                return event.code
            if isinstance(event, Message):
                self._text += event.data
                if event.message_finished:
                    text, self._text = self._text, ""
                    return text

    def close(self):
        """Closes the socket without a WebSocket close."""
        self._socket.close()

    def _send(self, event):
        self._socket.sendall(self._connection.send(event))

    def _read(self):
        while True:
            data = self._socket.recv(65536)
            self._connection.receive_data(data or None)
            for event in self._connection.events():
                if not isinstance(event, RejectConnection) or event.status_code:
                    yield event
