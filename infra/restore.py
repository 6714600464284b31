"""Restores entities and rows to a time before they were damaged, under the names that they have.

The commands, in this order: `stop` (ingest takes no events in), `copy --time T` (both tables beside the old ones, to look
at), `swap` (the copies take the place of the tables, with all settings), `check` (that nothing of them is missing),
and, after the deployment that `swap` names, `start`. Each may be run again: it goes on where it was interrupted.
"""

import argparse
import sys
import time
from datetime import datetime, timezone

import boto3
from botocore.exceptions import BotoCoreError, ClientError

TTL_ATTRIBUTE = "expiresAt"
STREAM_VIEW = "NEW_AND_OLD_IMAGES"
_COPY = "-restored"
_POLL_SECONDS = 10
# A restore takes minutes to hours, by the size of the table.
_WAIT_HOURS = 24
_EPILOG = """\
examples:
  restore.py stop
  restore.py copy --time 2026-05-12T05:00:00Z
  restore.py swap
  restore.py check
  restore.py start

exit codes: 0 done, 1 an error (the message says what to do), 2 wrong arguments
"""


class Failed(Exception):
    """What cannot be done. The message says why, and what to do."""


class Restore:
    """The restore of one stack's tables. `pause` is called between two looks at something that takes time."""

    def __init__(self, stack, session, pause=lambda: time.sleep(_POLL_SECONDS), say=print):
        self._dynamo = session.client("dynamodb")
        self._lambda = session.client("lambda")
        self._sqs = session.client("sqs")
        self._pause = pause
        self._say = say
        described = session.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
        self._outputs = {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])}
        self._encryption = _encryption(described.get("Parameters", []))
        self.rows = self._outputs["RowsTable"]
        self.tables = (self._outputs["EntitiesTable"], self.rows)

    # ---- Ingest --------------------------------------------------------------------------------

    def stop(self):
        """Stops ingest. Its events wait in their queues."""
        self._set_ingest(False)

    def start(self):
        """Starts ingest, if nothing is missing of the tables."""
        self.check()
        self._set_ingest(True)

    def _set_ingest(self, enabled):
        state = "Enabled" if enabled else "Disabled"
        for mapping in self._mappings():
            self._lambda.update_event_source_mapping(UUID=mapping["UUID"], Enabled=enabled)
        self._wait(f"ingest is {state}", lambda: all(it["State"] == state for it in self._mappings()))

    def _mappings(self):
        urls = (self._outputs["IngestQueueUrl"], self._outputs["ReplayQueueUrl"])
        return [mapping for url in urls for mapping in self._mappings_of(url)]

    def _mappings_of(self, url):
        arn = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        return self._lambda.list_event_source_mappings(EventSourceArn=arn)["EventSourceMappings"]

    # ---- Copies --------------------------------------------------------------------------------

    def copy(self, moment):
        """Restores both tables to `moment`, beside the old ones."""
        for table in self.tables:
            self._assert_recoverable(table, moment)
        for table in self.tables:
            if not self._describe(table + _COPY):
                self._dynamo.restore_table_to_point_in_time(
                    SourceTableName=table,
                    TargetTableName=table + _COPY,
                    RestoreDateTime=moment,
                    SSESpecificationOverride=self._encryption,
                )
        for table in self.tables:
            self._wait_until_active(table + _COPY)
            self._say(f"{table}{_COPY} is there to be looked at")

    def _assert_recoverable(self, table, moment):
        continuous = self._dynamo.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
        recovery = continuous.get("PointInTimeRecoveryDescription", {})
        if recovery.get("PointInTimeRecoveryStatus") != "ENABLED":
            raise Failed(f"{table} has no point-in-time recovery: only a backup of its own can bring it back")
        earliest, latest = (recovery.get(f"{which}RestorableDateTime") for which in ("Earliest", "Latest"))
        if earliest and latest and not earliest <= moment <= latest:
            raise Failed(f"{table} can be restored from {earliest} to {latest}: choose a --time between")

    # ---- In the place of the old ones ----------------------------------------------------------

    def swap(self):
        """Puts the copies in the place of the tables. Returns the ARN of the new stream of rows."""
        if any(mapping["State"] != "Disabled" for mapping in self._mappings()):
            raise Failed("ingest is running, and what it writes now would be lost: run `stop` first")
        # Both backups come first: from then on nothing can be lost, whatever happens.
        backups = {table: self._backup(table + _COPY) for table in self.tables}
        for table, backup in backups.items():
            self._replace(table, backup)
            self._configure(table)
        self.check()
        stream = self._describe(self.rows)["LatestStreamArn"]
        self._say(f"Now deploy with these parameters, and keep them:\n  RowsStreamArn: {stream}\n  Epoch: another one than before")
        return stream

    def _backup(self, copy):
        """The newest backup of a copy; it is made if there is none."""
        backups = self._dynamo.list_backups(TableName=copy)["BackupSummaries"]
        if not backups:
            if not self._describe(copy):
                raise Failed(f"there is no {copy}: run `copy` first")
            self._wait_until_active(copy)
            self._dynamo.create_backup(TableName=copy, BackupName=copy[:255])
        self._wait(f"a backup of {copy}", lambda: self._available_backup(copy))
        return self._available_backup(copy)

    def _available_backup(self, copy):
        backups = self._dynamo.list_backups(TableName=copy)["BackupSummaries"]
        available = [backup for backup in backups if backup["BackupStatus"] == "AVAILABLE"]
        return max(available, key=lambda backup: backup["BackupCreationDateTime"], default=None)

    def _replace(self, table, backup):
        """Deletes the old table and restores the backup under its name, if that has not been done yet."""
        old = self._describe(table)
        if old and old["CreationDateTime"] < backup["BackupCreationDateTime"]:
            self._wait_until_active(table)
            if old.get("DeletionProtectionEnabled"):
                self._dynamo.update_table(TableName=table, DeletionProtectionEnabled=False)
                self._wait_until_active(table)
            self._dynamo.delete_table(TableName=table)
            self._wait(f"{table} is gone", lambda: not self._describe(table))
        if not self._describe(table):
            self._dynamo.restore_table_from_backup(
                TargetTableName=table, BackupArn=backup["BackupArn"], SSESpecificationOverride=self._encryption
            )
        self._wait_until_active(table)

    def _configure(self, table):
        """Sets what a restore does not bring along, and what is missing all the same."""
        self._wait(f"point-in-time recovery of {table}", lambda: self._enable_recovery(table))
        if not self._has_ttl(table):
            specification = {"Enabled": True, "AttributeName": TTL_ATTRIBUTE}
            self._dynamo.update_time_to_live(TableName=table, TimeToLiveSpecification=specification)
        if not self._describe(table).get("DeletionProtectionEnabled"):
            self._dynamo.update_table(TableName=table, DeletionProtectionEnabled=True)
            self._wait_until_active(table)
        if not _is_encrypted(self._describe(table)):
            self._dynamo.update_table(TableName=table, SSESpecification=self._encryption)
            self._wait_until_active(table)
        if table == self.rows and not self._has_stream(table):
            specification = {"StreamEnabled": True, "StreamViewType": STREAM_VIEW}
            self._dynamo.update_table(TableName=table, StreamSpecification=specification)
            self._wait_until_active(table)

    def _enable_recovery(self, table):
        """Switches it on. A table that was just restored does not take it yet."""
        if self._has_recovery(table):
            return True
        try:
            specification = {"PointInTimeRecoveryEnabled": True}
            self._dynamo.update_continuous_backups(TableName=table, PointInTimeRecoverySpecification=specification)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ContinuousBackupsUnavailableException":
                raise
        return self._has_recovery(table)

    # ---- What has to be there ------------------------------------------------------------------

    def check(self):
        """Fails if a table lacks a setting that the template gives it."""
        missing = [f"{table}: {name}" for table in self.tables for name, is_there in self._settings(table) if not is_there]
        if missing:
            raise Failed("not as the template makes it: " + ", ".join(missing) + ". Run `swap` again")
        for table in self.tables:
            names = ", ".join(name for name, _ in self._settings(table))
            self._say(f"{table}: {names}")

    def _settings(self, table):
        described = self._describe(table) or {}
        settings = [
            ("active", described.get("TableStatus") == "ACTIVE"),
            ("indexes", all(it.get("IndexStatus") == "ACTIVE" for it in described.get("GlobalSecondaryIndexes", []))),
            ("point-in-time recovery", bool(described) and self._has_recovery(table)),
            ("TTL", bool(described) and self._has_ttl(table)),
            ("deletion protection", described.get("DeletionProtectionEnabled") is True),
            ("encryption", _is_encrypted(described)),
        ]
        return settings + ([("stream", self._has_stream(table))] if table == self.rows else [])

    def _has_recovery(self, table):
        continuous = self._dynamo.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
        return continuous.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus") == "ENABLED"

    def _has_ttl(self, table):
        ttl = self._dynamo.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
        return ttl["TimeToLiveStatus"] in ("ENABLED", "ENABLING") and ttl.get("AttributeName") == TTL_ATTRIBUTE

    def _has_stream(self, table):
        stream = (self._describe(table) or {}).get("StreamSpecification", {})
        return stream.get("StreamEnabled") is True and stream.get("StreamViewType") == STREAM_VIEW

    # ---- Waiting -------------------------------------------------------------------------------

    def _describe(self, table):
        """The table as DynamoDB describes it; None if there is none."""
        try:
            return self._dynamo.describe_table(TableName=table)["Table"]
        except self._dynamo.exceptions.ResourceNotFoundException:
            return None

    def _wait_until_active(self, table):
        self._wait(f"{table} is active", lambda: (self._describe(table) or {}).get("TableStatus") == "ACTIVE")

    def _wait(self, description, is_true):
        """Waits for as long as it takes, within a day: no waiter of the SDK waits for more than minutes."""
        deadline = time.monotonic() + _WAIT_HOURS * 3600
        has_waited = False
        while not is_true():
            if time.monotonic() > deadline:
                raise Failed(f"waited {_WAIT_HOURS} hours until {description}: look at it in the console, then run this again")
            if not has_waited:
                self._say(f"waiting until {description}")
            has_waited = True
            self._pause()


