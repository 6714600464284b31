"""The metrics that AWS emits of functions, queues and rules, as far as the template's alarms watch them.

The emulator itself has those of functions that were invoked by the Invoke API, and no others.
"""

import threading
import time

# Values of a metric that are kept: an hour of some invocations a second.
VALUES_MAX = 10_000
# How often the state of queues becomes a value. In AWS: once a minute.
_PERIOD_SECONDS = 1
# A message that was received as often, and is still there, no longer counts for the age of a queue's oldest message.
_RECEIVE_COUNT_MAX = 3


def install(provided_worker, lambda_svc, sqs, cloudwatch):
    """Replaces the emulator's metrics of functions, and begins those of queues."""
    bucket = cloudwatch._metric_bucket
    cloudwatch._metric_bucket = lambda key: _bounded(bucket(key))
    provided_worker.invoke = _measured(provided_worker.invoke, cloudwatch)
    lambda_svc._emit_lambda_metrics = _throttles(cloudwatch)
    sqs._act_send_message = _counted(sqs._act_send_message, cloudwatch)
    sqs._HANDLERS["SendMessage"] = sqs._act_send_message
    threading.Thread(target=_watch_queues, args=[sqs, cloudwatch], daemon=True).start()


def record_message(cloudwatch, queue_name):
    """Counts a message that a queue was sent. One that moves to a dead-letter queue is not sent."""
    cloudwatch.record_metric("AWS/SQS", "NumberOfMessagesSent", 1, "Count", {"QueueName": queue_name})


def record_delivery(cloudwatch, name, rule):
    """Counts an event that a rule could not deliver."""
    dimensions = {"EventBusName": rule["EventBusName"], "RuleName": rule["Name"]}
    cloudwatch.record_metric("AWS/Events", name, 1, "Count", dimensions)


def record_throttle(cloudwatch, table, is_write):
    """Counts a request that a table refused."""
    name = "WriteThrottleEvents" if is_write else "ReadThrottleEvents"
    cloudwatch.record_metric("AWS/DynamoDB", name, 1, "Count", {"TableName": table})


def _bounded(values):
    """Drops the oldest values."""
    del values[:-VALUES_MAX]
    return values


def _measured(invoke, cloudwatch):
    def invoke_and_measure(worker, event, request_id, **named):
        dimensions = {"FunctionName": worker.func_name}
        age_ms = _iterator_age_ms(event)
        if age_ms is not None:
            cloudwatch.record_metric("AWS/Lambda", "IteratorAge", age_ms, "Milliseconds", dimensions)
        result = invoke(worker, event, request_id, **named)
        cloudwatch.record_metric("AWS/Lambda", "Invocations", 1, "Count", dimensions)
        cloudwatch.record_metric("AWS/Lambda", "Errors", int(result.get("status") == "error"), "Count", dimensions)
        return result

    return invoke_and_measure


def _iterator_age_ms(event):
    """How old the last record of a batch of a stream is; None of other events."""
    records = event.get("Records") if isinstance(event, dict) else None
    change = records[-1].get("dynamodb") if records else None
    return change and max(0, time.time() - change["ApproximateCreationDateTime"]) * 1000


def _throttles(cloudwatch):
    def emit(function, duration_ms, error, throttle):
        if throttle:
            cloudwatch.record_metric("AWS/Lambda", "Throttles", 1, "Count", {"FunctionName": function})

    return emit


def _counted(send, cloudwatch):
    def send_and_count(data, url):
        result = send(data, url)
        record_message(cloudwatch, data.get("QueueUrl", url).rsplit("/", 1)[-1])
        return result

    return send_and_count


def _watch_queues(sqs, cloudwatch):
    while True:
        for name, messages in _messages_by_queue(sqs).items():
            dimensions = {"QueueName": name}
            for metric, value, unit in _state(messages):
                cloudwatch.record_metric("AWS/SQS", metric, value, unit, dimensions)
        time.sleep(_PERIOD_SECONDS)


def _messages_by_queue(sqs):
    with sqs._queues_lock:
        return {queue["name"]: list(queue["messages"]) for _key, queue in list(sqs._queues.all_items())}


def _state(messages):
    """What a queue says of itself, whether anything happens there or not."""
    now = time.time()
    ages = [now - message["sent_at"] for message in messages if message["receive_count"] < _RECEIVE_COUNT_MAX]
    visible = sum(message.get("visible_at", message["sent_at"]) <= now for message in messages)
    yield "ApproximateAgeOfOldestMessage", max(ages, default=0), "Seconds"
    yield "ApproximateNumberOfMessagesVisible", visible, "Count"
    yield "NumberOfMessagesSent", 0, "Count"
