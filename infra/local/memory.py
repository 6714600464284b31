"""Bounds on what the emulator keeps, so that it can run for days."""

from collections import deque

EVENTS_MAX = 1_000
INVOCATIONS_MAX = 10_000
# DynamoDB keeps stream records for 24 hours. Each holds two images of a row, and push gives up on them after 60 s.
STREAM_SECONDS = 120


def install(dynamodb, eventbridge, lambda_svc, logs):
    """Hooks into the stream of tables, the list of all events put, and the log of invocations."""
    dynamodb._STREAM_RETENTION_SECONDS = STREAM_SECONDS
    put = deque(maxlen=EVENTS_MAX)
    eventbridge._events_log_list = lambda: put
    lambda_svc._emit_lambda_logs = _keeping_few(lambda_svc._emit_lambda_logs, logs)


def _keeping_few(emit, logs):
    """Every invocation is a log stream of its own."""

    def emit_and_drop(function, *rest, **named):
        emit(function, *rest, **named)
        config = function.get("config") or function
        name = (config.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{config['FunctionName']}"
        streams = logs._log_groups.get(name, {}).get("streams", {})
        while len(streams) > INVOCATIONS_MAX:
            streams.pop(next(iter(streams)), None)

    return emit_and_drop
