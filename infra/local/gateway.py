"""WebSockets as API Gateway has them: subprotocols, limits of size and time, and responses to failures."""

import asyncio
import contextvars
import json
import logging
import re
import time
from dataclasses import dataclass

FRAME_BYTES_MAX = 32 * 1024
MESSAGE_BYTES_MAX = 128 * 1024
GOING_AWAY = 1001

log = logging.getLogger("headroom.gateway")

# The response of the $connect function, of which the emulator keeps the status alone.
_connect = contextvars.ContextVar("connect")


@dataclass(frozen=True)
class Limits:
    """How long a connection may be idle, and last in all, in seconds. The defaults are API Gateway's."""

    idle_seconds: float = 600
    total_seconds: float = 7200


def install(apigateway, websocket_buffer, frame_too_large):
    """Hooks into the emulator's call of a route's function, and into hypercorn's reading of frames."""
    apigateway._invoke_ws_lambda = _with_gateway_responses(apigateway._invoke_ws_lambda)
    websocket_buffer.extend = _limiting_frames(websocket_buffer.extend, frame_too_large)


def wrap(app, limits, faults):
    """The ASGI application `app` with the limits of API Gateway, and the refusals that `faults` has."""

    async def wrapped(scope, receive, send):
        if scope["type"] == "websocket":
            connection = _Connection(scope, receive, send, limits)
            _connect.set(connection.connect)
            await app(scope, connection.receive, connection.send)
        elif scope["type"] == "http" and _is_post_to_connection(scope):
            if faults.post_status:
                await _respond(send, faults.post_status, b"RefusedByTest", b'{"message":"refused by a test"}')
            else:
                await _post_to_connection(app, scope, receive, send)
        else:
            await app(scope, receive, send)

    return wrapped


def _with_gateway_responses(invoke):
    """Keeps the response of $connect for `_Connection`, and turns that of a message into what the client gets."""

    async def wrapped(api_id, account, region, route, stage, connection_id, event_type, message_id, *rest, **named):
        call = (api_id, account, region, route, stage, connection_id, event_type, message_id, *rest)
        response = await invoke(*call, **named)
        if event_type == "CONNECT":
            response = response or {"statusCode": 500}
            _connect.get().update(response)
        elif event_type == "MESSAGE":
            response = _reply(response, route, connection_id, message_id)
        return response

    return wrapped


def _reply(response, route, connection_id, request_id):
    """The client's response to a message: an error if the function failed, a body only if the route has a response."""
    if response is None or response.get("statusCode") == 502:
        error = {"message": "Internal server error", "connectionId": connection_id, "requestId": request_id}
        return {"statusCode": 502, "body": json.dumps(error)}
    return response if route.get("routeResponseSelectionExpression") else {**response, "body": None}


def _limiting_frames(extend, frame_too_large):
    """Limits the size of frames where hypercorn reads them, since ASGI passes on whole messages only."""

    def wrapped(buffer, event):
        data = event.data.encode() if isinstance(event.data, str) else event.data
        buffer.frame_bytes = getattr(buffer, "frame_bytes", 0) + len(data)
        if buffer.frame_bytes > FRAME_BYTES_MAX:
            raise frame_too_large
        if event.frame_finished:
            buffer.frame_bytes = 0
        extend(buffer, event)

    return wrapped


class _Connection:
    """One WebSocket between hypercorn and the emulator."""

    def __init__(self, scope, receive, send, limits):
        self.connect = {}
        self._offered = scope["subprotocols"]
        self._receive = receive
        self._send = send
        self._limits = limits
        self._began = self._active = time.monotonic()
        self._accepted = self._over = False

    async def receive(self):
        """The client's next message, or a disconnect once a limit of time is reached."""
        while True:
            seconds = self._remaining_seconds()
            if seconds <= 0:
                return await self._end()
            try:
                message = await asyncio.wait_for(self._receive(), seconds)
            except asyncio.TimeoutError:
                continue
            self._active = time.monotonic()
            return message

    async def send(self, message):
        """Sends the emulator's message as API Gateway would have sent it."""
        if self._over:
            return
        if message["type"] == "websocket.accept":
            self._accepted = True
            message = self._with_subprotocol(message)
        if message["type"] == "websocket.close" and not self._accepted and self.connect:
            await self._refuse(self.connect.get("statusCode", 500))
            return
        self._active = time.monotonic()
        await self._send(message)

    def _remaining_seconds(self):
        now = time.monotonic()
        idle = self._active + self._limits.idle_seconds
        return min(idle, self._began + self._limits.total_seconds) - now

    async def _end(self):
        if not self._over:
            await self._send({"type": "websocket.close", "code": GOING_AWAY, "reason": "Going away"})
        self._over = True
        return {"type": "websocket.disconnect", "code": GOING_AWAY, "reason": "Going away"}

    def _with_subprotocol(self, message):
        subprotocol = _header(self.connect.get("headers"), "sec-websocket-protocol")
        if not subprotocol:
            return message
        if subprotocol not in self._offered:
            log.error("$connect chose the subprotocol %r, which the client did not offer", subprotocol)
            return {"type": "websocket.close", "code": GOING_AWAY}
        return {**message, "subprotocol": subprotocol}

    async def _refuse(self, status):
        """Rejects the handshake with the status of the $connect function, as API Gateway does."""
        self._over = True
        await self._send({"type": "websocket.http.response.start", "status": int(status), "headers": []})
        await self._send({"type": "websocket.http.response.body", "body": b""})


def _header(headers, name):
    return next((value for key, value in (headers or {}).items() if key.lower() == name), None)


def _is_post_to_connection(scope):
    return scope["method"] == "POST" and re.search("/(@|%40)connections/[^/]+$", scope["path"]) is not None


async def _post_to_connection(app, scope, receive, send):
    body = await _body(receive, MESSAGE_BYTES_MAX)
    if body is None:
        await _respond(send, 413, b"PayloadTooLargeException", b'{"message":"Payload Too Large"}')
        return
    messages = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def replay():
        return next(messages, None) or await receive()

    await app(scope, replay, send)


async def _body(receive, bytes_max):
    """The request's body; `None` if it is larger than `bytes_max`."""
    body, is_incomplete = b"", True
    while is_incomplete:
        message = await receive()
        is_incomplete = message.get("more_body", False)
        if len(body) <= bytes_max:
            body += message.get("body", b"")
    return body if len(body) <= bytes_max else None


async def _respond(send, status, error, body):
    headers = [(b"content-type", b"application/json"), (b"x-amzn-errortype", error)]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
