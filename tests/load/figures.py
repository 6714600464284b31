"""Fills the table of docs/figures.md: runs commands and writes the figures that they print.

Each row of the table has a name, a command, and a pattern that finds its figures in the command's output.
A command runs once for all of its rows. Rows whose command did not run, failed, or did not print their
figures stay as they are; the last two are reported, and the exit code is 1.

Usage: figures.py [--list] [--only NAME]...
NAME is (a part of) the name of a row or of its command; without any, all commands run.
"""

import argparse
import os
import re
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/figures.md"
BEGIN, END = "<!-- figures:begin -->", "<!-- figures:end -->"
HEAD = "| name | what | figure | command |\n| --- | --- | --- | --- |"
FIRST_NUMBER_S_MAX = 120
# The names of the two worlds in the output of replay.py, before the lines of each.
WORLDS = {"simulated": "the simulator's world", "busy": "the busy world"}
CARGO_TEST = "cargo test -p headroom-tests --test"
# What `make e2e` builds before it runs all end-to-end tests.
E2E_BUILD = "make functions target/debug/headroom .venv/local-cloud"
GOLDEN = "cargo test -p headroom-kpi --test golden"
GOLDEN_FILE = ROOT / "shared/kpi/tests/golden/answered_call_v1.hex"


@dataclass(frozen=True)
class Row:
    """A row of the table. `what` and `figure` are formats of the named groups of `pattern`."""

    name: str
    what: str
    figure: str
    pattern: str


def world(key):
    """The rows of one world of the replay benchmark."""
    within = rf"(?s)--- {re.escape(WORLDS[key])}\n(?:(?!\n---).)*?"
    size = r"file: +(?P<events>[\d,]+) events, (?P<bytes>[\d,]+) bytes.*?\n"
    speeds = r"headroom: +(?P<ours>[\d,]+) events/s(?:, on two threads (?P<threads>[\d,]+))?"
    ratios = r"ratio: +(?P<ratio>[\d.]+)(?:.*?on two threads (?P<threads>[\d.]+))?"
    memory = r"memory: +[^\n]*?, (?P<memory>[\d,]+) bytes for each of (?P<conversations>[\d,]+)"
    duckdb = r"DuckDB (?P<version>[\d.]+): +(?P<speed>[\d,]+) events/s"
    return [
        Row(f"replay-{key}", f"replay, {WORLDS[key]}: {{events}} detail events of {{bytes}} bytes, one thread / two",
            "{ours} / {threads} events/s", within + size + speeds),
        Row(f"duckdb-{key}", "DuckDB {version}, same file, one thread, one query", "{speed} events/s", within + duckdb),
        Row(f"ratio-{key}", "ratio, side by side, one thread / two", "{ratio} / {threads}", within + ratios),
        Row(f"memory-{key}", "memory, all of it divided by {conversations} conversations held", "{memory} bytes",
            within + memory),
    ]


def parsing(*benches):
    """The medians of benchmarks of parsing an `acd.end`, from divan's table, by the benchmark's name."""
    cells = (rf"{bench} .*?acd-end[^│]*│[^│]*│ *(?P<{bench}>[\d.]+ \S+)" for bench in benches)
    return r"(?s)\A" + "".join(f"(?=.*?{cell})" for cell in cells)


