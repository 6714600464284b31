"""What the template promises of topics, queues, tables, logs and alarms, and that the docs and the code keep up."""

import json
import re
import unittest

from stack import ALARM_TOPIC, AUDITS, CLIENT, EXPORTS, KEY, PARTNER_BUS, ROOT, Stack

DAY_SECONDS = 24 * 60 * 60
EVENT_QUEUES = ("IngestQueue", "ReplayQueue")


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

    def test_archives_outlive_a_change_of_the_bus(self):
        for name in ("GenesysEventsArchive", "HeadroomEventsArchive"):
            archive = self.stack.resources[name]
            self.assertEqual((archive["DeletionPolicy"], archive["UpdateReplacePolicy"]), ("Retain", "Retain"), name)

    def test_archives_keep_exactly_what_the_rules_take(self):
        self.assertEqual(self._topics("GenesysEventsArchive"), self.of_genesys)
        self.assertEqual(self._topics("HeadroomEventsArchive"), self.used)

    def test_on_the_partner_bus_only_genesys_is_listened_to(self):
        rule = self.stack.properties("GenesysEventsRule")
        self.assertEqual(rule["EventBusName"], PARTNER_BUS)
        self.assertEqual(rule["EventPattern"]["source"], [PARTNER_BUS])

    def test_without_a_partner_bus_there_is_only_headrooms(self):
        self.assertEqual(set(Stack().of_type("AWS::Events::Rule")), {"HeadroomEventsRule", "HeadroomReplaysRule"})

    def test_what_a_rule_cannot_deliver_is_a_dead_letter(self):
        for name, rule in self.stack.of_type("AWS::Events::Rule").items():
            for target in rule["Targets"]:
                self.assertEqual(target["DeadLetterConfig"], {"Arn": "DeadLetterQueue.Arn"}, name)

    def test_every_event_goes_to_one_queue_and_replays_to_one_of_their_own(self):
        for live, replays in (("GenesysEventsRule", "GenesysReplaysRule"), ("HeadroomEventsRule", "HeadroomReplaysRule")):
            live, replays = self.stack.properties(live), self.stack.properties(replays)
            self.assertEqual(self._queue(live), ("IngestQueue.Arn", [{"exists": False}]))
            self.assertEqual(self._queue(replays), ("ReplayQueue.Arn", [{"exists": True}]))
            pattern = {**live["EventPattern"], "replay-name": None}
            self.assertEqual({**replays["EventPattern"], "replay-name": None}, pattern)
            self.assertEqual(live["EventBusName"], replays["EventBusName"])

    def _queue(self, rule):
        target, = rule["Targets"]
        return target["Arn"], rule["EventPattern"]["replay-name"]

    def _topics(self, name):
        topics = self.stack.properties(name)["EventPattern"]["detail-type"]
        self.assertEqual(len(topics), len(set(topics)), name)
        return set(topics)


