"""The stack of infra/template.yaml on a local cloud of its own, with the functions that `make local-functions` built."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import boto3

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "infra/local"))
import tokens  # noqa: E402

CLOUD = ROOT / "infra/local/cloud.py"
FUNCTIONS = ROOT / "target/local/functions"
# No machine is so busy that it needs more.
SECONDS_MAX = 180


def wait_for(description, poll):
    """Calls `poll` until it returns a true value, and returns that. Fails after `SECONDS_MAX`."""
    deadline = time.monotonic() + SECONDS_MAX
    while not (result := poll()):
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {SECONDS_MAX} s for {description}")
        time.sleep(0.1)
    return result


class Cloud:
    """A local cloud. `parameters` are the template's; `arguments` those of `cloud.py up`."""

    def __init__(self, *arguments, **parameters):
        self._state = tempfile.mkdtemp()
        command = [sys.executable, CLOUD, "--port", "0", "--state", self._state, "up", "--functions", FUNCTIONS]
        # A queue with few messages makes nobody wait, as AWS may for 20 seconds.
        command += ["--quiet-seconds", "1"]
        given = [part for name, value in parameters.items() for part in ("--parameter", f"{name}={value}")]
        self._process = subprocess.Popen([*command, *given, *arguments], stdout=subprocess.PIPE, text=True)
        line = self._process.stdout.readline()
        if not line:
            raise AssertionError("the local cloud did not deploy; did `make local-functions` run?")
        self.deployment = json.loads(line)
        self.outputs = self.deployment["outputs"]
        os.environ.update(self.deployment["environment"])

    def stop(self):
        self._process.terminate()
        self._process.wait(SECONDS_MAX)
        self._process.stdout.close()
        shutil.rmtree(self._state)

    def put(self, *events, bus=None):
        """Puts events on a bus, the partner's if none is named."""
        bus = bus or self.deployment["partnerBus"]
        entries = [{"EventBusName": bus, "Source": bus, **event} for event in events]
        for start in range(0, len(entries), 10):
            boto3.client("events").put_events(Entries=entries[start : start + 10])

    def attribute(self, queue, name="ApproximateNumberOfMessages"):
        attributes = boto3.client("sqs").get_queue_attributes(QueueUrl=self.outputs[queue], AttributeNames=[name])
        return attributes["Attributes"][name]

    def faults(self, function, **request):
        """Requests faults of a function; without more, reports those that have happened."""
        name = self.deployment["functions"][function]
        data = json.dumps({"function": name, **request}).encode() if request else None
        url = f"{self.deployment['endpoint']}/_headroom/faults"
        with urllib.request.urlopen(urllib.request.Request(url, data, method="PUT" if data else "GET")) as response:
            return json.load(response).get(name, {"killed": 0, "left": 0})

    def refuse_posts(self, status):
        """Lets API Gateway refuse every frame with a status."""
        self._request_fault(posts=status)

    def throttle_tables(self, *names):
        """Lets DynamoDB refuse every read and write of these tables, and of no others."""
        self._request_fault(throttledTables=[self.outputs[name] for name in names])

    def _request_fault(self, **request):
        url = f"{self.deployment['endpoint']}/_headroom/faults"
        urllib.request.urlopen(urllib.request.Request(url, json.dumps(request).encode(), method="PUT")).close()

    def token(self):
        """A token for every queue."""
        return tokens.mint(Path(self.deployment["key"]), "somebody", ["*"], False, 3600)

    def invoke(self, function):
        payload = boto3.client("lambda").invoke(FunctionName=self.deployment["functions"][function], Payload="{}")["Payload"]
        return json.load(payload)

    def log(self, function):
        """Lines of a function's log."""
        group = f"/aws/lambda/{self.deployment['functions'][function]}"
        client = boto3.client("logs")
        if not client.describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
            return []
        pages = client.get_paginator("filter_log_events").paginate(logGroupName=group)
        return [line for page in pages for event in page["events"] for line in event["message"].splitlines()]


def event(conversation, at_seconds, kind="acd.start", **fields):
    """An event of a conversation, as Genesys publishes it."""
    milliseconds = int(at_seconds * 1000)
    body = {"eventTime": milliseconds, "conversationId": conversation, "sessionId": f"s-{conversation}", "queueId": "q"}
    detail = {"eventBody": {**body, "mediaType": "VOICE", **fields}}
    return {"DetailType": f"v2.detail.events.conversation.{{id}}.{kind}", "Detail": json.dumps(detail), "Time": at_seconds}
