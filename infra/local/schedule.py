"""Schedules that run on time, and faster than once a minute. The emulator itself checks them every ten seconds."""

RATE_SECONDS = 60
# How often schedules are checked.
_POLL_SECONDS = 0.5


def install(scheduler, eventbridge, minute_seconds):
    """Checks schedules twice a second, and runs those of every minute every `minute_seconds` (0: every minute)."""
    scheduler._SCHEDULE_TICK_INTERVAL = _POLL_SECONDS
    emulated = eventbridge._parse_rate_seconds

    def parse(expression):
        seconds = emulated(expression)
        return minute_seconds if seconds == RATE_SECONDS and minute_seconds > 0 else seconds

    eventbridge._parse_rate_seconds = parse
