"""The local cloud does what README.md says it does. Run by `make test-cloud`."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.request
from pathlib import Path

import boto3
from websocket import WebSocket

HERE = Path(__file__).parent
CLOUD = HERE.parent / "cloud.py"
SECONDS_MAX = 20


def wait_for(description, poll):
    """Calls `poll` until it returns a true value, and returns that. Fails after `SECONDS_MAX`."""
    deadline = time.monotonic() + SECONDS_MAX
    while not (result := poll()):
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {SECONDS_MAX} s for {description}")
        time.sleep(0.05)
    return result


def is_running(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


class Cloud:
    """A local cloud with the stack of template.yaml."""

    def __init__(self, *arguments):
        self.folder = Path(tempfile.mkdtemp())
        for name in ("ingest", "gap-reader", "push", "connections", "authorizer"):
            bootstrap = self.folder / "functions" / name / "bootstrap"
            bootstrap.parent.mkdir(parents=True)
            bootstrap.write_text(f"#!{sys.executable}\n{(HERE / 'bootstrap.py').read_text()}")
        command = [sys.executable, CLOUD, "--port", "0", "--state", self.folder / "state", "up", "--quiet-seconds", "1"]
        template = ["--template", HERE / "template.yaml", "--functions", self.folder / "functions"]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        self.process = subprocess.Popen([*command, *template, *arguments], **pipes)
        line = self.process.stdout.readline()
        self.deployment = json.loads(line) if line else sys.exit(self.process.stderr.read().decode())
        os.environ.update(self.deployment["environment"])
        self.outputs = self.deployment["outputs"]

    def stop(self):
        self.process.terminate()
        self.process.wait(SECONDS_MAX)
        self.process.stdout.close()
        self.process.stderr.close()
        shutil.rmtree(self.folder)

    def put(self, *events):
        """Puts events on the partner's bus, as Genesys does."""
        bus = self.deployment["partnerBus"]
        entries = [{"EventBusName": bus, "Source": bus, **event} for event in events]
        client = boto3.client("events")
        responses = [client.put_events(Entries=entries[start : start + 10]) for start in range(0, len(entries), 10)]
        return [entry for response in responses for entry in response["Entries"]]

    def calls(self, function):
        """The events that a function was invoked with."""
        group = f"/aws/lambda/{self.deployment['functions'][function]}"
        client = boto3.client("logs")
        groups = client.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
        pages = client.get_paginator("filter_log_events").paginate(logGroupName=group) if groups else []
        lines = [event["message"] for page in pages for event in page["events"]]
        return [json.loads(line) for line in lines if line.startswith("{")]

    def bodies(self):
        """The bodies of the messages that ingest was invoked with, batch by batch."""
        return [[json.loads(record["body"]) for record in call["Records"]] for call in self.calls("ingest")]

    def message_count(self, queue):
        attributes = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        client = boto3.client("sqs")
        response = client.get_queue_attributes(QueueUrl=self.outputs[queue], AttributeNames=attributes)
        return sum(int(number) for number in response["Attributes"].values())

    def faults(self, **request):
        """Requests faults; without arguments, reports those that have happened."""
        data = json.dumps(request).encode() if request else None
        url = f"{self.deployment['endpoint']}/_headroom/faults"
        with urllib.request.urlopen(urllib.request.Request(url, data, method="PUT" if request else "GET")) as response:
            return json.load(response)

    def post(self, connection, body):
        url = f"{self.deployment['viewerUrl'].replace('ws:', 'http:')}/@connections/{connection}"
        try:
            return urllib.request.urlopen(urllib.request.Request(url, body, method="POST")).status
        except urllib.error.HTTPError as error:
            return error.code


def event(name, **detail):
    return {"DetailType": f"v2.{name}.end", "Detail": json.dumps(detail)}


class WithCloud(unittest.TestCase):
    ARGUMENTS = ()

    @classmethod
    def setUpClass(cls):
        cls.cloud = Cloud(*cls.ARGUMENTS)
        cls.addClassCleanup(cls.cloud.stop)

    def connect(self, *subprotocols, headers=()):
        viewer = WebSocket(self.cloud.deployment["viewerUrl"], subprotocols or ["headroom.v1", "bearer.x"], headers)
        self.addCleanup(viewer.close)
        return viewer


