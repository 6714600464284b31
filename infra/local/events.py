"""PutEvents: keeps the `Time` of events, takes partners' events, and loses none on the way to a queue."""

import contextvars
import json

# In EventBridge, a partner's bus and the source of its events have the same name, which begins so.
_PARTNER = "aws.partner/"

_time = contextvars.ContextVar("time", default=None)


def install(eventbridge, sqs):
    """Replaces the emulator's PutEvents and its delivery to queues."""
    now = eventbridge._now_ts
    eventbridge._now_ts = lambda: now() if _time.get() is None else _time.get()
    eventbridge._put_events = _one_by_one(eventbridge._put_events)
    eventbridge._dispatch_to_sqs = _locked(eventbridge._dispatch_to_sqs, sqs._queues_lock)


def _one_by_one(put_events):
    """Puts entries one by one, since the emulator stamps all with its own time and refuses partners' sources."""

    def put(data, allow_aws_source=False):
        entries = data.get("Entries", [])
        if len(entries) > 10:
            return put_events(data, allow_aws_source)
        results = [result for entry in entries for result in _put_one(put_events, entry, allow_aws_source)]
        failed = sum("ErrorCode" in result for result in results)
        body = json.dumps({"FailedEntryCount": failed, "Entries": results})
        return 200, {"Content-Type": "application/x-amz-json-1.1"}, body.encode()

    return put


def _put_one(put_events, entry, allow_aws_source):
    if not _is_object(entry.get("Detail", "{}")):
        return [{"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}]
    from_partner = entry.get("EventBusName", "").split("event-bus/")[-1].startswith(_PARTNER)
    entry_time = entry.get("Time")
    token = _time.set(entry_time if isinstance(entry_time, (int, float)) else None)
    try:
        _status, _headers, body = put_events({"Entries": [entry]}, allow_aws_source or from_partner)
        return json.loads(body)["Entries"]
    finally:
        _time.reset(token)


def _is_object(text):
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


def _locked(dispatch, lock):
    """Delivers under the queues' lock. Deleting a batch replaces the list of messages, and would drop a new one."""

    def dispatch_locked(*arguments, **named):
        with lock:
            return dispatch(*arguments, **named)

    return dispatch_locked