def _is_encrypted(described):
    return described.get("SSEDescription", {}).get("Status") == "ENABLED"


def _encryption(parameters):
    """The encryption of tables: by the key of the stack's parameter, or by the managed one of AWS."""
    keys = [it["ParameterValue"] for it in parameters if it["ParameterKey"] == "KmsKeyArn" and it.get("ParameterValue")]
    return {"Enabled": True, "SSEType": "KMS", **({"KMSMasterKeyId": keys[0]} if keys else {})}


def moment(text):
    """A time in UTC, to the second."""
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no time such as 2026-05-12T05:00:00Z") from None


def main():
    parser = argparse.ArgumentParser(
        prog="restore.py", description=__doc__, epilog=_EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("command", choices=["stop", "copy", "swap", "check", "start"])
    parser.add_argument("--stack", default="headroom", help="(default: %(default)s)")
    parser.add_argument("--time", type=moment, help="of copy: the second to go back to, in UTC")
    arguments = parser.parse_args()
    if (arguments.command == "copy") != (arguments.time is not None):
        parser.error("--time belongs to copy, which needs it")
    try:
        restore = Restore(arguments.stack, boto3.Session())
        if arguments.command == "copy":
            restore.copy(arguments.time)
        else:
            getattr(restore, arguments.command)()
    except (Failed, ClientError, BotoCoreError) as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit("interrupted: run the same command again to go on")


if __name__ == "__main__":
    main()
