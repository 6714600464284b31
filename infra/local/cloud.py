"""Starts the local cloud and deploys to it (`up`), prints tokens (`token`) and logs (`logs`)."""

import argparse
import asyncio
import json
import os
import shutil
import signal
import sys
import time
from pathlib import Path

import batches
import emulator
import schedule

ROOT = Path(__file__).resolve().parents[2]
PORT = 8420
_PARENT_POLL_SECONDS = 0.2


def main():
    arguments = _arguments()
    try:
        arguments.run(arguments)
    except emulator.Unusable as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


def _arguments():
    parser = argparse.ArgumentParser(prog="cloud.py", description=__doc__)
    parser.add_argument("--port", type=int, default=PORT, help="of 127.0.0.1; 0 is a free one (default: %(default)s)")
    parser.add_argument("--state", type=Path, help="folder of key, log and other files (default: target/local/<port>)")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_up(commands)
    _add_token(commands)
    _add_logs(commands)
    check = commands.add_parser("check", help="say whether the port is free")
    check.set_defaults(run=lambda arguments: emulator.listen(arguments.port).close())
    return parser.parse_args()


def _add_up(commands):
    up = commands.add_parser("up", help="start, deploy, print a line of JSON, run until Ctrl-C or the parent's end")
    up.add_argument("--template", type=Path, default=ROOT / "infra/template.yaml")
    up.add_argument("--functions", type=Path, default=ROOT / "target/lambda", help="what `make functions` built")
    up.add_argument("--parameter", action="append", default=[], type=_pair, metavar="KEY=VALUE", help="of the template")
    up.add_argument("--origins", default="", help="parameter Origins")
    up.add_argument("--genesys", metavar="URL", help="a Platform API to read gaps from, such as http://127.0.0.1:8431")
    up.add_argument("--genesys-client", default=("simulated", "simulated"), type=_client, metavar="ID:SECRET", help="its OAuth client")
    gap_reads = "between two runs of the gap reader; 0: it runs only when it is invoked (%(default)s)"
    up.add_argument("--gap-reads", type=float, default=schedule.RATE_SECONDS, metavar="SECONDS", help=gap_reads)
    quiet = "that a queue with a batching window waits while few messages come (%(default)s)"
    up.add_argument("--quiet-seconds", type=float, default=batches.QUIET_SECONDS, help=quiet)
    up.add_argument("--idle-seconds", type=float, default=600, help="after these an idle connection ends (%(default)s)")
    up.add_argument("--total-seconds", type=float, default=7200, help="after these any connection ends (%(default)s)")
    up.set_defaults(run=_up)


def _add_token(commands):
    token = commands.add_parser("token", help="print a token that the local cloud accepts")
    token.add_argument("--subject", default="someone")
    token.add_argument("--queues", nargs="*", default=["*"], metavar="ID", help="queues it may see (default: all)")
    token.add_argument("--agents", action="store_true", help="it may see agents")
    token.add_argument("--seconds", type=int, default=7200, help="valid for; below 0: expired (default: %(default)s)")
    token.set_defaults(run=_token)


def _add_logs(commands):
    logs = commands.add_parser("logs", help="print what the functions logged")
    logs.add_argument("function", nargs="?", default="", help="part of the function's name (default: all)")
    logs.set_defaults(run=_logs)


def _pair(text):
    key, separator, value = text.partition("=")
    if not separator:
        raise argparse.ArgumentTypeError(f"{text!r} is not KEY=VALUE")
    return key, value


def _client(text):
    key, separator, secret = text.partition(":")
    if not (key and separator and secret):
        raise argparse.ArgumentTypeError("this is not ID:SECRET")
    return key, secret


def _token(arguments):
    import tokens

    key = _state(arguments) / "key.pem"
    if not key.exists():
        raise emulator.Unusable(f"no local cloud was started on port {arguments.port}: {key} is not there")
    print(tokens.mint(key, arguments.subject, arguments.queues, arguments.agents, arguments.seconds))


def _logs(arguments):
    import logs

    os.environ.update(emulator.environment(arguments.port))
    logs.print_all(arguments.function)


def _state(arguments):
    return (arguments.state or ROOT / f"target/local/{arguments.port}").resolve()


def _up(arguments):
    parent = os.getppid()
    listener = emulator.listen(arguments.port)
    arguments.port = listener.getsockname()[1]
    state = _state(arguments)
    state.mkdir(parents=True, exist_ok=True)
    try:
        emulator.prepare(arguments.port, state)
        asyncio.run(_run(arguments, listener, state, parent))
    finally:
        shutil.rmtree(state / "tmp", ignore_errors=True)


async def _run(arguments, listener, state, parent):
    """Serves and deploys. Ends on SIGINT or SIGTERM, when deploying fails, or when the parent process has ended."""
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    serving = asyncio.create_task(emulator.serve(_application(arguments), listener, stop))
    watching = asyncio.create_task(_watch_parent(parent, stop))
    deploying = asyncio.create_task(asyncio.to_thread(_deploy, arguments, state))
    stopped = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({deploying, serving, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if deploying.done():
            print(json.dumps(deploying.result()), flush=True)
        await asyncio.wait({serving, stopped}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stop.set()
        watching.cancel()
        await serving


def _application(arguments):
    import faults
    import gateway

    limits = gateway.Limits(arguments.idle_seconds, arguments.total_seconds)
    return emulator.application(limits, faults.Faults(), arguments.gap_reads, arguments.quiet_seconds)


async def _watch_parent(parent, stop):
    while os.getppid() == parent:
        await asyncio.sleep(_PARENT_POLL_SECONDS)
    stop.set()


def _deploy(arguments, state):
    """Deploys the template, and returns the line of JSON that README.md describes."""
    import deploy
    import tokens

    began = time.monotonic()
    key = state / "key.pem"
    tokens.create_key(key)
    endpoint = f"http://{emulator.HOST}:{arguments.port}"
    issuer = {"Jwks": tokens.jwks(key), "JwtIssuer": tokens.ISSUER, "JwtAudience": tokens.AUDIENCE}
    parameters = {**issuer, **_gap_reads(arguments), "Origins": arguments.origins, **dict(arguments.parameter)}
    stack = deploy.deploy(arguments.template, arguments.functions, endpoint, parameters)
    print(f"deployed in {time.monotonic() - began:.1f} s", file=sys.stderr)
    viewers = f"{endpoint.replace('http', 'ws')}/_aws/execute-api/{stack['api']}/{stack['stage']}"
    return {
        **stack,
        "endpoint": endpoint,
        "viewerUrl": viewers,
        "rowsUrl": stack["outputs"].get("RowsUrl"),
        "partnerBus": deploy.PARTNER_BUS,
        "issuer": tokens.ISSUER,
        "audience": tokens.AUDIENCE,
        "key": str(key),
        "log": str(state / "cloud.log"),
        "environment": emulator.environment(arguments.port),
    }


def _gap_reads(arguments):
    """The template's parameters for gap reads; empty without `--genesys`."""
    import deploy

    if not arguments.genesys:
        return {}
    hosts = {"GenesysApiUrl": arguments.genesys, "GenesysLoginUrl": arguments.genesys}
    state = "ENABLED" if arguments.gap_reads > 0 else "DISABLED"
    return {**hosts, "GenesysSecretArn": deploy.create_secret(*arguments.genesys_client), "GapReads": state}


if __name__ == "__main__":
    main()
