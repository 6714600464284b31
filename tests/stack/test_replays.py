"""A replay goes by a queue of its own, changes nothing twice, and is no sign of life of the feed."""

import time
import unittest
import uuid
from datetime import datetime, timedelta, timezone

import boto3
from alarms import Metrics
from cloud import Cloud, event, wait_for


class Replays(unittest.TestCase):
    def setUp(self):
        self.cloud = Cloud()
        self.addCleanup(self.cloud.stop)
        self.client = boto3.client("events")
        self.bus = self.client.describe_event_bus(Name=self.cloud.outputs["HeadroomBusName"])["Arn"]
        # The template's archives are left out on the local cloud.
        archive = self.client.create_archive(ArchiveName="events", EventSourceArn=self.bus)
        self.archive = archive["ArchiveArn"]

    def count(self, name):
        metrics = Metrics()
        metrics.add_lines(self.cloud.log("ingest"))
        return metrics.statistic("Headroom/headroom", name, {"function": "ingest"}, "Sum") or 0

    def events_of_the_feed(self):
        table = boto3.resource("dynamodb").Table(self.cloud.outputs["LedgerTable"])
        key = boto3.dynamodb.conditions.Key("kind").eq("feed")
        return sum(int(number) for item in table.query(KeyConditionExpression=key)["Items"] for name, number in item.items() if name == "count")

    def replay(self):
        now = datetime.now(timezone.utc)
        self.client.start_replay(
            ReplayName=f"again-{uuid.uuid4()}",
            EventSourceArn=self.archive,
            EventStartTime=now - timedelta(hours=1),
            EventEndTime=now + timedelta(seconds=1),
            Destination={"Arn": self.bus},
        )

    def test_a_replay_is_applied_by_its_own_queue_and_counted_as_none_of_the_feed(self):
        events = [event(str(uuid.uuid4()), time.time() - 60) for _ in range(20)]
        self.cloud.put(*events, bus=self.cloud.outputs["HeadroomBusName"])
        wait_for("the events", lambda: self.count("EventsApplied") == 20)
        wait_for("the feed's counts", lambda: self.events_of_the_feed() == 20)
        self.set_mapping("IngestQueueUrl", False)
        self.replay()
        wait_for("the replay", lambda: self.count("EventsWithoutEffect") == 20)
        self.assertEqual((self.count("EventsApplied"), self.events_of_the_feed()), (20, 20))

    def test_live_events_do_not_wait_behind_a_replay_that_rests(self):
        events = [event(str(uuid.uuid4()), time.time() - 60) for _ in range(20)]
        self.cloud.put(*events, bus=self.cloud.outputs["HeadroomBusName"])
        wait_for("the events", lambda: self.count("EventsApplied") == 20)
        self.set_mapping("ReplayQueueUrl", False)
        self.replay()
        wait_for("the replay", lambda: self.cloud.attribute("ReplayQueueUrl") == "20")
        self.cloud.put(event(str(uuid.uuid4()), time.time()))
        wait_for("a live event", lambda: self.count("EventsApplied") == 21)
        self.assertEqual(self.cloud.attribute("ReplayQueueUrl"), "20")

    def set_mapping(self, queue, enabled):
        client, arn = boto3.client("lambda"), self.cloud.attribute(queue, "QueueArn")
        mapping, = client.list_event_source_mappings(EventSourceArn=arn)["EventSourceMappings"]
        client.update_event_source_mapping(UUID=mapping["UUID"], Enabled=enabled)


if __name__ == "__main__":
    unittest.main()