COMMANDS = {
    "make bench": [*world("simulated"), *world("busy"),
        Row("parse", "parse an `acd.end`, median: scanner / with an escape, by `serde_json` / UTF-8 check alone",
            "{usual_event} / {event_with_an_escape} / {floor}",
            parsing("usual_event", "event_with_an_escape", "floor"))],
    GOLDEN: [Row("encoded", "a plain answered call, encoded", "{bytes} bytes", r"encoded: (?P<bytes>\d+)")],
    f"{CARGO_TEST} write_units -- --nocapture": [
        Row("write-units", "write units per event: alone / among 100 of a busy queue (detail events)", "{alone} / {queue}",
            r"(?s)^(?=.*?alone, Detail: (?P<alone>[\d.]+))(?=.*?100 of a queue, Detail: (?P<queue>[\d.]+))"),
        Row("write-units-max", "the worst single event, write units", "{worst}",
            r"alone, Detail: .*?(?:dearest|worst|most_expensive)\w*: (?P<worst>\d+)")],
    "make bench-functions": [
        Row("sizes", "functions, stripped: {functions}", "{sizes} MB", r"sizes: (?P<sizes>.*) MB \((?P<functions>.*)\)"),
        Row("start", "process start to first poll, median of 31; `/bin/true` {least}", "{start} at most",
            r"start: (?P<start>[\d.]+ ms) at most \(/bin/true: (?P<least>[\d.]+ ms)\)"),
        Row("resident", "resident at the first poll", "{resident} at most", r"resident: (?P<resident>[\d.]+ MB) at most")],
    f"{E2E_BUILD} && cargo test -p headroom-e2e --features e2e --test gap_reads -- --nocapture what_was_lost": [
        Row("gaps-e2e", "gap reads, 600 conversations of which {lost} lost events, {read} to be read",
            "{calls} calls, {least} at least",
            r"(?P<lost>\d+) conversations lost \w+, (?P<read>\d+) were read: (?P<calls>\d+) calls, (?P<least>\d+) at least")],
    f"{CARGO_TEST} gap_reads -- --nocapture --test-threads=1 with_five_percent twenty_minutes": [
        Row("gaps-live", "the same at 26,000 conversations while events come, {lost} of them lost some", "{calls} calls",
            r"(?P<lost>\d+) conversations lost events; \d+ were read, \d+ times, in (?P<calls>\d+) calls"),
        Row("outage", "20 minutes of silence, {hits} conversations", "{pages} pages and {calls} calls",
            r"lost events; (?P<hits>\d+) on (?P<pages>\d+) pages, and (?P<calls>\d+) gap calls")],
    f"{E2E_BUILD} && cargo test -p headroom-e2e --features e2e --test agents -- --nocapture": [
        Row("agents-e2e", "{agents} agents, a twentieth of their events lost: calls for members of all queues / for changes",
            "{members} / {changes} ({least} at least)",
            r"(?P<agents>\d+) agents; (?P<members>\d+) calls for members, (?P<changes>\d+) for changes \((?P<least>\d+) at least")],
    "make test-stack STACK_TESTS=test_wallboard.py": [
        Row("board", "wallboard on the local cloud, opening to the first number, {rows} rows in the table", "{ms} ms",
            r"first number (?P<ms>\d+) ms after opening, of (?P<rows>\d+) rows")],
    f"{CARGO_TEST} viewers a_thousand_viewers": [
        Row("viewers", "1,000 viewers of a queue, a batch of 100 changes", "1,000 posts, 1 body, 5 reads",
            r"a_thousand_viewers\w* \.\.\. ok")],
    "make bench-bi": [
        Row("bi-month", "views beside the engine, a simulated month of {conversations} conversations, row by row",
            "{rows} rows and {ratios} computed values, all equal",
            r"month of (?P<conversations>\d+) conversations: (?P<rows>\d+) rows with (?P<ratios>\d+) computed values equal"),
        Row("bi-load", "exports to Parquet, {rows} rows: time / processor time", "{time} / {processor} s",
            r"load of (?P<rows>\d+) rows: (?P<time>[\d.]+) s .*?, (?P<processor>[\d.]+) s of processor time"),
        Row("bi-views", "the slowest of ten views, over those rows", "{slowest} s", r"slowest view: (?P<slowest>[\d.]+) s")],
    "make run": [
        Row("run", "second `make run`, start to the first number", "{seconds} s", r"first number: (?P<seconds>[\d.]+) s")],
}


def run(command):
    """Runs a command in the repository and shows its output. Returns the output; None if it failed."""
    print(f"== {command}", file=sys.stderr, flush=True)
    if command == "make run":
        return first_number()
    process = subprocess.Popen(command, shell=True, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    lines = []
    for line in process.stdout:
        sys.stderr.write(line)
        lines.append(line)
    if command == GOLDEN:
        lines.append(f"encoded: {len(GOLDEN_FILE.read_text().strip()) // 2}\n")
    return None if process.wait() else "".join(lines)


def first_number():
    """Measures `make run` from its start to the first line of `headroom watch` with a number of a row."""
    began = time.monotonic()
    process = subprocess.Popen(["make", "run", "PORT=8497"], cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True)
    timer = threading.Timer(FIRST_NUMBER_S_MAX, os.killpg, [process.pid, signal.SIGINT])
    timer.start()
    try:
        is_number = re.compile(r"queue#\S+ \S+ .*=\d").search
        return next((f"first number: {time.monotonic() - began:.0f} s" for line in process.stdout if is_number(line)), None)
    finally:
        timer.cancel()
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)
        process.wait()


def fill(commands):
    """Runs the commands, and writes their rows into the page. Returns the number of rows without figures."""
    lines, missing = table(), 0
    for command, rows in commands.items():
        output = run(command) if rows else None
        for row in rows:
            match = re.search(row.pattern, output or "")
            if match:
                lines[row.name] = line(row, command, match)
            else:
                missing += 1
                print(f"{row.name}: no figures in the output of `{command}`", file=sys.stderr)
        write(lines)
    return missing


def line(row, command, match):
    groups = {name: thousands(text) for name, text in match.groupdict(default="-").items()}
    return f"| {row.name} | {row.what.format(**groups)} | {row.figure.format(**groups)} | `{command}` |"


def thousands(text):
    return f"{int(text):,}" if text.isdigit() else text


def table():
    """The lines of the page's table by the name of the row."""
    lines = PAGE.read_text().split(BEGIN)[1].split(END)[0].strip().splitlines()[2:]
    return {line.split("|")[1].strip(): line for line in lines}


def write(lines):
    """Replaces the page's table. Rows are in the order of `COMMANDS`; those that it does not have come last."""
    names = [row.name for rows in COMMANDS.values() for row in rows]
    ordered = [lines[name] for name in names if name in lines] + [lines[name] for name in lines if name not in names]
    page = PAGE.read_text()
    start, end = page.index(BEGIN) + len(BEGIN), page.index(END)
    PAGE.write_text(page[:start] + "\n" + "\n".join([HEAD, *ordered]) + "\n" + page[end:])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", metavar="NAME", help="fill only these rows")
    parser.add_argument("--list", action="store_true", help="print the names of the rows and their commands")
    arguments = parser.parse_args()
    if arguments.list:
        print("\n".join(f"{row.name:<18}{command}" for command, rows in COMMANDS.items() for row in rows))
        return
    parts = arguments.only or [""]
    selected = {command: [row for row in rows if any(part in row.name or part in command for part in parts)]
                for command, rows in COMMANDS.items()}
    sys.exit(min(fill(selected), 1))


if __name__ == "__main__":
    main()
