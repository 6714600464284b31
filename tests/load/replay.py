"""Replays a million detail events, side by side with DuckDB over the same file, one thread each.

Makes the file on the first run. Rounds alternate between the two, so that a busy moment of the
machine hits both; the fastest round of each counts. Prints the ratio of their speeds, and what a
conversation takes in memory.

Usage: replay.py HEADROOM FOLDER [ROUNDS]
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

EVENTS = 1_000_000
CONVERSATIONS = 143_000
RATIO_MIN = 0.7
BYTES_MAX = 2_048
USED = re.compile(rb'"detail-type":"v2\.detail\.events\.conversation\.\{id\}\.'
                  rb'(acd\.start|acd\.end|user\.start|user\.end|acw|customer\.start|customer\.end)"')


def make(headroom: str, file: Path) -> None:
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


def ours(headroom: str, file: Path) -> dict:
    """One replay: seconds, conversations, and the most memory that it took."""
    rows = file.with_name("bench-rows.ndjson")
    process = subprocess.Popen([headroom, "replay", "--out", rows, file], stderr=subprocess.PIPE, text=True)
    summary = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(summary)
    number = lambda what: float(re.search(rf"([\d,.]+)  {what}", summary)[1].replace(",", ""))
    return {"seconds": number("seconds"), "conversations": number("conversations"),
            "kilobytes": usage.ru_maxrss}


def peer(file: Path) -> dict:
    """One run of DuckDB, in a process of its own."""
    script = Path(__file__).with_name("duckdb_peer.py")
    output = subprocess.run([sys.executable, script, file, "1"], check=True, capture_output=True)
    return json.loads(output.stdout)


def talked(rows: Path) -> int:
    """What our rows say was talked, in ms: DuckDB has to find the same."""
    total = 0
    with rows.open() as lines:
        for line in lines:
            row = json.loads(line)
            if row["subject"].startswith("queue#") and row["bucket"].startswith("PT30M#"):
                total += row["metrics"].get("tTalkComplete.sum", 0)
    return total


def main() -> None:
    headroom, folder = sys.argv[1], Path(sys.argv[2])
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 5
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "bench.ndjson"
    if not file.exists():
        make(headroom, file)
    mine, theirs = [], []
    for number in range(rounds):
        mine.append(ours(headroom, file))
        theirs.append(peer(file))
        print(f"round {number + 1}: headroom {mine[-1]['seconds']:.2f} s, "
              f"DuckDB {theirs[-1]['seconds']:.2f} s", flush=True)
    fastest, other = (min(run["seconds"] for run in runs) for runs in (mine, theirs))
    size, conversations = file.stat().st_size, mine[0]["conversations"]
    each = mine[0]["kilobytes"] * 1024 / conversations
    print(f"file:     {EVENTS:,} events, {size / EVENTS:,.0f} bytes each")
    print(f"headroom: {EVENTS / fastest:,.0f} events/s")
    print(f"DuckDB {theirs[0]['version']}: {EVENTS / other:,.0f} events/s")
    print(f"ratio:    {other / fastest:.2f} of DuckDB's speed (wanted: {RATIO_MIN} or more)")
    print(f"memory:   {mine[0]['kilobytes'] / 1024:,.0f} MiB in all, {each:,.0f} bytes for each of "
          f"{conversations:,.0f} conversations (wanted: {BYTES_MAX:,} or less)")
    found, expected = talked(file.with_name("bench-rows.ndjson")), theirs[0]["talkMs"]
    print(f"talked:   {found:,} ms by our rows, {expected:,} ms by DuckDB's")
    if other / fastest < RATIO_MIN or each > BYTES_MAX or found != expected:
        sys.exit("not what is wanted; on a busy machine, run it again")


if __name__ == "__main__":
    main()
