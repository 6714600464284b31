"""Loads exports and asks each view, beside the limits: 30 s for a million rows, and 1 s for a view.

The rows are those of a simulated month of a million conversations, with agents. They are compared with the engine's row
by row, every sum and every computed value. A month of that centre has fewer rows than a million: for the times it is
copied, under other ids, until there are as many. Files are made on the first run; the first run takes a while.

Usage: bi.py HEADROOM FOLDER [CONVERSATIONS]
"""

import json
import os
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "bi"))

DAYS, ROWS = 28, 1_000_000
LOAD_S_MAX, VIEW_S_MAX = 30, 1
START, AT = "2026-03-02T00:00:00Z", "2026-04-01T00:00:00Z"
RATES = "sum(n_offered), sum(service_level_part) / sum(service_level_whole), sum(t_answered_ms) / sum(t_answered_count)"
HANDLED = "sum(t_handle_count), sum(t_handle_ms) / sum(t_handle_count)"
TIMES = "sum(occupancy_part) / sum(occupancy_whole), sum(presence_on_queue_ms)"
# What a report asks of each view.
QUESTIONS = {
    "queue_intervals": f"SELECT local_date, media, {RATES} FROM queue_intervals GROUP BY ALL",
    "queue_days": f"SELECT queue_id, media, {RATES}, max(wait_p90_ms) FROM queue_days GROUP BY ALL",
    "agent_intervals": f"SELECT local_date, media, {HANDLED} FROM agent_intervals GROUP BY ALL",
    "agent_days": f"SELECT agent_id, media, {HANDLED} FROM agent_days GROUP BY ALL",
    "agent_status_intervals": f"SELECT local_date, {TIMES} FROM agent_status_intervals GROUP BY ALL",
    "agent_status_days": f"SELECT agent_id, {TIMES} FROM agent_status_days GROUP BY ALL",
    "queue_waits": "SELECT local_date, sum(waits) FROM queue_waits WHERE grain = 'day' AND wait_ms > 20000 GROUP BY ALL",
    "queues": "FROM queues",
    "calendar": "FROM calendar",
    "corrections": "FROM corrections",
}


def month(headroom, folder, conversations):
    """The rows of the month."""
    rows = folder / f"bi-{conversations}.ndjson"
    if not rows.exists():
        events = folder / "bi-events.ndjson.gz"
        rate = conversations / (DAYS * 86_400)
        simulate = ["--rate", f"{rate:.6f}", "--for", f"{DAYS}d", "--start", START, "--agents", "--seed", "7"]
        subprocess.run([headroom, "simulate", "--quiet", *simulate, "--out", events, "--truth", "/dev/null"], check=True)
        subprocess.run([headroom, "replay", "--quiet", "--stored-sums", "--out", rows, events], check=True)
        events.unlink()
    return rows


def copies(rows, folder):
    """The rows, copied under other ids until there are a million. Returns the file and their number."""
    target = folder / "bi-copies.ndjson"
    lines = [line for line in rows.open() if '"bucket":"now"' not in line][:ROWS]
    unsorted, count = folder / "bi-unsorted.ndjson", 0
    with unsorted.open("w") as out:
        for copy in range(-(-ROWS // len(lines))):
            for line in lines[: ROWS - count]:
                kind, rest = line.split("#", 1)
                out.write(f"{kind}#{copy:03}-{rest}" if kind != '{"subject":"api' else "")
                count += 1
    subprocess.run(["sort", "--output", target, unsorted], check=True, env=os.environ | {"LC_ALL": "C"})
    unsorted.unlink()
    return target, count


def export(headroom, rows, out):
    shutil.rmtree(out, ignore_errors=True)
    subprocess.run([headroom, "export", rows, "--out", out, "--at", AT, "--partitions", "16", "--quiet"], check=True)
    return out


def seconds(sql, folder):
    """How long a query takes, and the processor's time of it."""
    import world

    began, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    world.run("query", sql, folder, "--format", "csv", "--quiet")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.monotonic() - began, processor


def compare(rows, exports):
    """Compares every row with the engine's, as the tests do. Returns the numbers of rows and of computed values."""
    import test_views
    import world

    case, count, ratios = test_views.Views("compare"), 0, 0
    case.exports, case.settings = exports, world.settings_file(exports.parent, {})
    # By the last digit of the id: a month of them all at once would take gigabytes.
    for digit in "0123456789abcdef":
        with rows.open() as lines:
            part = (json.loads(line) for line in lines if line.split('"', 5)[3].split("#")[1].endswith(digit))
            expected = {(row["subject"], row["bucket"]): row for row in part if row["bucket"] != "now"}
        ratios += case.compare(expected, case.facts(digit))
        count += len(expected)
    return count, ratios


def main():
    headroom, folder = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    conversations = int(sys.argv[3]) if len(sys.argv) > 3 else 1_000_000
    os.environ["HEADROOM"] = str(headroom)
    rows = month(headroom, folder, conversations)
    compared, ratios = compare(rows, export(headroom, rows, folder / "bi-month"))
    print(f"month of {conversations} conversations: {compared} rows with {ratios} computed values equal the engine's", flush=True)
    many, count = copies(rows, folder)
    exports = export(headroom, many, folder / "bi-rows")
    took, processor = seconds("SELECT 1", exports)
    times = {"load": took}
    print(f"load of {count} rows: {took:.1f} s (limit {LOAD_S_MAX} s), {processor:.1f} s of processor time")
    for view, sql in QUESTIONS.items():
        times[view] = min(seconds(sql, exports)[0] for _ in range(3))
        print(f"{view:<24}{times[view]:6.2f} s (limit {VIEW_S_MAX} s)", flush=True)
    print(f"slowest view: {max(times[view] for view in QUESTIONS):.2f} s")
    slow = [name for name, took in times.items() if took > (LOAD_S_MAX if name == "load" else VIEW_S_MAX)]
    sys.exit(f"too slow: {', '.join(slow)}" if slow else 0)


if __name__ == "__main__":
    main()