class Viewers(WithCloud):
    def test_the_subprotocol_that_connect_chose_is_selected(self):
        self.assertEqual((self.connect().status, self.connect().subprotocol), (101, "headroom.v1"))

    def test_the_authorizer_sees_the_headers_and_its_context_reaches_the_function(self):
        viewer = self.connect(headers=[(b"Origin", b"https://wallboard.example")])
        viewer.send("post")
        context = json.loads(viewer.receive())
        headers = {"origin": "https://wallboard.example", "protocols": "headroom.v1, bearer.x"}
        expected = {"principalId": "someone", **headers}
        self.assertEqual(context, context | expected)

    def test_a_denied_and_a_refused_connection_get_their_status(self):
        self.assertEqual(self.connect("denied").status, 403)
        self.assertEqual(self.connect("refused").status, 429)

    def test_a_frame_that_is_too_large_ends_the_connection(self):
        viewer = self.connect()
        viewer.send("x" * 32 * 1024 + "y")
        self.assertEqual(viewer.receive(), 1009)

    def test_a_message_that_is_too_large_ends_the_connection(self):
        viewer = self.connect()
        viewer.send(*["x" * 32 * 1024] * 4, "y")
        self.assertEqual(viewer.receive(), 1009)

    def test_a_message_of_several_frames_arrives(self):
        viewer = self.connect()
        viewer.send("po", "st")
        self.assertIn("someone", viewer.receive())

    def test_a_failed_function_is_an_error_to_the_client(self):
        viewer = self.connect()
        viewer.send("crash")
        self.assertEqual(json.loads(viewer.receive())["message"], "Internal server error")

    def test_a_body_is_not_sent_without_a_route_response(self):
        viewer = self.connect()
        viewer.send("hello")
        viewer.send("post")
        self.assertIn("someone", viewer.receive())

    def test_posts_are_limited_and_gone_connections_are_gone(self):
        self.assertEqual(self.cloud.post("nobody", b"x" * 128 * 1024), 410)
        self.assertEqual(self.cloud.post("nobody", b"x" * (128 * 1024 + 1)), 413)


class ShortLives(WithCloud):
    ARGUMENTS = ("--idle-seconds", "0.5", "--total-seconds", "1.5")

    def test_an_idle_connection_is_closed(self):
        began = time.monotonic()
        self.assertEqual(self.connect().receive(), 1001)
        self.assertLess(time.monotonic() - began, 1.4)

    def test_a_busy_connection_is_closed_in_the_end(self):
        viewer, messages = self.connect(), []
        while not messages or messages[-1] != 1001:
            viewer.send("post")
            messages.append(viewer.receive())
        self.assertGreater(len(messages), 2)


class Events(WithCloud):
    def batches_of(self, name):
        bodies = [[body for body in batch if body["detail-type"] == f"v2.{name}.end"] for batch in self.cloud.bodies()]
        return [batch for batch in bodies if batch]

    def test_batches_are_as_large_as_the_mapping_says_and_events_keep_their_time(self):
        seconds = 1_778_594_605
        self.cloud.put(*[event("batch", n=n) | {"Time": seconds} for n in range(100)])
        wait_for("all events", lambda: sum(map(len, self.batches_of("batch"))) >= 100)
        batches = self.batches_of("batch")
        self.assertEqual(sorted(body["detail"]["n"] for batch in batches for body in batch), list(range(100)))
        self.assertEqual(max(map(len, batches)), 40)
        self.assertEqual({body["time"] for batch in batches for body in batch}, {"2026-05-12T14:03:25Z"})

    def test_only_what_failed_is_delivered_again_and_then_is_a_dead_letter(self):
        self.cloud.put(event("poison", kind="poison"), event("sound", kind="sound"))
        wait_for("the dead letter", lambda: self.cloud.message_count("DeadLettersUrl") == 1)
        kinds = [body["detail"]["kind"] for batch in self.cloud.bodies() for body in batch if "kind" in body["detail"]]
        self.assertEqual((kinds.count("poison"), kinds.count("sound")), (3, 1))
        self.assertEqual(self.cloud.message_count("QueueUrl"), 0)

    def test_an_event_that_is_no_json_is_refused(self):
        entries = self.cloud.put({"DetailType": "v2.x.end", "Detail": "{"})
        self.assertEqual(entries[0]["ErrorCode"], "MalformedDetail")

    def test_a_killed_function_gets_its_batch_again(self):
        self.cloud.faults(function=self.cloud.deployment["functions"]["ingest"], afterMs=[100, 100])
        self.cloud.put(event("slow", kind="slow"))
        wait_for("two kills", lambda: {"killed": 2, "left": 0} in self.cloud.faults().values())
        wait_for("an empty queue", lambda: self.cloud.message_count("QueueUrl") == 0)
        self.assertEqual(len(self.batches_of("slow")), 3)


