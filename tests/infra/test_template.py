"""What the template promises of topics, queues, tables, logs and alarms, and that the docs and the code keep up."""

import json
import re
import unittest

from stack import ALARM_TOPIC, CLIENT, PARTNER_BUS, ROOT, Stack

DAY_SECONDS = 24 * 60 * 60


def used_topics():
    """Of shared/genesys/src/events/topic.rs. That none is overlooked shows in the number of all topics there."""
    source = (ROOT / "shared/genesys/src/events/topic.rs").read_text()
    declared, table = re.search(r"TOPICS: \[TopicEntry; (\d+)\] = \[(.*?)\n\];", source, re.DOTALL).groups()
    entries = re.findall(r'^    (used|ignored)\(\s*"([^"]+)"', table, re.MULTILINE)
    assert len(entries) == int(declared), f"read {len(entries)} topics of {declared}: mend used_topics()"
    return {template for becomes, template in entries if becomes == "used"}


class Events(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = Stack(GenesysEventBusName=PARTNER_BUS)
        cls.used = used_topics()
        cls.of_genesys = {topic for topic in cls.used if not topic.startswith("headroom.")}

    def test_rules_take_exactly_the_used_topics(self):
        self.assertEqual(self._topics("GenesysEventsRule"), self.of_genesys)
        self.assertEqual(self._topics("HeadroomEventsRule"), self.used)

    def test_archives_keep_exactly_what_the_rules_take(self):
        self.assertEqual(self._topics("GenesysEventsArchive"), self.of_genesys)
        self.assertEqual(self._topics("HeadroomEventsArchive"), self.used)

    def test_on_the_partner_bus_only_genesys_is_listened_to(self):
        rule = self.stack.properties("GenesysEventsRule")
        self.assertEqual(rule["EventBusName"], PARTNER_BUS)
        self.assertEqual(rule["EventPattern"]["source"], [PARTNER_BUS])

    def test_without_a_partner_bus_there_is_only_headrooms(self):
        self.assertEqual(list(Stack().of_type("AWS::Events::Rule")), ["HeadroomEventsRule"])

    def test_what_a_rule_cannot_deliver_is_a_dead_letter(self):
        for name, rule in self.stack.of_type("AWS::Events::Rule").items():
            for target in rule["Targets"]:
                self.assertEqual(target["Arn"], "IngestQueue.Arn", name)
                self.assertEqual(target["DeadLetterConfig"], {"Arn": "DeadLetterQueue.Arn"}, name)

    def _topics(self, name):
        topics = self.stack.properties(name)["EventPattern"]["detail-type"]
        self.assertEqual(len(topics), len(set(topics)), name)
        return set(topics)


class Queues(unittest.TestCase):
    def setUp(self):
        self.stack = Stack()

    def test_every_queue_is_encrypted_and_keeps_messages_as_long_as_sqs_does(self):
        for name, queue in self.stack.of_type("AWS::SQS::Queue").items():
            self.assertIs(queue["SqsManagedSseEnabled"], True, name)
            self.assertEqual(queue["MessageRetentionPeriod"], 14 * DAY_SECONDS, name)

    def test_a_message_stays_hidden_for_as_long_as_ingest_may_need(self):
        window = self.stack.source["Parameters"]["IngestBatchWindowSeconds"]["MaxValue"]
        needed = 6 * self.stack.properties("IngestFunction")["Timeout"] + window
        self.assertGreaterEqual(self.stack.properties("IngestQueue")["VisibilityTimeout"], needed)

    def test_a_message_that_fails_again_and_again_is_a_dead_letter(self):
        redrive = self.stack.properties("IngestQueue")["RedrivePolicy"]
        self.assertEqual(redrive["deadLetterTargetArn"], "DeadLetterQueue.Arn")
        self.assertGreaterEqual(redrive["maxReceiveCount"], 5)

    def test_a_batch_fails_in_part(self):
        mapping = self.stack.properties("IngestFunctionQueue")
        self.assertEqual(mapping["FunctionResponseTypes"], ["ReportBatchItemFailures"])
        self.assertGreaterEqual(mapping["ScalingConfig"]["MaximumConcurrency"], 2)


class Tables(unittest.TestCase):
    def test_every_table_is_encrypted_recoverable_on_demand_and_protected(self):
        tables = Stack().of_type("AWS::DynamoDB::Table")
        self.assertEqual(set(tables), {"EntitiesTable", "RowsTable", "ConnectionsTable", "LedgerTable"})
        for name, table in tables.items():
            self.assertEqual(table["SSESpecification"], {"SSEEnabled": True}, name)
            self.assertEqual(table["PointInTimeRecoverySpecification"], {"PointInTimeRecoveryEnabled": True}, name)
            self.assertEqual(table["TimeToLiveSpecification"], {"AttributeName": "expiresAt", "Enabled": True}, name)
            self.assertEqual(table["BillingMode"], "PAY_PER_REQUEST", name)
            self.assertIs(table["DeletionProtectionEnabled"], True, name)

    def test_what_is_due_is_found_by_an_index_that_holds_keys_alone(self):
        index, = Stack().properties("EntitiesTable")["GlobalSecondaryIndexes"]
        keys = [{"AttributeName": "dueShard", "KeyType": "HASH"}, {"AttributeName": "due", "KeyType": "RANGE"}]
        self.assertEqual((index["IndexName"], index["KeySchema"]), ("byDue", keys))
        self.assertEqual(index["Projection"], {"ProjectionType": "KEYS_ONLY"})

    def test_rows_stream_both_images_to_push_in_order(self):
        stack = Stack()
        self.assertEqual(stack.properties("RowsTable")["StreamSpecification"], {"StreamViewType": "NEW_AND_OLD_IMAGES"})
        mapping = stack.properties("PushFunctionRows")
        self.assertEqual(mapping["EventSourceArn"], "RowsTable.StreamArn")
        self.assertEqual(mapping["ParallelizationFactor"], 1)
        self.assertIs(mapping["BisectBatchOnFunctionError"], True)

    def test_after_a_restore_push_reads_the_stream_that_is_named(self):
        stream = "arn:aws:dynamodb:us-east-1:123456789012:table/t/stream/2026-11-24T00:00:00.000"
        self.assertEqual(Stack(RowsStreamArn=stream).properties("PushFunctionRows")["EventSourceArn"], stream)


class Functions(unittest.TestCase):
    def test_each_is_built_as_its_name_says_and_logs_to_a_group_that_forgets(self):
        stack = Stack(**CLIENT)
        functions = {it["FunctionName"]: it for it in stack.of_type("AWS::Lambda::Function").values()}
        folders = {f"headroom-{folder.name}" for folder in (ROOT / "functions").iterdir()}
        self.assertEqual(set(functions), folders)
        for name, function in functions.items():
            self.assertEqual(function["Runtime"], "provided.al2023")
            group = stack.properties(function["LoggingConfig"]["LogGroup"])
            self.assertEqual(group["LogGroupName"], f"/aws/lambda/{name}")
        for name, group in stack.of_type("AWS::Logs::LogGroup").items():
            self.assertEqual(group["RetentionInDays"], 30, name)

    def test_code_is_where_cargo_lambda_puts_it(self):
        resources = Stack().source["Resources"].values()
        code = {it["Properties"]["CodeUri"] for it in resources if it["Type"] == "AWS::Serverless::Function"}
        self.assertEqual(code, {f"../target/lambda/{folder.name}/" for folder in (ROOT / "functions").iterdir()})

    def test_access_logs_name_nobody(self):
        written = Stack().properties("ViewerStage")["AccessLogSettings"]["Format"]
        self.assertEqual(set(json.loads(written)), {
            "requestId", "time", "connectionId", "event", "route", "status", "error",
            "authorizerStatus", "integrationStatus", "integrationLatency",
        })
        self.assertNotRegex(written, r"identity|principalId|header|querystring|claims")


class GapReads(unittest.TestCase):
    def test_without_a_client_of_the_api_there_is_nothing_of_them(self):
        with_client, without = set(Stack(**CLIENT).resources), set(Stack().resources)
        self.assertEqual({it for it in with_client - without}, {
            "GapReaderFunction", "GapReaderFunctionEventInvokeConfig", "GapReaderRole", "GapReaderLogs",
            "GapReaderSchedule", "GapReaderScheduleRole", "BudgetUsedAlarm", "ApiThrottledAlarm", "GapsGrowAlarm",
            "GapReaderErrorsAlarm", "GapReaderSilentAlarm", "GapReadsFailAlarm", "ReadsBringNothingAlarm",
        })
        self.assertNotRegex(Stack().properties("Dashboard")["DashboardBody"], "(?i)gap-?reader")

    def test_a_run_is_one_minute_after_the_other_and_none_is_repeated(self):
        stack = Stack(**CLIENT)
        schedule = stack.properties("GapReaderSchedule")
        self.assertEqual(schedule["ScheduleExpression"], "rate(1 minute)")
        self.assertEqual(schedule["FlexibleTimeWindow"], {"Mode": "OFF"})
        self.assertEqual(schedule["Target"]["RetryPolicy"]["MaximumRetryAttempts"], 0)
        self.assertEqual(stack.properties("GapReaderFunctionEventInvokeConfig")["MaximumRetryAttempts"], 0)
        self.assertLessEqual(stack.properties("GapReaderFunction")["Timeout"], 60)

    def test_pausing_stops_the_schedule_and_silences_the_alarm_about_it(self):
        for state, notifies in (("ENABLED", True), ("DISABLED", False)):
            stack = Stack(GapReads=state, **CLIENT)
            self.assertEqual(stack.properties("GapReaderSchedule")["State"], state)
            self.assertIs(stack.properties("GapReaderSilentAlarm")["ActionsEnabled"], notifies)

    def test_hosts_are_addresses_alone_and_secure_but_on_this_machine(self):
        for name in ("GenesysApiUrl", "GenesysLoginUrl"):
            pattern = re.compile(Stack().source["Parameters"][name]["AllowedPattern"])
            for good in ("", "https://api.mypurecloud.de", "http://127.0.0.1:8421"):
                self.assertTrue(pattern.search(good), good)
            for bad in ("http://api.mypurecloud.de", "https://api.mypurecloud.de/", "https://id:secret@api.example"):
                self.assertFalse(pattern.search(bad), bad)


class Docs(unittest.TestCase):
    def test_operations_tells_of_each_alarm_and_of_no_other(self):
        alarms = Stack(**CLIENT).of_type("AWS::CloudWatch::Alarm").values()
        names = {alarm["AlarmName"].removeprefix("headroom-") for alarm in alarms}
        text = (ROOT / "docs/operations.md").read_text()
        self.assertEqual(set(re.findall(r"^### (\w+)$", text, re.MULTILINE)), names)

    def test_configuration_tells_of_each_parameter_and_of_no_other(self):
        text = (ROOT / "docs/configuration.md").read_text()
        told = re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)
        self.assertEqual(sorted(told), sorted(Stack().source["Parameters"]))

    def test_every_parameter_says_what_it_is_and_has_its_place_in_the_console(self):
        source = Stack().source
        groups = source["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
        placed = [name for group in groups for name in group["Parameters"]]
        self.assertEqual(sorted(placed), sorted(source["Parameters"]))
        self.assertTrue(all(it.get("Description") for it in source["Parameters"].values()))


class Watching(unittest.TestCase):
    def test_alarms_notify_the_topic_if_there_is_one(self):
        for name, alarm in Stack(AlarmTopicArn=ALARM_TOPIC, **CLIENT).of_type("AWS::CloudWatch::Alarm").items():
            self.assertEqual(alarm["AlarmActions"], [ALARM_TOPIC], name)
        for name, alarm in Stack().of_type("AWS::CloudWatch::Alarm").items():
            self.assertNotIn("AlarmActions", alarm, name)

    def test_the_dashboard_shows_all_alarms(self):
        for parameters in ({}, CLIENT):
            self._assert_all_alarms_are_shown(Stack(**parameters))

    def _assert_all_alarms_are_shown(self, stack):
        widgets = json.loads(stack.properties("Dashboard")["DashboardBody"])["widgets"]
        shown = {arn.split(":alarm:")[1] for arn in widgets[0]["properties"]["alarms"]}
        self.assertEqual(shown, {alarm["AlarmName"] for alarm in stack.of_type("AWS::CloudWatch::Alarm").values()})


if __name__ == "__main__":
    unittest.main()