class Queues(unittest.TestCase):
    def setUp(self):
        self.stack = Stack()

    def test_every_queue_is_encrypted_by_sqs_or_by_a_key_of_the_customers(self):
        for name, queue in self.stack.of_type("AWS::SQS::Queue").items():
            self.assertEqual((queue["SqsManagedSseEnabled"], queue.get("KmsMasterKeyId")), (True, None), name)
        for name, queue in Stack(KmsKeyArn=KEY).of_type("AWS::SQS::Queue").items():
            self.assertEqual((queue.get("SqsManagedSseEnabled"), queue["KmsMasterKeyId"]), (None, KEY), name)

    def test_a_dead_letter_has_days_left_however_long_it_waited_before(self):
        kept = {name: it["MessageRetentionPeriod"] for name, it in self.stack.of_type("AWS::SQS::Queue").items()}
        self.assertEqual(kept["DeadLetterQueue"], 14 * DAY_SECONDS)
        self.assertEqual(kept["QuarantineQueue"], 14 * DAY_SECONDS)
        for name in EVENT_QUEUES:
            self.assertEqual(kept[name], 10 * DAY_SECONDS, name)

    def test_a_message_stays_hidden_for_as_long_as_ingest_may_need(self):
        window = self.stack.source["Parameters"]["IngestBatchWindowSeconds"]["MaxValue"]
        needed = 6 * self.stack.properties("IngestFunction")["Timeout"] + window
        for name in EVENT_QUEUES:
            self.assertGreaterEqual(self.stack.properties(name)["VisibilityTimeout"], needed, name)

    def test_an_outage_of_hours_leaves_no_dead_letter_and_a_message_that_cannot_be_applied_becomes_one(self):
        for name in EVENT_QUEUES:
            queue = self.stack.properties(name)
            redrive = queue["RedrivePolicy"]
            self.assertEqual(redrive["deadLetterTargetArn"], "DeadLetterQueue.Arn", name)
            tried_for = redrive["maxReceiveCount"] * queue["VisibilityTimeout"]
            self.assertTrue(10 * 3600 <= tried_for <= DAY_SECONDS, name)

    def test_a_batch_fails_in_part(self):
        for name in ("IngestFunctionQueue", "IngestFunctionReplays"):
            mapping = self.stack.properties(name)
            self.assertEqual(mapping["FunctionResponseTypes"], ["ReportBatchItemFailures"])
            self.assertGreaterEqual(mapping["ScalingConfig"]["MaximumConcurrency"], 2)

    def test_without_a_window_lambda_does_not_wait_and_a_large_batch_has_one(self):
        mapping = self.stack.properties("IngestFunctionQueue")
        self.assertEqual((mapping["MaximumBatchingWindowInSeconds"], mapping["BatchSize"]), (0, 10))
        rule = self.stack.source["Rules"]["WindowForLargeBatches"]
        self.assertEqual(rule["RuleCondition"], {"Fn::Equals": [{"Ref": "IngestBatchWindowSeconds"}, "0"]})
        sizes, size = rule["Assertions"][0]["Assert"]["Fn::Contains"]
        self.assertEqual((sizes, size), ([str(n) for n in range(1, 11)], {"Ref": "IngestBatchSize"}))
        replays = self.stack.properties("IngestFunctionReplays")
        self.assertGreaterEqual(replays["MaximumBatchingWindowInSeconds"], 1)


class Functions(unittest.TestCase):
    def test_each_is_built_as_its_name_says_and_logs_to_a_group_that_forgets(self):
        stack = Stack(**CLIENT, **EXPORTS, **AUDITS)
        functions = {it["FunctionName"]: it for it in stack.of_type("AWS::Lambda::Function").values()}
        folders = {f"headroom-{folder.name}" for folder in (ROOT / "functions").iterdir()}
        self.assertEqual(set(functions), folders)
        for name, function in functions.items():
            self.assertEqual(function["Runtime"], "provided.al2023")
            # Reports of invocations, which durations and memory are read from, are of the level INFO.
            self.assertEqual(function["LoggingConfig"]["SystemLogLevel"], "INFO", name)
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
        written = Stack().properties("RowsStage")["AccessLogSettings"]["Format"]
        self.assertEqual(set(json.loads(written)), {
            "requestId", "time", "route", "status", "error", "bytes", "integrationStatus", "integrationLatency",
        })
        self.assertNotRegex(written, r"identity|principalId|header|querystring|claims|path|authorizer")


class Rows(unittest.TestCase):
    def test_pages_on_the_list_may_read_and_without_a_list_no_page_may(self):
        self.assertNotIn("CorsConfiguration", Stack().properties("RowsApi"))
        cors = Stack(Origins="https://a.example,https://b.example").properties("RowsApi")["CorsConfiguration"]
        self.assertEqual(cors["AllowOrigins"], ["https://a.example", "https://b.example"])
        self.assertEqual(cors["AllowMethods"], ["GET", "HEAD"])
        self.assertNotIn("AllowCredentials", cors)

    def test_no_route_asks_a_preflight_for_a_token(self):
        routes = Stack().of_type("AWS::ApiGatewayV2::Route").values()
        methods = {it["RouteKey"].split(" ")[0] for it in routes if it["ApiId"] == "RowsApi"}
        self.assertEqual(methods, {"GET", "HEAD"})

    def test_requests_are_limited(self):
        settings = Stack().properties("RowsStage")["DefaultRouteSettings"]
        self.assertEqual(settings, {"ThrottlingRateLimit": 20, "ThrottlingBurstLimit": 50})


