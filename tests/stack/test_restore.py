"""infra/restore.py brings tables back, with all that the template gives them, wherever it was interrupted."""

import sys
import unittest
from datetime import datetime, timedelta, timezone

import boto3
from cloud import ROOT, Cloud

sys.path.insert(0, str(ROOT / "infra"))
from restore import Failed, Restore  # noqa: E402

# Requests that change something.
_CHANGES = ("restore_table", "create_backup", "update_", "delete_table")


class Interrupted(Exception):
    """Ctrl-C, or a machine that goes down."""


class LocalSession:
    """A session with the local cloud. Its recovery window is a day, where the emulator's has no length at all."""

    def client(self, name):
        return _LocalClient(boto3.client(name), self)

    def before(self, request):
        """Called before each request."""

    def after_describe(self, table):
        """Called with each description of a table."""


class _LocalClient:
    def __init__(self, client, session):
        self._client = client
        self._session = session

    def describe_continuous_backups(self, TableName):
        described = self._client.describe_continuous_backups(TableName=TableName)
        now = datetime.now(timezone.utc)
        window = {"EarliestRestorableDateTime": now - timedelta(days=1), "LatestRestorableDateTime": now + timedelta(seconds=1)}
        described["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"].update(window)
        return described

    def describe_table(self, TableName):
        described = self._client.describe_table(TableName=TableName)
        self._session.after_describe(described["Table"])
        return described

    def __getattr__(self, name):
        self._session.before(name)
        return getattr(self._client, name)


class FaultySession(LocalSession):
    """Is interrupted before the request number `at`, of those that change something."""

    def __init__(self, at=None):
        self.requests = 0
        self._at = at

    def before(self, request):
        if request.startswith(_CHANGES):
            self.requests += 1
            if self.requests == self._at:
                raise Interrupted


class SlowSession(LocalSession):
    """Its tables take three looks at them to become active."""

    def __init__(self):
        self._looks = {}

    def after_describe(self, table):
        key = (table["TableName"], table["CreationDateTime"])
        self._looks[key] = self._looks.get(key, 0) + 1
        if self._looks[key] <= 3:
            table["TableStatus"] = "CREATING"


class Restoring(unittest.TestCase):
    def setUp(self):
        self.cloud = Cloud()
        self.addCleanup(self.cloud.stop)
        self.enable_recovery()
        self.rows = boto3.resource("dynamodb").Table(self.cloud.outputs["RowsTable"])
        self.rows.put_item(Item={"subject": "queue#q#voice", "bucket": "now", "nOffered": 7})

    def enable_recovery(self):
        """What AWS does by the template, and the emulator leaves out."""
        enabled = {"PointInTimeRecoveryEnabled": True}
        for table in self.restore().tables:
            boto3.client("dynamodb").update_continuous_backups(
                TableName=table, PointInTimeRecoverySpecification=enabled
            )

    def restore(self, session=None):
        return Restore("headroom", session or LocalSession(), pause=lambda: None, say=lambda _: None)

    def damage(self):
        self.rows.delete_item(Key={"subject": "queue#q#voice", "bucket": "now"})

    def item(self):
        return self.rows.get_item(Key={"subject": "queue#q#voice", "bucket": "now"}).get("Item")

    def copy(self):
        self.restore().copy(datetime.now(timezone.utc))

    def test_rows_are_back_with_all_settings_and_ingest_runs_again(self):
        restore = self.restore()
        self.copy()
        self.damage()
        restore.stop()
        stream = restore.swap()
        self.assertEqual(self.item()["nOffered"], 7)
        self.assertIn("/stream/", stream)
        restore.start()
        self.assertEqual({it["State"] for it in restore._mappings()}, {"Enabled"})
        self.assertEqual(len(restore._mappings()), 2)

    def test_wherever_it_is_interrupted_it_goes_on(self):
        requests = FaultySession()
        self.copy()
        self.restore().stop()
        self.restore(requests).swap()
        self.assertGreater(requests.requests, 10)
        for at in range(1, requests.requests + 1):
            self.forget_copies()
            self.copy()
            self.damage()
            with self.assertRaises(Interrupted, msg=f"request {at}"):
                self.restore(FaultySession(at)).swap()
            self.restore().swap()
            self.assertEqual(self.item()["nOffered"], 7, f"interrupted before request {at}")

    def forget_copies(self):
        client = boto3.client("dynamodb")
        for backup in client.list_backups()["BackupSummaries"]:
            client.delete_backup(BackupArn=backup["BackupArn"])
        for table in self.restore().tables:
            client.delete_table(TableName=f"{table}-restored")

    def test_it_waits_for_tables_for_as_long_as_they_take(self):
        slow = self.restore(SlowSession())
        slow.copy(datetime.now(timezone.utc))
        slow.stop()
        slow.swap()
        self.restore().check()

    def test_nothing_is_replaced_while_ingest_writes(self):
        self.copy()
        with self.assertRaisesRegex(Failed, "run `stop` first"):
            self.restore().swap()

    def test_a_time_that_cannot_be_gone_back_to_is_refused(self):
        with self.assertRaisesRegex(Failed, "choose a --time between"):
            self.restore().copy(datetime.now(timezone.utc) - timedelta(days=2))

    def test_without_a_copy_nothing_is_deleted(self):
        self.restore().stop()
        with self.assertRaisesRegex(Failed, "run `copy` first"):
            self.restore().swap()
        self.assertEqual(self.item()["nOffered"], 7)

    def test_each_setting_that_is_missing_is_named(self):
        client, table = boto3.client("dynamodb"), self.cloud.outputs["RowsTable"]
        client.update_table(TableName=table, DeletionProtectionEnabled=False)
        client.update_continuous_backups(
            TableName=table, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": False}
        )
        client.update_time_to_live(
            TableName=table, TimeToLiveSpecification={"Enabled": False, "AttributeName": "expiresAt"}
        )
        client.update_table(TableName=table, StreamSpecification={"StreamEnabled": False})
        with self.assertRaises(Failed) as failed:
            self.restore().check()
        for name in ("point-in-time recovery", "TTL", "deletion protection", "stream"):
            self.assertIn(f"{table}: {name}", str(failed.exception))


if __name__ == "__main__":
    unittest.main()
