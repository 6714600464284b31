"""`make run`: the local cloud, a simulated contact centre that puts events on its bus, and the live queues."""

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
    parser.add_argument("--headroom", type=Path, default=ROOT / "target/release/headroom", help="the command line")
    parser.add_argument("--rate", default="5", help="conversations per second (default: %(default)s)")
    return parser.parse_args()


def _run(arguments, children):
    """Starts everything, and returns the exit code of the one that ends first."""
    cloud = _start(children, [sys.executable, CLOUD, "--port", str(arguments.port), "up"], stdout=subprocess.PIPE)
    line = cloud.stdout.readline()
    if not line:
        return cloud.wait() or 1
    made = json.loads(line)
    environment = {**os.environ, **made["environment"]}
    log = Path(made["log"]).with_name("centre.log")
    with log.open("w") as errors:
        simulate = _start(children, _simulate(arguments), stdout=subprocess.PIPE, stderr=errors)
        put = _start(children, _put(arguments, made), stdin=simulate.stdout, stderr=errors, env=environment)
    simulate.stdout.close()
    watch = _start(children, _watch(arguments, made), env={**environment, "HEADROOM_TOKEN": _token(made)})
    ended = _first_to_end(children)
    if ended in (simulate, put):
        print(f"the simulated contact centre ended, see {log}", file=sys.stderr)
    return watch.poll() if ended is watch else 1


def _first_to_end(children):
    while True:
        for child in children:
            if child.poll() is not None:
                return child
        time.sleep(_LOOK_SECONDS)


def _simulate(arguments):
    return [arguments.headroom, "simulate", "--live", "--quiet", "--rate", arguments.rate]


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
