"""Checks the limits of the built functions: size, time to start, memory.

A function has started when it asks for its first invocation, here from a runtime API in this script
that never responds; its memory is read while it waits. Rounds alternate between the functions and
`/bin/true`, whose time from start to end is the minimum for a process here. A busy moment of the
machine so affects all of them; medians count. The page cache is warm and nothing connects to AWS:
this is not Lambda's cold start.

Then each function responds to an event under another runtime API, Amazon's emulator from aws-sam-cli.
It starts the function when the event comes, so the time of the first response includes a start. The
gap reader and rows are left out here: their first step is a request to AWS.

Usage: functions.py FOLDER SAM [ROUNDS]
FOLDER holds <function>/bootstrap; SAM is a virtual environment with aws-sam-cli.
"""

import json
import platform
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from statistics import median

SIZE_MAX = 10_000_000
START_MS_MAX = 10
RESIDENT_MAX = 30 * 1024 * 1024
ROUNDS, EMULATED_ROUNDS = 31, 11
WAIT_S = 10
MB = 1_000_000
POLL = b"GET /2018-06-01/runtime/invocation/next "

# The environment of a function on Lambda. Nothing named here exists: the events below do not need it.
LAMBDA = {"AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
          "AWS_LAMBDA_FUNCTION_VERSION": "1", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
          "AWS_LAMBDA_FUNCTION_TIMEOUT": "5"}
VIEWERS = {"CONNECTIONS_TABLE": "connections", "MANAGEMENT_ENDPOINT": "https://api.example/v1"}
ENVIRONMENT = {
    "ingest": {"ENTITIES_TABLE": "entities", "ROWS_TABLE": "rows", "LEDGER_TABLE": "ledger",
               "QUARANTINE_QUEUE_URL": "https://sqs.example/1/quarantine"},
    "push": VIEWERS,
    "connections": {**VIEWERS, "ROWS_TABLE": "rows"},
    "gap-reader": {"ENTITIES_TABLE": "entities", "LEDGER_TABLE": "ledger", "EVENT_BUS": "bus",
                   "GENESYS_API_URL": "https://api.example", "GENESYS_LOGIN_URL": "https://login.example",
                   "GENESYS_SECRET_ARN": "arn:aws:secretsmanager:us-east-1:123456789012:secret:s"},
    "authorizer": {"JWKS_URL": "https://issuer.example/jwks", "JWT_ISSUER": "issuer", "JWT_AUDIENCE": "a"},
    "rows": {"ROWS_TABLE": "rows", "LEDGER_TABLE": "ledger"},
    "exporter": {"ROWS_TABLE": "rows", "LEDGER_TABLE": "ledger", "EXPORT_BUCKET": "exports"},
    "auditor": {"ENTITIES_TABLE": "entities", "ROWS_TABLE": "rows", "LEDGER_TABLE": "ledger"},
}
ROUTE = "arn:aws:execute-api:us-east-1:123456789012:api/v1/$connect"
IGNORED = Path(__file__).parents[2] / "events/samples/g07-queue-observations.json"
DENIED = {"Action": "execute-api:Invoke", "Effect": "Deny", "Resource": ROUTE}
# An event for each function but those on a schedule and rows, and the expected response: an event that no KPI depends on,
# an empty batch, a viewer without an authorizer's context, and a viewer without a token.
EXCHANGES = {
    "ingest": ({"Records": [{"messageId": "1", "body": IGNORED.read_text(), "eventSource": "aws:sqs",
                             "attributes": {}, "messageAttributes": {}}]},
               {"batchItemFailures": []}),
    "push": ({"Records": []}, None),
    "connections": ({"requestContext": {"routeKey": "$connect", "connectionId": "c="}},
                    {"statusCode": 403}),
    "authorizer": ({"methodArn": ROUTE, "headers": {"Sec-WebSocket-Protocol": "headroom.v1"}},
                   {"principalId": "nobody",
                    "policyDocument": {"Version": "2012-10-17", "Statement": [DENIED]}}),
}


