"""The client library and the wallboard, in Node and in Chromium, against the deployed stack with agents and a catalog."""

import json
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
import uuid
from datetime import datetime, timedelta, timezone
from pathlib import Path

import boto3
from boto3.dynamodb.types import TypeDeserializer
from cloud import ROOT, Cloud, event, tokens, wait_for

import board  # of infra/local, which `cloud` puts on the path

HEADROOM = ROOT / "target/debug/headroom"
LIVE = ROOT / "dashboard/wallboard/test/live.js"
CLIENT = "board:secret"
# Attributes of a row that are no sums.
ATTRIBUTES = {"subject", "bucket", "epoch", "version", "at", "expiresAt"}


def is_shown(item):
    """Whether a viewer of all queues and of the status of all agents gets a row: one without sums is not sent."""
    kind, *rest = item["subject"].split("#")
    return (kind == "queue" or (kind == "agent" and len(rest) == 1)) and any(name not in ATTRIBUTES for name in item)


class Centre:
    """Minutes of a simulated contact centre with agents, and its Platform API."""

    def __init__(self, folder):
        self.events, ready = folder / "events.ndjson", folder / "api"
        start = datetime.now(timezone.utc) - timedelta(minutes=15)
        command = [HEADROOM, "simulate", "--quiet", "--agents", "--seed", "5", "--rate", "0.3", "--for", "5m"]
        command += ["--start", start.strftime("%Y-%m-%dT%H:%M:%SZ"), "--out", self.events, "--truth", folder / "truth.ndjson"]
        self._process = subprocess.Popen([*command, "--api", "127.0.0.1:0", "--api-ready", ready, "--api-client", CLIENT])
        self.api = wait_for("the Platform API", lambda: ready.exists() and ready.read_text().strip())

    def stop(self):
        self._process.terminate()
        self._process.wait(10)


@unittest.skipUnless(sys.platform == "linux", "functions run on Linux")
class LiveBoard(unittest.TestCase):
    def setUp(self):
        folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, folder)
        centre = Centre(folder)
        self.addCleanup(centre.stop)
        self.board = board.Board(0)
        options = ("--origins", self.board.origin, "--genesys", centre.api, "--genesys-client", CLIENT, "--gap-reads", "0")
        self.cloud = Cloud(*options)
        self.is_up = True
        self.addCleanup(self.stop_cloud)
        key = Path(self.cloud.deployment["key"])
        self.board.start(self.cloud.deployment["viewerUrl"], lambda: tokens.mint(key, "board", ["*"], True, 3600))
        self.addCleanup(self.board.stop)
        put = [HEADROOM, "put", "--quiet", "--bus", self.cloud.outputs["HeadroomBusName"], centre.events]
        subprocess.run(put, check=True)

    def stop_cloud(self):
        if self.is_up:
            self.cloud.stop()
        self.is_up = False

    def rows(self):
        """Sums by subject and bucket, as the table has them."""
        pages = boto3.client("dynamodb").get_paginator("scan").paginate(TableName=self.cloud.outputs["RowsTable"])
        read = TypeDeserializer().deserialize
        items = [{name: read(value) for name, value in item.items()} for page in pages for item in page["Items"]]
        return {(item["subject"], item["bucket"]): item for item in items if "bucket" in item}

    def wait_until_folded(self):
        attributes = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
        wait_for("all events", lambda: all(self.cloud.attribute("IngestQueueUrl", name) == "0" for name in attributes))

    def say(self, reply):
        self.live.stdin.write(json.dumps(reply) + "\n")
        self.live.stdin.flush()

    def step(self, reply=None):
        """Sends a reply to the step before, and returns the next one."""
        if reply is not None:
            self.say(reply)
        line = self.live.stdout.readline()
        self.assertTrue(line, "live.js ended")
        return json.loads(line)

    def test_rows_names_changes_and_the_end_of_a_connection_are_shown_as_they_are(self):
        self.wait_until_folded()
        self.cloud.invoke("gap-reader")
        self.wait_until_folded()
        self.live = subprocess.Popen(["node", LIVE, self.board.origin], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addCleanup(self.live.wait)
        self.addCleanup(self.live.stdout.close)
        self.addCleanup(self.live.stdin.close)
        self.addCleanup(self.live.kill)

        stored, shown = self.rows(), self.step()
        self.assertGreater(len(shown["rows"]), 50)
        for row in shown["rows"]:
            item = stored[row["subject"], row["bucket"]]
            sums = {name: item.get(name) for name in row["metrics"]}
            self.assertEqual(row["metrics"], sums, (row["subject"], row["bucket"]))
        keys = {(row["subject"], row["bucket"]) for row in shown["rows"]}
        missing = {key for key, item in stored.items() if key[1] == "now" and is_shown(item)} - keys
        self.assertEqual(missing, set(), "each subject's row of now")
        self.assertTrue(any(subject.startswith("agent#") for subject, _ in keys))

        subject = next(row["subject"] for row in shown["rows"] if row["subject"].endswith("#voice") and row["bucket"] == "now")
        queue = subject.split("#")[1]
        self.assertIn(queue, shown["names"])
        waiting = int(stored[subject, "now"].get("oWaiting", 0)) + 3
        opened = self.step({"subject": subject, "waiting": waiting})
        self.assertEqual(opened["agents"], 1, "the panel of agents")
        print(f"first number {opened['openedMs']} ms after opening, of {len(stored)} rows", file=sys.stderr)

        now = time.time()
        self.cloud.put(*(event(str(uuid.uuid4()), now, queueId=queue) for _ in range(3)))
        self.assertEqual(self.step({})["waiting"], waiting)
        self.say({})
        self.stop_cloud()
        ended = self.step()
        self.assertEqual((ended["state"], ended["live"], ended["faults"]), ("stale", 0, []))


if __name__ == "__main__":
    unittest.main()
