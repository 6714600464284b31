"""Kills functions in the middle of an invocation, refuses frames and requests to tables, on demand of tests.

README.md has the interface.
"""

import json
import threading
import time
import zlib

import metrics

PATH = "/_headroom/faults"

_POLL_SECONDS = 0.001

# The emulator's result of an invocation whose process has ended.
_REASON = "Runtime exited before returning a response"
_EXITED = {
    "status": "error",
    "error": _REASON,
    "error_payload": {"errorMessage": _REASON, "errorType": "Runtime.ExitError"},
    "cold_start": True,
    "log": "",
}


# What a table refuses while it is throttled.
_WRITES = {"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"}
_READS = {"GetItem", "BatchGetItem", "Query", "Scan", "TransactGetItems"}


class Faults:
    """The kills that tests have requested, and how many have happened."""

    def __init__(self):
        self._lock = threading.Lock()
        self._after_ms = {}
        self._down = set()
        self._killed = {}
        # With what status posts to viewers are refused; None while they are not.
        self.post_status = None
        # The tables that refuse requests.
        self.throttled_tables = set()

    def install(self, provided_worker):
        """Hooks into the emulator's invocation of a function's process."""
        invoke = provided_worker.invoke

        def invoke_or_kill(worker, event, request_id, **named):
            if self._is_down(worker.func_name):
                return _EXITED
            after_ms = self._take(worker.func_name)
            if after_ms is not None:
                killer = threading.Thread(target=self._kill, args=[worker, request_id, after_ms], daemon=True)
                killer.start()
            return invoke(worker, event, request_id, **named)

        provided_worker.invoke = invoke_or_kill

    def install_tables(self, dynamodb, cloudwatch):
        """Hooks into the emulator's requests to tables."""
        handle = dynamodb.handle_request

        async def handle_or_throttle(method, path, headers, body, query):
            action = headers.get("x-amz-target", "").rsplit(".", 1)[-1]
            tables = [name for name in self.throttled_tables if f'"{name}"'.encode() in body]
            if not tables or action not in _WRITES | _READS:
                return await handle(method, path, headers, body, query)
            for name in tables:
                metrics.record_throttle(cloudwatch, name, action in _WRITES)
            return _refusal(action, body)

        dynamodb.handle_request = handle_or_throttle

    def set(self, function, after_ms, down):
        """Requests a kill of one invocation for each of `after_ms`, in order. With `down`, every invocation fails."""
        with self._lock:
            self._after_ms[function] = list(after_ms)
            (self._down.add if down else self._down.discard)(function)

    def report(self):
        """By function: the number of invocations killed or failed on purpose, and of kills still to come."""
        with self._lock:
            return {
                name: {"killed": self._killed.get(name, 0), "left": len(self._after_ms.get(name, []))}
                for name in self._after_ms.keys() | self._killed.keys()
            }

    def _is_down(self, function):
        with self._lock:
            if function in self._down:
                self._killed[function] = self._killed.get(function, 0) + 1
            return function in self._down

    def _take(self, function):
        with self._lock:
            after_ms = self._after_ms.get(function)
            return after_ms.pop(0) if after_ms else None

    def _kill(self, worker, request_id, after_ms):
        process = worker._proc if self._wait(worker, request_id, after_ms) else None
        with self._lock:
            if process is None:
                self._after_ms[worker.func_name].insert(0, after_ms)
                return
            process.kill()
            self._killed[worker.func_name] = self._killed.get(worker.func_name, 0) + 1

    def _wait(self, worker, request_id, after_ms):
        """Waits until the invocation is `after_ms` old. Returns false if it ended before."""
        deadline = time.monotonic() + 10
        while worker._current_request_id != request_id:
            if time.monotonic() > deadline:
                return False
            time.sleep(_POLL_SECONDS)
        end = time.monotonic() + after_ms / 1000
        while worker._current_request_id == request_id and time.monotonic() < end:
            time.sleep(_POLL_SECONDS)
        return worker._current_request_id == request_id


def _refusal(action, body):
    """DynamoDB's response to a request that is over a table's throughput."""
    document = {"message": "The level of configured provisioned throughput for the table was exceeded."}
    kind = "ProvisionedThroughputExceededException"
    if action == "TransactWriteItems":
        kind = "TransactionCanceledException"
        reason = {"Code": "ThrottlingError", "Message": "Throughput exceeds the current capacity of your table or index."}
        document["CancellationReasons"] = [reason for _ in json.loads(body)["TransactItems"]]
    text = json.dumps({"__type": f"com.amazonaws.dynamodb.v20120810#{kind}", **document}).encode()
    headers = {"Content-Type": "application/x-amz-json-1.0", "x-amzn-errortype": kind, "x-amz-crc32": str(zlib.crc32(text))}
    return 400, headers, text


def wrap(app, faults):
    """The ASGI application `app` with the path `/_headroom/faults`."""

    async def wrapped(scope, receive, send):
        if scope["type"] == "http" and scope["path"] == PATH:
            await _respond(faults, scope["method"], receive, send)
        else:
            await app(scope, receive, send)

    return wrapped


async def _respond(faults, method, receive, send):
    status = 200
    if method == "PUT":
        try:
            request = json.loads((await receive()).get("body", b""))
            if "posts" in request:
                faults.post_status = request["posts"]
            elif "throttledTables" in request:
                faults.throttled_tables = set(request["throttledTables"])
            else:
                faults.set(request["function"], request.get("afterMs", []), request.get("down", False))
        except (ValueError, KeyError, TypeError):
            status = 400
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": json.dumps(faults.report()).encode()})