@contextmanager
def running(name: str, command: list, log: Path, **variables: str):
    """Runs a function's process until the block ends. If the block fails, exits with the process's output."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, env={**LAMBDA, "AWS_LAMBDA_FUNCTION_NAME": name,
                                                 **ENVIRONMENT[name], **variables},
                                   stdout=output, stderr=output)
    try:
        yield process
    except (OSError, ValueError) as error:
        sys.exit(f"{name}: {error}\n{log.read_text(errors='replace')}")
    finally:
        process.terminate()
        process.wait()


def milliseconds(began: float) -> float:
    return (time.perf_counter() - began) * 1_000


def time_true() -> float:
    """ms from the start to the end of `/bin/true`, a process that does nothing."""
    began = time.perf_counter()
    subprocess.run(["/bin/true"], env={}, check=True)
    return milliseconds(began)


def time_start(name: str, bootstrap: Path, server: socket.socket, log: Path) -> tuple[float, int]:
    """ms from the start of a process to its first poll, and its resident bytes then."""
    api = "{}:{}".format(*server.getsockname())
    began = time.perf_counter()
    with running(name, [bootstrap], log, AWS_LAMBDA_RUNTIME_API=api) as process:
        connection, _ = server.accept()
        with connection:
            connection.settimeout(WAIT_S)
            request = connection.recv(len(POLL), socket.MSG_WAITALL)
            start_ms = milliseconds(began)
            if request != POLL:
                raise ValueError(f"asks for {request} first")
            status = Path(f"/proc/{process.pid}/status").read_text()
            return start_ms, int(status.split("VmRSS:")[1].split()[0]) * 1024


def time_response(name: str, bootstrap: Path, emulator: Path, log: Path) -> float:
    """ms to the first response under the emulator. Fails if it is not the expected one."""
    ports = free_ports()
    command = [emulator, "--runtime-interface-emulator-address", f"127.0.0.1:{ports[0]}",
               "--runtime-api-address", f"127.0.0.1:{ports[1]}", "--log-level", "error", bootstrap]
    event, expected = EXCHANGES[name]
    with running(name, command, log):
        connection = connect(ports[0])
        began = time.perf_counter()
        connection.request("POST", "/2015-03-31/functions/function/invocations", json.dumps(event))
        response = connection.getresponse().read()
        response_ms = milliseconds(began)
        if json.loads(response) != expected:
            raise ValueError(f"responds {response}")
        return response_ms


def free_ports() -> list:
    """Two free ports: the emulator cannot choose its own."""
    with socket.create_server(("127.0.0.1", 0)) as first, socket.create_server(("127.0.0.1", 0)) as second:
        return [first.getsockname()[1], second.getsockname()[1]]


def connect(port: int) -> HTTPConnection:
    """A connection to a server that is about to listen."""
    deadline = time.monotonic() + WAIT_S
    while True:
        try:
            connection = HTTPConnection("127.0.0.1", port, timeout=WAIT_S)
            connection.connect()
            return connection
        except ConnectionRefusedError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.005)


def copy_emulator(sam: Path, folder: Path) -> Path:
    """An executable copy of the emulator for this machine: its package installs it without that permission."""
    machine = {"aarch64": "arm64"}.get(platform.machine(), platform.machine())
    files = list(sam.glob(f"lib/python*/site-packages/samcli/local/rapid/aws-lambda-rie-{machine}"))
    if not files:
        sys.exit(f"{sam} has no aws-lambda-rie-{machine}: is aws-sam-cli installed there?")
    emulator = Path(shutil.copy(files[0], folder / "aws-lambda-rie"))
    emulator.chmod(0o755)
    return emulator


def measure(bootstraps: dict, sam: Path, rounds: int, folder: Path) -> tuple[list, dict, dict]:
    """The times of `/bin/true`; of each function its starts, and its first responses under the emulator."""
    emulator, log = copy_emulator(sam, folder), folder / "log"
    minimums, starts = [], {name: [] for name in bootstraps}
    responses = {name: [] for name in EXCHANGES}
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(WAIT_S)
        for _ in range(rounds):
            minimums.append(time_true())
            for name, bootstrap in bootstraps.items():
                starts[name].append(time_start(name, bootstrap, server, log))
    for _ in range(EMULATED_ROUNDS):
        for name, times in responses.items():
            times.append(time_response(name, bootstraps[name], emulator, log))
    return minimums, starts, responses


def main() -> None:
    built, sam = Path(sys.argv[1]).resolve(), Path(sys.argv[2])
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else ROUNDS
    bootstraps = {name: built / name / "bootstrap" for name in ENVIRONMENT}
    for missing in (file for file in bootstraps.values() if not file.exists()):
        sys.exit(f"{missing} is missing: run `make functions`")
    with tempfile.TemporaryDirectory() as folder:
        minimums, starts, responses = measure(bootstraps, sam, rounds, Path(folder))
    over, sizes, start_times, memory = [], [], [], []
    print(f"{'':<12}{'bytes':>10}{'MB':>6}{'start, ms':>11}{'resident, MB':>14}{'emulator, ms':>14}")
    for name, bootstrap in bootstraps.items():
        size = bootstrap.stat().st_size
        start, resident = median(ms for ms, _ in starts[name]), max(resident for _, resident in starts[name])
        response = f"{median(responses[name]):.1f}" if name in responses else "-"
        print(f"{name:<12}{size:>10,}{size / MB:>6.2f}{start:>11.1f}{resident / MB:>14.1f}{response:>14}")
        sizes.append(f"{size / MB:.1f}")
        start_times.append(start)
        memory.append(resident)
        if size > SIZE_MAX or start > START_MS_MAX or resident > RESIDENT_MAX:
            over.append(name)
    print(f"{'/bin/true':<12}{'':>16}{median(minimums):>11.1f}")
    print(f"{'limit':<12}{SIZE_MAX:>10,}{SIZE_MAX / MB:>6.2f}{START_MS_MAX:>11.1f}{RESIDENT_MAX / MB:>14.1f}")
    print(f"medians of {rounds} starts and {EMULATED_ROUNDS} first responses, the most memory; MB are 10^6")
    # For figures.py.
    print(f"sizes: {' / '.join(sizes)} MB ({' / '.join(bootstraps)})")
    print(f"start: {max(start_times):.1f} ms at most (/bin/true: {median(minimums):.1f} ms)")
    print(f"resident: {max(memory) / MB:.1f} MB at most")
    if over:
        sys.exit(f"over a limit: {', '.join(over)}; times on a busy machine are worth a second run")


if __name__ == "__main__":
    main()
