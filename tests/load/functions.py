"""Holds the built functions to their limits: size, time to start, memory.

A function has started when it asks for its first invocation, here of a runtime API in this script
that never answers; its memory is read while it waits. Rounds alternate between the functions and
`/bin/true`, whose time from start to end is the least that a process takes here: a busy moment of
the machine hits all, and medians count. The page cache is warm and nothing connects to AWS: this is
not Lambda's cold start.

Then each function answers an event under another runtime API, Amazon's emulator out of aws-sam-cli.
It starts the function when the event comes, so the first answer's time holds a start as well. The gap
reader is left out of this: each of its runs begins with AWS.

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

# The gap reader has an HTTP client and two services more, and nobody waits for it to start.
SIZE_MAX = 10_000_000
START_MS_MAX = 10
RESIDENT_MAX = 30 * 1024 * 1024
ROUNDS, EMULATED_ROUNDS = 31, 11
WAIT_S = 10
MB = 1_000_000
POLL = b"GET /2018-06-01/runtime/invocation/next "

# What a function finds on Lambda. Nothing named here exists: the events below need none of it.
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
}
ROUTE = "arn:aws:execute-api:us-east-1:123456789012:api/v1/$connect"
IGNORED = Path(__file__).parents[2] / "events/samples/g07-queue-observations.json"
DENIED = {"Action": "execute-api:Invoke", "Effect": "Deny", "Resource": ROUTE}
# For each other function an event, and the answer to it: an event that no number depends on, no changes, a
# viewer of whom the authorizer has said nothing, and one without a token.
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
def running(name: str, command: list, log: Path, **more: str):
    """A process for a function, until the block ends. If that fails, tells what the process wrote."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, env={**LAMBDA, "AWS_LAMBDA_FUNCTION_NAME": name,
                                                 **ENVIRONMENT[name], **more},
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


def floor() -> float:
    """ms from the start to the end of a process that does nothing."""
    began = time.perf_counter()
    subprocess.run(["/bin/true"], env={}, check=True)
    return milliseconds(began)


def started(name: str, bootstrap: Path, server: socket.socket, log: Path) -> tuple[float, int]:
    """ms from the start of a process to its first poll, and its resident bytes then."""
    api = "{}:{}".format(*server.getsockname())
    began = time.perf_counter()
    with running(name, [bootstrap], log, AWS_LAMBDA_RUNTIME_API=api) as process:
        connection, _ = server.accept()
        with connection:
            connection.settimeout(WAIT_S)
            request = connection.recv(len(POLL), socket.MSG_WAITALL)
            took = milliseconds(began)
            if request != POLL:
                raise ValueError(f"asks for {request} first")
            status = Path(f"/proc/{process.pid}/status").read_text()
            return took, int(status.split("VmRSS:")[1].split()[0]) * 1024


def answered(name: str, bootstrap: Path, emulator: Path, log: Path) -> float:
    """ms to the first answer under the emulator, which has to be the right one."""
    ports = free_ports()
    command = [emulator, "--runtime-interface-emulator-address", f"127.0.0.1:{ports[0]}",
               "--runtime-api-address", f"127.0.0.1:{ports[1]}", "--log-level", "error", bootstrap]
    event, expected = EXCHANGES[name]
    with running(name, command, log):
        connection = connect(ports[0])
        began = time.perf_counter()
        connection.request("POST", "/2015-03-31/functions/function/invocations", json.dumps(event))
        answer = connection.getresponse().read()
        took = milliseconds(began)
        if json.loads(answer) != expected:
            raise ValueError(f"answers {answer}")
        return took


def free_ports() -> list:
    """Two that nobody listens on: the emulator cannot choose its own."""
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as two:
        return [one.getsockname()[1], two.getsockname()[1]]


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


def installed(sam: Path, folder: Path) -> Path:
    """The emulator for this machine, copied, since it is installed as a file that cannot be run."""
    machine = {"aarch64": "arm64"}.get(platform.machine(), platform.machine())
    found = list(sam.glob(f"lib/python*/site-packages/samcli/local/rapid/aws-lambda-rie-{machine}"))
    if not found:
        sys.exit(f"{sam} has no aws-lambda-rie-{machine}: is aws-sam-cli installed there?")
    emulator = Path(shutil.copy(found[0], folder / "aws-lambda-rie"))
    emulator.chmod(0o755)
    return emulator


def measure(bootstraps: dict, sam: Path, rounds: int, folder: Path) -> tuple[list, dict, dict]:
    """The floor's times, each function's starts, and its times under the emulator."""
    emulator, log = installed(sam, folder), folder / "log"
    floors, starts, answers = [], {name: [] for name in bootstraps}, {name: [] for name in EXCHANGES}
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(WAIT_S)
        for _ in range(rounds):
            floors.append(floor())
            for name, bootstrap in bootstraps.items():
                starts[name].append(started(name, bootstrap, server, log))
    for _ in range(EMULATED_ROUNDS):
        for name, times in answers.items():
            times.append(answered(name, bootstraps[name], emulator, log))
    return floors, starts, answers


def main() -> None:
    built, sam = Path(sys.argv[1]).resolve(), Path(sys.argv[2])
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else ROUNDS
    bootstraps = {name: built / name / "bootstrap" for name in ENVIRONMENT}
    for missing in (file for file in bootstraps.values() if not file.exists()):
        sys.exit(f"{missing} is missing: run `make functions`")
    with tempfile.TemporaryDirectory() as folder:
        floors, starts, answers = measure(bootstraps, sam, rounds, Path(folder))
    over = []
    print(f"{'':<12}{'bytes':>10}{'MB':>6}{'start, ms':>11}{'resident, MB':>14}{'emulator, ms':>14}")
    for name, bootstrap in bootstraps.items():
        size = bootstrap.stat().st_size
        start, resident = median(ms for ms, _ in starts[name]), max(held for _, held in starts[name])
        answer = f"{median(answers[name]):.1f}" if name in answers else "-"
        print(f"{name:<12}{size:>10,}{size / MB:>6.2f}{start:>11.1f}{resident / MB:>14.1f}{answer:>14}")
        if size > SIZE_MAX or start > START_MS_MAX or resident > RESIDENT_MAX:
            over.append(name)
    print(f"{'/bin/true':<12}{'':>16}{median(floors):>11.1f}")
    print(f"{'limit':<12}{SIZE_MAX:>10,}{SIZE_MAX / MB:>6.2f}{START_MS_MAX:>11.1f}{RESIDENT_MAX / MB:>14.1f}")
    print(f"medians of {rounds} starts and {EMULATED_ROUNDS} first answers, the most memory; MB are 10^6")
    if over:
        sys.exit(f"over a limit: {', '.join(over)}; times on a busy machine are worth a second run")


if __name__ == "__main__":
    main()
