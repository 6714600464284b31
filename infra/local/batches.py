"""Batches of event source mappings. The emulator takes 10 messages at most, and does not wait for a batching window."""

import logging
import threading
import time

log = logging.getLogger("headroom.batches")

# How often it is looked whether a window is over.
_TICK_SECONDS = 0.1


def install(lambda_svc, sqs, dynamodb, esm_wake):
    """Gives the mappings of queues and table streams their batch sizes and windows."""
    mappings = _Mappings(lambda_svc)
    sqs._receive_messages_for_esm = _receive(sqs, mappings)
    lambda_svc._sqs_esm_concurrency = _concurrency(lambda_svc._sqs_esm_concurrency)
    poll = _poll_in_windows(lambda_svc._poll_dynamodb_streams, dynamodb, mappings)
    # In a thread of its own: the emulator polls all in one, so that a long push would hold up the queues.
    lambda_svc._poll_dynamodb_streams = lambda: False
    threading.Thread(target=_poll_for_ever, args=[poll], daemon=True).start()
    threading.Thread(target=_tick, args=[esm_wake], daemon=True).start()


class _Mappings:
    def __init__(self, lambda_svc):
        self._lambda_svc = lambda_svc

    def window_seconds(self, name):
        """The batching window of the mapping whose source has `name` in its ARN; 0 if it has none."""
        for _account, _region, mapping in self._lambda_svc._iter_all_esms():
            if name in mapping.get("EventSourceArn", "").replace("/", ":").split(":"):
                return float(mapping.get("MaximumBatchingWindowInSeconds", 0))
        return 0.0


def _concurrency(of_mapping):
    """A parameter of a template is text; the emulator compares it with numbers."""

    def concurrency(mapping, *rest):
        scaling = mapping.get("ScalingConfig") or {}
        numbers = {key: int(value) for key, value in scaling.items()}
        return of_mapping({**mapping, "ScalingConfig": numbers}, *rest)

    return concurrency


def _receive(sqs, mappings):
    def receive(queue_url, size):
        with sqs._queues_lock:
            queue = sqs._get_q(queue_url)
            sqs._expire_retained(queue)
            sqs._dlq_sweep(queue)
            since = _visible_since(queue["messages"])
            name = queue_url.rsplit("/", 1)[-1]
            if not _is_due(since, size, mappings.window_seconds(name)):
                return []
            visibility = int(queue["attributes"].get("VisibilityTimeout", "30"))
            return sqs._collect_msgs(queue, size, visibility)

    return receive


def _visible_since(messages):
    now = time.time()
    times = (message.get("visible_at", message["sent_at"]) for message in messages)
    return [at for at in times if at <= now]


def _is_due(since, size, window_seconds):
    """Whether there is a whole batch, or one that has waited for its window. `since`: when each item came."""
    return len(since) >= size or (bool(since) and time.time() - min(since) >= window_seconds)


def _poll_in_windows(poll, dynamodb, mappings):
    """`poll` reads streams by `stream_records_since`, as others do: only for its own reads are records held back."""
    polling = threading.local()
    read = dynamodb.stream_records_since

    def records_since(table, position, limit, **scope):
        records = read(table, position, limit, **scope)
        if not getattr(polling, "active", False):
            return records
        since = [_written_at(record) for record in records]
        return records if _is_due(since, limit, mappings.window_seconds(table)) else []

    def poll_in_windows():
        polling.active = True
        try:
            return poll()
        finally:
            polling.active = False

    dynamodb.stream_records_since = records_since
    return poll_in_windows


def _written_at(record):
    """In seconds. The emulator's sequence numbers begin with the milliseconds; its creation times are whole seconds."""
    return int(record["dynamodb"]["SequenceNumber"][:20]) / 1000


def _poll_for_ever(poll):
    while True:
        try:
            worked = poll()
        except Exception:
            log.exception("polling streams failed")
            worked = False
        if not worked:
            time.sleep(_TICK_SECONDS)


def _tick(esm_wake):
    while True:
        time.sleep(_TICK_SECONDS)
        esm_wake.set()
