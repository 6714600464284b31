"""Lines of an independent writer load by the same views: moto's export of a table that has the same items."""

import gzip
import json
import tempfile
import time
import unittest
from pathlib import Path

import boto3
import world
from moto import mock_aws

REGION = {"region_name": "us-east-1", "aws_access_key_id": "x", "aws_secret_access_key": "x"}
SQL = "SELECT * FROM queue_intervals ORDER BY ALL", "SELECT * FROM agent_days ORDER BY ALL", "FROM queues ORDER BY ALL"
KEYS = {"rows": ("subject", "bucket"), "ledger": ("kind", "name")}


class Moto(unittest.TestCase):
    def test_motos_export_gives_the_same_views(self):
        with tempfile.TemporaryDirectory() as name, mock_aws():
            folder = Path(name)
            rows = world.replay(folder, "rows", "--conversations", "40", "--seed", "9")
            names, *_ = world.names_file(folder, world.rows(rows))
            ours, theirs = folder / "ours", folder / "theirs"
            world.run("export", rows, "--names", names, "--out", ours, "--at", world.AT, "-q")
            for table in KEYS:
                self.copy(table, ours, theirs)
            self.assertFalse(list(theirs.glob("**/manifest-*")))
            for sql in SQL:
                found = world.query(sql, theirs)
                self.assertEqual(found, world.query(sql, ours))
                self.assertTrue(found)

    def copy(self, table, ours, theirs):
        """Puts the items of our export into a table of moto's, and brings moto's export of it."""
        tables, bucket = boto3.client("dynamodb", **REGION), boto3.client("s3", **REGION)
        arn = tables.create_table(
            TableName=table,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in zip(KEYS[table], ("HASH", "RANGE"))],
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in KEYS[table]],
        )["TableDescription"]["TableArn"]
        tables.update_continuous_backups(TableName=table, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})
        for file in ours.glob(f"{table}/full/**/data/*.gz"):
            for line in gzip.open(file, "rt"):
                tables.put_item(TableName=table, Item=json.loads(line)["Item"])
        bucket.create_bucket(Bucket=table)
        export = tables.export_table_to_point_in_time(TableArn=arn, S3Bucket=table, S3Prefix="bi")["ExportDescription"]
        deadline = time.monotonic() + 60
        while export["ExportStatus"] == "IN_PROGRESS" and time.monotonic() < deadline:
            export = tables.describe_export(ExportArn=export["ExportArn"])["ExportDescription"]
        self.assertEqual(export["ExportStatus"], "COMPLETED", export)
        objects = bucket.list_objects_v2(Bucket=table)["Contents"]
        for each in objects:
            path = theirs / table / each["Key"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(bucket.get_object(Bucket=table, Key=each["Key"])["Body"].read())


if __name__ == "__main__":
    unittest.main()
