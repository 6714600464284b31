"""Bounds the emulator's memory, so that it can run for days."""

from collections import deque

EVENTS_MAX = 1_000
INVOCATIONS_MAX = 10_000
# DynamoDB keeps stream records for 24 hours. Here that takes too much memory, and push drops records after 60 s.
STREAM_SECONDS = 120


def install(dynamodb, eventbridge, lambda_svc, logs):
    """Bounds the streams of tables, the list of events put, and the logs of invocations."""
    dynamodb._STREAM_RETENTION_SECONDS = STREAM_SECONDS
    events = deque(maxlen=EVENTS_MAX)
    eventbridge._events_log_list = lambda: events
    lambda_svc._emit_lambda_logs = _dropping_old_logs(lambda_svc._emit_lambda_logs, logs)


def _dropping_old_logs(emit, logs):
    """Drops the oldest log streams of a function. Every invocation is a log stream of its own."""

    def emit_and_drop(function, *rest, **named):
        emit(function, *rest, **named)
        config = function.get("config") or function
        name = (config.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{config['FunctionName']}"
        streams = logs._log_groups.get(name, {}).get("streams", {})
        while len(streams) > INVOCATIONS_MAX:
            streams.pop(next(iter(streams)), None)

    return emit_and_drop
