"""Schedules: to the second, and as often as one wants to look on. The emulator looks at them every ten seconds."""

RATE_SECONDS = 60
# How often it is looked whether a schedule is due.
_TICK_SECONDS = 0.5


def install(scheduler, eventbridge, minute_seconds):
    """Hooks into the emulator's schedules: what is to happen every minute happens every `minute_seconds`."""
    scheduler._SCHEDULE_TICK_INTERVAL = _TICK_SECONDS
    seconds_of = eventbridge._parse_rate_seconds

    def parse(expression):
        seconds = seconds_of(expression)
        return minute_seconds if seconds == RATE_SECONDS and minute_seconds > 0 else seconds

    eventbridge._parse_rate_seconds = parse
