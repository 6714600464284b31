"""Batch sizes and batching windows of event source mappings.

The emulator itself invokes with 10 messages at most, and does not wait for a batching window.

AWS says of queues: with a window and very low traffic, Lambda may wait for up to 20 seconds, however short the window is.
It gives no number for very low; here it is fewer messages than one receive brings, and the wait is all of the 20 seconds.
"""

import itertools
import logging
import threading
import time

log = logging.getLogger("headroom.batches")

# How often queues and streams are checked for a window that has ended.
_POLL_SECONDS = 0.1
# How long a mapping with a window waits while few messages come (Lambda's guide, "Using Lambda with Amazon SQS").
QUIET_SECONDS = 20
_RECEIVE_MAX = 10


def install(lambda_svc, sqs, dynamodb, esm_wake, quiet_seconds):
    """Makes the emulator keep the batch sizes and windows of queues and table streams."""
    mappings = _Mappings(lambda_svc)
    sqs._receive_messages_for_esm = _receive(sqs, mappings, quiet_seconds)
    poll = _poll_in_windows(lambda_svc._poll_dynamodb_streams, dynamodb, mappings)
    # Streams are polled in a thread of their own. In the emulator's single thread a long push would delay the queues.
    lambda_svc._poll_dynamodb_streams = lambda: False
    threading.Thread(target=_poll_for_ever, args=[poll], daemon=True).start()
    threading.Thread(target=_tick, args=[esm_wake], daemon=True).start()


class _Mappings:
    def __init__(self, lambda_svc):
        self._lambda_svc = lambda_svc

    def window_seconds(self, name):
        """The batching window of the mapping whose source has `name` in its ARN; 0 without a window."""
        for _account, _region, mapping in self._lambda_svc._iter_all_esms():
            if name in mapping.get("EventSourceArn", "").replace("/", ":").split(":"):
                return float(mapping.get("MaximumBatchingWindowInSeconds", 0))
        return 0.0


def _receive(sqs, mappings, quiet_seconds):
    """Replaces the emulator's receive of a batch from a queue: nothing until the batch is full or its window ended."""

    def receive(queue_url, size):
        with sqs._queues_lock:
            queue = sqs._get_q(queue_url)
            messages = _first_visible(queue, size)
            if any(message["receive_count"] for message in messages):
                sqs._dlq_sweep(queue)
                messages = _first_visible(queue, size)
            name = queue_url.rsplit("/", 1)[-1]
            window_seconds = wait_seconds(len(messages), mappings.window_seconds(name), quiet_seconds)
            if not _is_due([message["visible_at"] for message in messages], size, window_seconds):
                return []
            visibility = int(queue["attributes"].get("VisibilityTimeout", "30"))
            return sqs._collect_msgs({**queue, "messages": messages}, size, visibility)

    return receive


def _first_visible(queue, size):
    """As many visible messages as decide whether a batch is due, and no look at thousands that wait behind them."""
    now = time.time()
    visible = (message for message in queue["messages"] if message["visible_at"] <= now)
    return list(itertools.islice(visible, max(size, _RECEIVE_MAX)))


def wait_seconds(count, window_seconds, quiet_seconds=QUIET_SECONDS):
    """How long the first of `count` waiting messages waits for others to fill the batch."""
    is_quiet = window_seconds > 0 and count < _RECEIVE_MAX
    return max(window_seconds, quiet_seconds) if is_quiet else window_seconds


def _is_due(arrivals, size, window_seconds):
    """Whether a batch is full, or its first item arrived a window ago. `arrivals` has one time for each item."""
    return len(arrivals) >= size or (bool(arrivals) and time.time() - min(arrivals) >= window_seconds)


def _poll_in_windows(poll, dynamodb, mappings):
    """Delays the stream records that `poll` reads until their batch is due. Other readers get them at once."""
    polling = threading.local()
    read = dynamodb.stream_records_since

    def records_since(table, position, limit, **scope):
        records = read(table, position, limit, **scope)
        if not getattr(polling, "active", False):
            return records
        arrivals = [_write_seconds(record) for record in records]
        return records if _is_due(arrivals, limit, mappings.window_seconds(table)) else []

    def poll_in_windows():
        polling.active = True
        try:
            return poll()
        finally:
            polling.active = False

    dynamodb.stream_records_since = records_since
    return poll_in_windows


def _write_seconds(record):
    """When a record was written. Its sequence number begins with milliseconds; its creation time has whole seconds."""
    return int(record["dynamodb"]["SequenceNumber"][:20]) / 1000


def _poll_for_ever(poll):
    while True:
        try:
            worked = poll()
        except Exception:
            log.exception("polling streams failed")
            worked = False
        if not worked:
            time.sleep(_POLL_SECONDS)


def _tick(esm_wake):
    while True:
        time.sleep(_POLL_SECONDS)
        esm_wake.set()
