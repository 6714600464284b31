"""A small contact centre for the tests: its rows by the engine, and exports of them, in a folder of its own."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HEADROOM = Path(os.environ.get("HEADROOM", ROOT / "target/debug/headroom")).resolve()
# `headroom query` runs the duckdb that stands beside this python.
ENVIRONMENT = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"}
AT = "2026-05-14T00:00:00Z"
SETTINGS = {
    "timeZone": "Europe/Vienna",
    "serviceLevelFormula": {"includeFlowouts": True, "includeShortAbandons": False, "includeAbandons": True},
    "occupancyFormula": {"includeNotResponding": True, "includeCommunicating": True},
}


def own_folder(test_case):
    """A folder that goes with the class of tests."""
    temporary = tempfile.TemporaryDirectory()
    test_case.addClassCleanup(temporary.cleanup)
    return Path(temporary.name)


def run(*arguments, check=True):
    """Runs headroom. Returns what it prints."""
    result = subprocess.run([HEADROOM, *map(str, arguments)], capture_output=True, text=True, env=ENVIRONMENT)
    if check and result.returncode:
        raise AssertionError(f"headroom {' '.join(map(str, arguments))}: {result.stderr}")
    return result.stdout if check else result


def rows(path):
    """The rows of a file, by subject and bucket."""
    with open(path) as lines:
        parsed = map(json.loads, lines)
        return {(row["subject"], row["bucket"]): row for row in parsed}


def query(sql, folder, *options):
    """The result of a query, a dictionary a row."""
    return json.loads(run("query", sql, folder, "--format", "json", "--quiet", *options) or "[]")


def replay(folder, name, *arguments, settings=None):
    """Simulates and replays a centre. Returns the path of its rows."""
    events, out = folder / f"{name}.events.ndjson", folder / f"{name}.ndjson"
    given = [] if settings is None else ["--settings", settings]
    run("simulate", "--out", events, "--truth", "/dev/null", "--quiet", *arguments)
    run("replay", "--quiet", "--stored-sums", "--out", out, *given, events)
    return out


def settings_file(folder, settings=SETTINGS):
    path = folder / "settings.json"
    path.write_text(json.dumps(settings))
    return path


def names_file(folder, rows_of_world):
    """Names of all queues but the last one. Returns the path and the names."""
    ids = sorted({subject.split("#")[1] for subject, _ in rows_of_world if subject.startswith("queue#")})
    names = {queue: f"Queue 'no' {number}" for number, queue in enumerate(ids[:-1])}
    path = folder / "names.json"
    path.write_text(json.dumps(names))
    return path, ids, names


def write_rows(path, rows_by_key):
    """Writes rows as a replay does, in order."""
    lines = (json.dumps(rows_by_key[key]) for key in sorted(rows_by_key))
    path.write_text("".join(f"{line}\n" for line in lines))
    return path
