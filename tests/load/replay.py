"""Replays two worlds, side by side with DuckDB over the same files.

The first world is the simulator's, the second one comes from `world.py` and is harder: more events a
conversation, more agents and queues, alerts that nobody answers, blanks behind `:` and `,`. Both files
are made on the first run. Rounds alternate between one thread of ours, two of ours and one of DuckDB's,
so that a busy moment of the machine hits all; the fastest round of each counts. Prints the ratios of
their speeds, and what a conversation takes in memory on one thread.

Usage: replay.py HEADROOM FOLDER [ROUNDS]
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import world

EVENTS = 1_000_000
CONVERSATIONS = 143_000
RATIO_MIN = 0.9
THREADED_RATIO_MIN = 1.4
# Memory of a conversation, all of a replay on one thread divided by their number, by world.
SIMULATED_BYTES_MAX = 1_370
BUSY_BYTES_MAX = 2_550
USED = re.compile(rb'"detail-type":"v2\.detail\.events\.conversation\.\{id\}\.'
                  rb'(acd\.start|acd\.end|user\.start|user\.end|acw|customer\.start|customer\.end)"')


def simulate(headroom: str, file: Path) -> None:
    """Writes the detail events of a simulation that become facts, and no others."""
    raw = file.with_name("bench-all.ndjson")
    subprocess.run([headroom, "simulate", "--quiet", "--seed", "7", "--conversations",
                    str(CONVERSATIONS), "--out", raw], check=True)
    count = 0
    with raw.open("rb") as source, file.open("wb") as target:
        for line in source:
            if USED.search(line[:400]):
                target.write(line)
                count += 1
                if count == EVENTS:
                    break
    raw.unlink()
    if count < EVENTS:
        sys.exit(f"only {count} events; raise CONVERSATIONS")


def ours(headroom: str, file: Path, threads: int) -> dict:
    """One replay: seconds, events, conversations, and the most memory that it took."""
    command = [headroom, "replay", "--threads", str(threads), "--out", rows_of(file), file]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    summary = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(summary)
    number = lambda what: float(re.search(rf"([\d,.]+)  {what}", summary)[1].replace(",", ""))
    return {"seconds": number("seconds"), "events": number("lines"),
            "conversations": number("conversations"), "kilobytes": usage.ru_maxrss}


def peer(file: Path) -> dict:
    """One run of DuckDB, in a process of its own."""
    script = Path(__file__).with_name("duckdb_peer.py")
    output = subprocess.run([sys.executable, script, file, "1"], check=True, capture_output=True)
    return json.loads(output.stdout)


def rows_of(file: Path) -> Path:
    return file.with_name(f"{file.stem}-rows.ndjson")


def talked(rows: Path) -> int:
    """What our rows say was talked, in ms: DuckDB has to find the same."""
    total = 0
    with rows.open() as lines:
        for line in lines:
            row = json.loads(line)
            if row["subject"].startswith("queue#") and row["bucket"].startswith("PT30M#"):
                total += row["metrics"].get("tTalkComplete.sum", 0)
    return total


def fastest(runs: list) -> float:
    return min(run["seconds"] for run in runs)


def compare(headroom: str, file: Path, bytes_max: int, rounds: int) -> bool:
    """Runs one world, and prints what came out; whether all of it is as wanted."""
    alone, threaded, theirs = [], [], []
    for number in range(rounds):
        threaded.append(ours(headroom, file, 2))
        alone.append(ours(headroom, file, 1))
        theirs.append(peer(file))
        print(f"round {number + 1}: headroom {alone[-1]['seconds']:.2f} s, "
              f"on two threads {threaded[-1]['seconds']:.2f} s, "
              f"DuckDB {theirs[-1]['seconds']:.2f} s", flush=True)
    events, conversations = alone[0]["events"], alone[0]["conversations"]
    ratio, threaded_ratio = (fastest(theirs) / fastest(runs) for runs in (alone, threaded))
    memory = min(run["kilobytes"] for run in alone) * 1024
    found, expected = talked(rows_of(file)), theirs[0]["talkMs"]
    print(f"file:     {events:,.0f} events, {file.stat().st_size / events:,.0f} bytes each")
    print(f"headroom: {events / fastest(alone):,.0f} events/s, "
          f"on two threads {events / fastest(threaded):,.0f}")
    print(f"DuckDB {theirs[0]['version']}: {events / fastest(theirs):,.0f} events/s, on one thread")
    print(f"ratio:    {ratio:.2f} of DuckDB's speed (wanted: {RATIO_MIN} or more), "
          f"on two threads {threaded_ratio:.2f} (wanted: {THREADED_RATIO_MIN} or more)")
    print(f"memory:   {memory / 1024 / 1024:,.0f} MiB in all, {memory / conversations:,.0f} bytes for each "
          f"of {conversations:,.0f} conversations (wanted: {bytes_max:,} or less)")
    print(f"talked:   {found:,} ms by our rows, {expected:,} ms by DuckDB's", flush=True)
    fast = ratio >= RATIO_MIN and threaded_ratio >= THREADED_RATIO_MIN
    return fast and memory <= bytes_max * conversations and found == expected


def main() -> None:
    headroom, folder = sys.argv[1], Path(sys.argv[2])
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 5
    folder.mkdir(parents=True, exist_ok=True)
    simulated, busy = folder / "bench.ndjson", folder / "bench-busy.ndjson"
    if not simulated.exists():
        simulate(headroom, simulated)
    if not busy.exists():
        world.write(busy)
    wanted = True
    for name, file, bytes_max in [("the simulator's world", simulated, SIMULATED_BYTES_MAX),
                                  ("the busy world", busy, BUSY_BYTES_MAX)]:
        print(f"--- {name}")
        wanted &= compare(headroom, file, bytes_max, rounds)
    if not wanted:
        sys.exit("not what is wanted; on a busy machine, run it again")


if __name__ == "__main__":
    main()