class Streams(WithCloud):
    def whole_batches(self):
        return [call["Records"] for call in self.cloud.calls("push") if len(call["Records"]) == 5]

    def test_a_window_gathers_records_in_order_and_an_outage_loses_none(self):
        function = self.cloud.deployment["functions"]["push"]
        self.cloud.faults(function=function, down=True)
        table = boto3.resource("dynamodb").Table(self.cloud.outputs["Table"])
        for n in range(5):
            table.put_item(Item={"pk": "row", "n": n})
        wait_for("two failures", lambda: self.cloud.faults().get(function, {}).get("killed", 0) >= 2)
        self.cloud.faults(function=function, down=False)
        records = wait_for("the records", self.whole_batches)[0]
        numbers = [record["dynamodb"]["NewImage"]["n"]["N"] for record in records]
        self.assertEqual(numbers, ["0", "1", "2", "3", "4"])


class GapReads(WithCloud):
    ARGUMENTS = ("--genesys", "http://127.0.0.1:9", "--genesys-client", "someone:secret", "--gap-reads", "0.2")

    def test_the_schedule_runs_as_often_as_the_option_says(self):
        wait_for("five runs", lambda: len(self.cloud.calls("gap-reader")) >= 5)
        self.assertEqual(self.cloud.calls("gap-reader")[0], {})

    def test_the_oauth_client_is_in_the_secret_that_the_function_reads(self):
        arn = invoke(self.cloud.deployment["functions"]["gap-reader"])["secret"]
        secret = boto3.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"]
        self.assertEqual(json.loads(secret), {"clientId": "someone", "clientSecret": "secret"})


class GapReadsOnDemand(WithCloud):
    ARGUMENTS = ("--genesys", "http://127.0.0.1:9", "--gap-reads", "0")

    def test_the_gap_reader_runs_only_when_it_is_invoked(self):
        self.assertEqual(boto3.client("scheduler").get_schedule(Name="gap-reader")["State"], "DISABLED")
        invoke(self.cloud.deployment["functions"]["gap-reader"])
        self.assertEqual(self.cloud.calls("gap-reader"), [{}])


class WithoutGapReads(WithCloud):
    def test_without_an_api_there_is_no_gap_reader(self):
        self.assertNotIn("gap-reader", self.cloud.deployment["functions"])


def invoke(function):
    return json.load(boto3.client("lambda").invoke(FunctionName=function, Payload="{}")["Payload"])


# Starts the command in its arguments, waits for its first line, prints its process id, and ends.
PARENT = """
import subprocess, sys
child = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE)
child.stdout.readline()
print(child.pid, flush=True)
"""


class Lifetime(unittest.TestCase):
    def test_the_local_cloud_ends_with_its_parent(self):
        with tempfile.TemporaryDirectory() as state:
            cloud = [sys.executable, CLOUD, "--port", "0", "--state", state, "up", "--template", HERE / "empty.yaml"]
            parent = [sys.executable, "-c", PARENT, *cloud]
            pid = int(subprocess.run(parent, capture_output=True, text=True, check=True).stdout)
            wait_for("the end", lambda: not is_running(pid))

    def test_a_port_in_use_is_reported(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = str(listener.getsockname()[1])
            command = [sys.executable, CLOUD, "--port", port, "up"]
            result = subprocess.run(command, capture_output=True, text=True)
        self.assertEqual(result.returncode, 1)
        self.assertIn(f"port {port} is taken", result.stderr)


if __name__ == "__main__":
    unittest.main()
