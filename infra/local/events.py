"""PutEvents: keeps the `Time` of events, takes partners' events, and loses none on the way to a queue."""

import contextvars
import json

import metrics

# In EventBridge, a partner's bus and the source of its events have the same name, which begins so.
_PARTNER = "aws.partner/"

_time = contextvars.ContextVar("time", default=None)
# The rule and the target that an event is on its way to.
_delivery = contextvars.ContextVar("delivery")


def install(eventbridge, sqs, cloudwatch):
    """Replaces the emulator's PutEvents and its delivery to queues."""
    now = eventbridge._now_ts
    eventbridge._now_ts = lambda: now() if _time.get() is None else _time.get()
    eventbridge._put_events = _one_by_one(eventbridge._put_events)
    eventbridge._invoke_target = _named(eventbridge._invoke_target)
    eventbridge._dispatch_to_sqs = _delivered(eventbridge._dispatch_to_sqs, eventbridge.parse_arn, sqs, cloudwatch)


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


def _named(invoke_target):
    """Lets a delivery know its rule and target."""

    def invoke(target, event, rule, *rest):
        token = _delivery.set((rule, target))
        try:
            return invoke_target(target, event, rule, *rest)
        finally:
            _delivery.reset(token)

    return invoke


def _delivered(dispatch, parse_arn, sqs, cloudwatch):
    """Delivers to the queue, or to the target's dead-letter queue if it is not there, and counts what comes nowhere.

    It does so under the queues' lock: deleting a batch replaces the list of messages, and would drop a new one.
    """

    def dispatch_and_count(spec, payload, *rest):
        rule, target = _delivery.get()
        dead_letters = target.get("DeadLetterConfig", {}).get("Arn")
        with sqs._queues_lock:
            if sqs._queue_by_arn(str(spec)):
                dispatch(spec, payload, *rest)
                metrics.record_message(cloudwatch, spec.resource)
            elif dead_letters and sqs._queue_by_arn(dead_letters):
                dispatch(parse_arn(dead_letters), payload)
                metrics.record_delivery(cloudwatch, "InvocationsSentToDlq", rule)
            else:
                metrics.record_delivery(cloudwatch, "FailedInvocations", rule)
                if dead_letters:
                    metrics.record_delivery(cloudwatch, "InvocationsFailedToBeSentToDlq", rule)

    return dispatch_and_count