class GapReads(unittest.TestCase):
    def test_without_a_client_of_the_api_there_is_nothing_of_them(self):
        with_client, without = set(Stack(**CLIENT).resources), set(Stack().resources)
        named = {re.sub(r"Version[0-9a-f]{10}$", "Version", name) for name in with_client - without}
        self.assertEqual(named, {
            "GapReaderFunction", "GapReaderFunctionEventInvokeConfig", "GapReaderFunctionAliaslive",
            "GapReaderFunctionVersion", "FeedSilentAlarm", "GapReaderRole", "GapReaderLogs",
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


class Exported(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = Stack(**EXPORTS)

    def test_nothing_is_exported_unless_it_is_asked_for(self):
        with_exports, without = set(self.stack.resources), set(Stack().resources)
        named = {re.sub(r"Version[0-9a-f]{10}$", "Version", name) for name in with_exports - without}
        self.assertEqual(named, {
            "ExportBucket", "ExportBucketPolicy", "ExporterFunction", "ExporterFunctionEventInvokeConfig",
            "ExporterFunctionAliaslive", "ExporterFunctionVersion", "ExporterRole", "ExporterLogs", "ExporterSchedule",
            "ExporterScheduleRole", "ExporterErrorsAlarm", "ExportsFailAlarm", "ExportsLateAlarm",
        })
        self.assertNotRegex(Stack().properties("Dashboard")["DashboardBody"], "(?i)export")

    def test_the_bucket_is_private_encrypted_and_reached_by_encrypted_transport_only(self):
        bucket = self.stack.properties("ExportBucket")
        self.assertEqual(set(bucket["PublicAccessBlockConfiguration"].values()), {True})
        self.assertEqual(len(bucket["PublicAccessBlockConfiguration"]), 4)
        encryption, = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        self.assertEqual(encryption, {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}})
        policy = self.stack.properties("ExportBucketPolicy")
        self.assertEqual(policy["Bucket"], "ExportBucket")
        statement, = policy["PolicyDocument"]["Statement"]
        self.assertEqual((statement["Effect"], statement["Principal"], statement["Action"]), ("Deny", "*", "s3:*"))
        self.assertEqual(statement["Resource"], ["ExportBucket.Arn", "ExportBucket.Arn/*"])
        self.assertEqual(statement["Condition"], {"Bool": {"aws:SecureTransport": "false"}})

    def test_a_key_of_the_customers_encrypts_the_bucket(self):
        bucket = Stack(KmsKeyArn=KEY, **EXPORTS).properties("ExportBucket")
        encryption, = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        self.assertEqual(encryption["ServerSideEncryptionByDefault"], {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY})

    def test_the_bucket_outlives_the_stack_and_forgets_exports_but_not_the_marker(self):
        resource = self.stack.resources["ExportBucket"]
        self.assertEqual((resource["DeletionPolicy"], resource["UpdateReplacePolicy"]), ("Retain", "Retain"))
        self.assertNotIn("VersioningConfiguration", resource["Properties"])
        rules = resource["Properties"]["LifecycleConfiguration"]["Rules"]
        kept = {rule["Prefix"]: rule["ExpirationInDays"] for rule in rules if "Prefix" in rule}
        self.assertEqual(kept, {"bi/rows/": 90, "bi/ledger/": 90})
        marker, = re.findall(r'const MARKER: &str = "([^"]+)"', (ROOT / "functions/exporter/src/aws.rs").read_text())
        self.assertFalse(any(marker.startswith(prefix) for prefix in kept), marker)

    def test_a_full_export_is_always_there_with_the_increments_after_it(self):
        least = self.stack.source["Parameters"]["ExportDays"]["MinValue"]
        cadence = re.search(r"const ROWS: Cadence = Cadence \{ full_hours: (\d+) \* 24",
                            (ROOT / "functions/exporter/src/run.rs").read_text())
        self.assertGreaterEqual(least, 2 * int(cadence[1]))

    def test_runs_are_four_an_hour_and_none_is_repeated(self):
        schedule = self.stack.properties("ExporterSchedule")
        self.assertEqual(schedule["ScheduleExpression"], "cron(8/15 * * * ? *)")
        self.assertEqual(schedule["Target"]["RetryPolicy"]["MaximumRetryAttempts"], 0)
        self.assertEqual(self.stack.properties("ExporterFunctionEventInvokeConfig")["MaximumRetryAttempts"], 0)
        self.assertLess(self.stack.properties("ExporterFunction")["Timeout"], 15 * 60)

    def test_an_exporter_that_does_not_run_is_late(self):
        self.assertEqual(self.stack.properties("ExportsLateAlarm")["TreatMissingData"], "breaching")


class Audited(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = Stack(**AUDITS)

    def test_nothing_is_audited_unless_it_is_asked_for(self):
        with_audits, without = set(self.stack.resources), set(Stack().resources)
        named = {re.sub(r"Version[0-9a-f]{10}$", "Version", name) for name in with_audits - without}
        self.assertEqual(named, {
            "AuditorFunction", "AuditorFunctionEventInvokeConfig", "AuditorFunctionAliaslive", "AuditorFunctionVersion",
            "AuditorRole", "AuditorLogs", "AuditorSchedule", "AuditorScheduleRole",
            "AuditorErrorsAlarm", "RowsDifferAlarm", "AuditsFailAlarm",
        })
        self.assertNotRegex(Stack().properties("Dashboard")["DashboardBody"], "(?i)audit")

    def test_a_run_that_failed_is_not_repeated_and_has_all_the_time_that_lambda_gives(self):
        self.assertEqual(self.stack.properties("AuditorSchedule")["Target"]["RetryPolicy"]["MaximumRetryAttempts"], 0)
        self.assertEqual(self.stack.properties("AuditorFunctionEventInvokeConfig")["MaximumRetryAttempts"], 0)
        self.assertEqual(self.stack.properties("AuditorFunction")["Timeout"], 15 * 60)

    def test_what_an_audit_found_holds_until_the_next_one(self):
        self.assertEqual(self.stack.properties("RowsDifferAlarm")["TreatMissingData"], "ignore")

    def test_schedules_are_those_of_eventbridge_scheduler(self):
        pattern = re.compile(self.stack.source["Parameters"]["AuditSchedule"]["AllowedPattern"])
        for good in ("cron(0 3 ? * SUN *)", "rate(7 days)"):
            self.assertTrue(pattern.search(good), good)
        for bad in ("weekly", "cron()", "0 3 * * 0"):
            self.assertFalse(pattern.search(bad), bad)


class Docs(unittest.TestCase):
    def test_operations_tells_of_each_alarm_and_of_no_other(self):
        stacks = Stack(**CLIENT, **EXPORTS, **AUDITS), Stack(GenesysEventBusName=PARTNER_BUS)
        alarms = [alarm for stack in stacks for alarm in stack.of_type("AWS::CloudWatch::Alarm").values()]
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
        for name, alarm in Stack(AlarmTopicArn=ALARM_TOPIC, **CLIENT, **EXPORTS, **AUDITS).of_type("AWS::CloudWatch::Alarm").items():
            self.assertEqual(alarm["AlarmActions"], [ALARM_TOPIC], name)
        for name, alarm in Stack().of_type("AWS::CloudWatch::Alarm").items():
            self.assertNotIn("AlarmActions", alarm, name)

    def test_the_dashboard_shows_all_alarms(self):
        for parameters in ({}, CLIENT, EXPORTS, AUDITS, {"GenesysEventBusName": PARTNER_BUS}):
            self._assert_all_alarms_are_shown(Stack(**parameters))

    def _assert_all_alarms_are_shown(self, stack):
        widgets = json.loads(stack.properties("Dashboard")["DashboardBody"])["widgets"]
        shown = {arn.split(":alarm:")[1] for arn in widgets[0]["properties"]["alarms"]}
        self.assertEqual(shown, {alarm["AlarmName"] for alarm in stack.of_type("AWS::CloudWatch::Alarm").values()})


if __name__ == "__main__":
    unittest.main()
