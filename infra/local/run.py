"""`make run`: a simulated contact centre with its Platform API, the local cloud, and the live queues.

The centre loses some of its events on the way to the bus; the gap reader brings them back from the API.
"""

import argparse
import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import tokens

ROOT = Path(__file__).resolve().parents[2]
CLOUD = Path(__file__).with_name("cloud.py")
_TOKEN_SECONDS = 7 * 24 * 3600
_STOP_SECONDS = 10
_API_SECONDS = 30
_FAULTS = "lose=0.02"
# So that one sees within a minute or two what takes ten in earnest: gaps are looked for soon, and read often.
_GAPS = {"gaps": {"settleSeconds": 20, "stepSeconds": 10}}
_GAP_READS_SECONDS = 10
_LOOK_SECONDS = 0.2
_PR_SET_PDEATHSIG = 1


def main():
    arguments = _arguments()
    # As Ctrl-C: whatever ends this ends what it started.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    children = []
    try:
        sys.exit(_run(arguments, children))
    except KeyboardInterrupt:
        pass  # This is how it is meant to end.
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        _stop(children)


def _arguments():
    parser = argparse.ArgumentParser(prog="run.py", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="of 127.0.0.1; 0 takes a free one")
    parser.add_argument("--headroom", type=Path, default=ROOT / "target/debug/headroom", help="the command line")
    parser.add_argument("--functions", type=Path, default=ROOT / "target/local/functions", help="the built functions")
    parser.add_argument("--rate", default="5", help="conversations per second (default: %(default)s)")
    return parser.parse_args()


def _run(arguments, children):
    """Starts everything, and returns the exit code of the one that ends first."""
    state = ROOT / f"target/local/{arguments.port}"
    state.mkdir(parents=True, exist_ok=True)
    log, ready = state / "centre.log", state / "api"
    ready.unlink(missing_ok=True)
    print("Starting the contact centre and the local cloud", file=sys.stderr)
    with log.open("w") as errors:
        simulate = _start(children, _simulate(arguments, ready), stdout=subprocess.PIPE, stderr=errors)
        api = _address(ready, simulate)
        if not api:
            return _centre_ended(log)
        made = _made(children, arguments, state, api)
        if not made:
            return 1
        environment = {**os.environ, **made["environment"]}
        put = _start(children, _put(arguments, made), stdin=simulate.stdout, stderr=errors, env=environment)
    simulate.stdout.close()
    watch = _start(children, _watch(arguments, made), env={**environment, "HEADROOM_TOKEN": _token(made)})
    ended = _first_to_end(children)
    if ended in (simulate, put):
        return _centre_ended(log)
    return watch.poll() if ended is watch else 1


def _address(ready, simulate):
    """Where the simulated Platform API listens, once it does; none if it does not come to that."""
    deadline = time.monotonic() + _API_SECONDS
    while simulate.poll() is None and time.monotonic() < deadline:
        if ready.exists() and (address := ready.read_text().strip()):
            return address
        time.sleep(_LOOK_SECONDS)
    return None


def _made(children, arguments, state, api):
    """Starts the local cloud, and returns what it made; none if it made nothing."""
    cloud = _start(children, _cloud(arguments, state, api), stdout=subprocess.PIPE)
    line = cloud.stdout.readline()
    return json.loads(line) if line else None


def _centre_ended(log):
    print(f"the simulated contact centre ended, see {log}", file=sys.stderr)
    return 1


def _first_to_end(children):
    while True:
        for child in children:
            if child.poll() is not None:
                return child
        time.sleep(_LOOK_SECONDS)


def _simulate(arguments, ready):
    centre = ["simulate", "--live", "--quiet", "--rate", arguments.rate, "--metrics-topic", "--faults", _FAULTS]
    return [arguments.headroom, *centre, "--api", "127.0.0.1:0", "--api-ready", ready]


def _cloud(arguments, state, api):
    cloud = [sys.executable, CLOUD, "--port", str(arguments.port), "--state", state, "up", "--genesys", api,
             "--functions", arguments.functions]
    return [*cloud, "--gap-reads", str(_GAP_READS_SECONDS), "--parameter", f"Settings={json.dumps(_GAPS)}"]


def _put(arguments, made):
    return [arguments.headroom, "put", "--bus", made["outputs"]["HeadroomBusName"], "-"]


def _watch(arguments, made):
    return [arguments.headroom, "watch", made["viewerUrl"]]


def _token(made):
    return tokens.mint(Path(made["key"]), "make-run", ["*"], True, _TOKEN_SECONDS)


def _start(children, command, **options):
    child = subprocess.Popen(command, preexec_fn=_end_with_parent, **options)
    children.append(child)
    return child


def _end_with_parent():
    """Even if this is killed, nothing stays behind. Linux only; elsewhere the local cloud looks for its parent."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _stop(children):
    """The last started first: who reads before who serves."""
    for child in reversed(children):
        if child.poll() is None:
            child.terminate()
        try:
            child.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()


if __name__ == "__main__":
    main()
