"""`make run`: a simulated contact centre with a Platform API, the local cloud, the wallboard, and `headroom watch`.

Some events of the contact centre are lost on their way to the bus. The gap reader reads them from the API.
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

import board
import tokens

ROOT = Path(__file__).resolve().parents[2]
CLOUD = Path(__file__).with_name("cloud.py")
_TOKEN_SECONDS = 7 * 24 * 3600
# The wallboard asks for another one in time.
_BOARD_TOKEN_SECONDS = 3600
_STOP_SECONDS = 10
_API_SECONDS = 30
_FAULTS = "lose=0.02"
# With the defaults a gap is read after ten minutes. These values show it within a minute or two.
_GAPS = {"gaps": {"settleSeconds": 20, "stepSeconds": 10}}
_GAP_READS_SECONDS = 10
_POLL_SECONDS = 0.2
_PR_SET_PDEATHSIG = 1


def main():
    arguments = _arguments()
    # SIGTERM ends this as Ctrl-C does, and so ends all processes that it started.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    children = []
    try:
        sys.exit(_run(arguments, children))
    except KeyboardInterrupt:
        pass  # Ctrl-C is the normal end.
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
    """Starts all processes, and returns the exit code of the first one that ends."""
    state = ROOT / f"target/local/{arguments.port}"
    state.mkdir(parents=True, exist_ok=True)
    log, ready = state / "centre.log", state / "api"
    ready.unlink(missing_ok=True)
    with log.open("w") as errors:
        _step(f"1 of 3: starting a simulated contact centre, {arguments.rate} conversations a second (log: {log})")
        simulate = _start(children, _simulate(arguments, ready), stdout=subprocess.PIPE, stderr=errors)
        api = _address(ready, simulate)
        if not api:
            return _report_centre_ended(log)
        _step("2 of 3: starting the local cloud, and deploying infra/template.yaml to it (a few seconds)")
        wallboard = board.Board(arguments.port + 1 if arguments.port else 0) if board.is_built() else None
        stack = _deploy(children, arguments, state, api, wallboard)
        if not stack:
            return 1
        environment = {**os.environ, **stack["environment"]}
        put = _start(children, _put(arguments, stack), stdin=simulate.stdout, stderr=errors, env=environment)
    simulate.stdout.close()
    _show_wallboard(wallboard, stack)
    _step(f"rows by HTTP: {stack['rowsUrl']}?subject=queue%23*, with a token (docs/rest.md)")
    _step("3 of 3: connecting as a viewer; the first numbers come within ten seconds, Ctrl-C ends everything")
    watch = _start(children, _watch(arguments, stack), env={**environment, "HEADROOM_TOKEN": _token(stack, _TOKEN_SECONDS)})
    ended = _first_to_end(children)
    if ended in (simulate, put):
        return _report_centre_ended(log)
    return watch.poll() if ended is watch else 1


def _step(text):
    print(text, file=sys.stderr, flush=True)


def _address(ready, simulate):
    """Waits until the simulated Platform API listens, and returns its address; None if it does not start."""
    deadline = time.monotonic() + _API_SECONDS
    while simulate.poll() is None and time.monotonic() < deadline:
        if ready.exists() and (address := ready.read_text().strip()):
            return address
        time.sleep(_POLL_SECONDS)
    return None


def _show_wallboard(wallboard, stack):
    if not wallboard:
        _step("no wallboard: `make dashboard` builds it (Node 20.19 or later, with npm)")
        return
    wallboard.start(stack["viewerUrl"], lambda: _token(stack, _BOARD_TOKEN_SECONDS))
    _step(f"the wallboard: {wallboard.origin}/")


def _deploy(children, arguments, state, api, wallboard):
    """Starts the local cloud, and returns the description that it prints once it has deployed; None if it fails."""
    cloud = _start(children, _cloud(arguments, state, api, wallboard), stdout=subprocess.PIPE)
    line = cloud.stdout.readline()
    return json.loads(line) if line else None


def _report_centre_ended(log):
    print(f"the simulated contact centre ended, see {log}", file=sys.stderr)
    return 1


def _first_to_end(children):
    while True:
        for child in children:
            if child.poll() is not None:
                return child
        time.sleep(_POLL_SECONDS)


def _simulate(arguments, ready):
    centre = ["simulate", "--live", "--quiet", "--agents", "--rate", arguments.rate, "--metrics-topic", "--faults", _FAULTS]
    return [arguments.headroom, *centre, "--api", "127.0.0.1:0", "--api-ready", ready]


def _cloud(arguments, state, api, wallboard):
    cloud = [sys.executable, CLOUD, "--port", str(arguments.port), "--state", state, "up"]
    genesys = ["--genesys", api, "--gap-reads", str(_GAP_READS_SECONDS)]
    origins = ["--origins", wallboard.origin] if wallboard else []
    return [*cloud, "--functions", arguments.functions, *origins, *genesys, "--parameter", f"Settings={json.dumps(_GAPS)}"]


def _put(arguments, stack):
    return [arguments.headroom, "put", "--bus", stack["outputs"]["HeadroomBusName"], "-"]


def _watch(arguments, stack):
    return [arguments.headroom, "watch", stack["viewerUrl"]]


def _token(stack, seconds):
    return tokens.mint(Path(stack["key"]), "make-run", ["*"], True, seconds)


def _start(children, command, **options):
    child = subprocess.Popen(command, preexec_fn=_end_with_parent, **options)
    children.append(child)
    return child


def _end_with_parent():
    """Ends the child when this process is killed. Linux only; elsewhere the local cloud itself checks for its parent."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _stop(children):
    """Ends the last started first: a client before its server."""
    for child in reversed(children):
        if child.poll() is None:
            child.terminate()
        try:
            child.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()


if __name__ == "__main__":
    main()
