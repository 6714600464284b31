"""The local cloud: the emulator MiniStack on 127.0.0.1, with additions that make it more like AWS (see README.md)."""

import contextlib
import importlib.metadata
import logging
import os
import shutil
import socket
import sys
from pathlib import Path

HOST = "127.0.0.1"
REGION = "us-east-1"
ACCOUNT = "000000000000"
VERSION = "1.5.33"

# The only variables of the user's environment that functions see: no proxies, no AWS profile.
_INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "SYSTEMROOT")


class Unusable(Exception):
    """The local cloud cannot run or be used. The message says what to do."""


def environment(port):
    """The variables that point the AWS CLI and SDKs to the local cloud."""
    return {
        "AWS_ENDPOINT_URL": f"http://{HOST}:{port}",
        "AWS_ACCESS_KEY_ID": ACCOUNT,
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
    }


def listen(port):
    """A listening socket on 127.0.0.1. Port 0 takes a free one."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError as error:
        advice = f"end what uses it, or choose another: PORT={port + 1}"
        raise Unusable(f"port {port} is taken ({error.strerror}): {advice}") from error
    listener.listen(512)
    return listener


def prepare(port, state):
    """Sets the environment, temporary folder and log of this process. Call it before `application`."""
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    temporary = state / "tmp"
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    os.environ.clear()
    os.environ.update(inherited, **environment(port), **_settings(port, temporary))
    form = "%(asctime)s %(levelname)s %(name)s %(message)s"
    logging.basicConfig(filename=state / "cloud.log", filemode="w", level=logging.WARNING, format=form)


def _settings(port, temporary):
    return {
        "TMPDIR": str(temporary),
        "STATE_DIR": str(temporary / "state"),
        "S3_DATA_DIR": str(temporary / "s3"),
        "BIND_HOST": HOST,
        "MINISTACK_HOST": HOST,
        "GATEWAY_PORT": str(port),
        "MINISTACK_REGION": REGION,
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "LOG_LEVEL": "WARNING",
    }


def application(limits, faults, gap_reads_seconds, quiet_seconds):
    """The emulator as an ASGI application, with all additions installed."""
    _check_version()
    import batches
    import concurrency
    import cors
    import events
    import faults as faults_path
    import gateway
    import hypercorn.protocol.ws_stream as ws
    import memory
    import metrics
    import ministack.app
    import sam
    import samtranslator.translator.transform as sam_transform
    import schedule
    import speed
    from ministack.core import lambda_runtime
    from ministack.core.concurrency import esm_wake
    from ministack.services.cloudformation import changesets, engine, handlers
    from ministack.services import apigateway, cloudwatch, cloudwatch_logs, dynamodb, eventbridge, lambda_svc, scheduler, sqs

    gateway.install(apigateway, ws.WebsocketBuffer, ws.FrameTooLargeError)
    batches.install(lambda_svc, sqs, dynamodb, esm_wake, quiet_seconds)
    concurrency.install(lambda_svc)
    cors.install(apigateway)
    events.install(eventbridge, sqs, cloudwatch)
    sam.install(engine, (changesets, handlers), sam_transform)
    speed.install(dynamodb)
    memory.install(dynamodb, eventbridge, lambda_svc, cloudwatch_logs)
    schedule.install(scheduler, eventbridge, gap_reads_seconds)
    faults.install(lambda_runtime.ProvidedWorker)
    faults.install_tables(dynamodb, cloudwatch)
    metrics.install(lambda_runtime.ProvidedWorker, lambda_svc, sqs, cloudwatch)
    return faults_path.wrap(gateway.wrap(ministack.app.app, limits, faults), faults)


def _check_version():
    try:
        installed = importlib.metadata.version("ministack")
    except importlib.metadata.PackageNotFoundError:
        installed = "nothing"
    if installed != VERSION:
        raise Unusable(f"ministack {VERSION} is needed, and {installed} is installed: run `make cloud`, which installs it")


async def serve(app, listener, stop):
    """Serves until the event `stop` is set, then ends the functions' processes."""
    import gateway
    from hypercorn.asyncio import serve as hypercorn_serve
    from hypercorn.config import Config

    config = Config()
    config.bind = [f"fd://{listener.fileno()}"]
    config.keep_alive_timeout = 75
    config.graceful_timeout = 0.5
    config.websocket_max_message_size = gateway.MESSAGE_BYTES_MAX
    config.errorlog = logging.getLogger("hypercorn")
    try:
        await hypercorn_serve(app, config, shutdown_trigger=stop.wait)
    finally:
        _end_functions()


def _end_functions():
    from ministack.core import lambda_runtime

    with contextlib.suppress(Exception):
        lambda_runtime.reset()


sys.path.insert(0, str(Path(__file__).parent))
