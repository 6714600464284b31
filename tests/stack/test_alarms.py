"""Each alarm begins with the fault that it is there for, and not without it."""

import http.server
import json
import sys
import threading
import time
import unittest
import urllib.error
import urllib.request
import uuid

import boto3
from alarms import Metrics, age, all_alarms, begins, begins_older, physical_names
from cloud import ROOT, Cloud, event, wait_for

sys.path.insert(0, str(ROOT / "infra/local/test"))
from websocket import WebSocket  # noqa: E402

# The alarms that began.
SEEN = set()
SLOT_SECONDS = 300


class WithCloud(unittest.TestCase):
    ARGUMENTS = ()
    PARAMETERS = {}

    def setUp(self):
        self.cloud = Cloud(*self.ARGUMENTS, **self.PARAMETERS)
        self.addCleanup(self.cloud.stop)
        self.physical_names = physical_names(self.cloud)

    def metrics(self):
        metrics = Metrics(self.physical_names)
        for function in self.cloud.deployment["functions"]:
            metrics.add_lines(self.cloud.log(function))
        return metrics

    def assert_begins(self, name, is_fault_there=lambda: True):
        """Waits until the alarm begins, and says so for the test of all alarms."""
        wait_for(name, lambda: is_fault_there() and begins(ALARMS[name], self.metrics()))
        SEEN.add(name)

    def assert_grows(self, name):
        """Waits until the age that an alarm watches has grown, and says that it begins once the age is over its threshold."""
        at_first = age(ALARMS[name], self.metrics())
        wait_for(f"the age of {name}", lambda: age(ALARMS[name], self.metrics()) >= at_first + ALARMS[name]["Threshold"] / 100)
        self.assertTrue(begins_older(ALARMS[name], self.metrics()))
        SEEN.add(name)

    def throttle(self, function):
        """Leaves no concurrency to a function."""
        name = self.cloud.deployment["functions"][function]
        boto3.client("lambda").put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)

    def assert_quiet(self, *names):
        metrics = self.metrics()
        for name in names:
            self.assertFalse(begins(ALARMS[name], metrics), f"{name} begins without a fault")

    def connect(self, count=1):
        """Connects viewers of all queues."""
        return [self._viewer() for _ in range(count)]

    def _viewer(self):
        viewer = WebSocket(self.cloud.deployment["viewerUrl"], ["headroom.v1", f"bearer.{self.cloud.token()}"])
        self.addCleanup(viewer.close)
        self.assertEqual(viewer.status, 101)
        viewer.send(json.dumps({"action": "subscribe", "id": 1, "subjects": ["queue#*"], "have": {}}))
        viewer.receive()
        return viewer

    def put(self, count, seconds=None, **fields):
        """Puts events of so many new conversations, and waits until ingest has seen them."""
        at = seconds or time.time()
        self.cloud.put(*[event(str(uuid.uuid4()), at, **fields) for _ in range(count)])


ALARMS = all_alarms()


class Ingest(WithCloud):
    def test_refused_events(self):
        self.put(120)
        wait_for("a healthy batch", lambda: self._applied() >= 120)
        self.assert_quiet("RefusedShare", "EventsFailed", "IngestErrors", "Quarantine")
        self.cloud.put(*[{"DetailType": "v2.detail.events.conversation.{id}.acd.start", "Detail": "{}"} for _ in range(11)])
        self.assert_begins("RefusedShare")
        self.assert_begins("Quarantine")

    def test_events_that_cannot_be_committed(self):
        self.put(5)
        wait_for("a healthy batch", lambda: self._applied() >= 5)
        self.assert_quiet("EventsFailed")
        client, table = boto3.client("dynamodb"), self.cloud.outputs["EntitiesTable"]
        client.update_table(TableName=table, DeletionProtectionEnabled=False)
        client.delete_table(TableName=table)
        self.put(5)
        self.assert_begins("EventsFailed")
        self.assert_quiet("IngestErrors")

    def test_a_function_that_ends_in_the_middle(self):
        self.put(5)
        wait_for("a healthy batch", lambda: self._applied() >= 5)
        self.assert_quiet("IngestErrors")
        self.cloud.faults("ingest", down=True)
        self.put(5)
        self.assert_begins("IngestErrors")

    def test_ingest_without_concurrency(self):
        self.assert_quiet("IngestThrottles", "OldestMessage")
        self.throttle("ingest")
        self.put(5)
        self.assert_begins("IngestThrottles")
        self.assert_grows("OldestMessage")

    def test_tables_that_refuse_for_want_of_throughput_and_lose_nothing(self):
        self.put(5)
        wait_for("a healthy batch", lambda: self._applied() >= 5)
        self.assert_quiet("TableThrottles")
        url = self.cloud.outputs["IngestQueueUrl"]
        boto3.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "1"})
        self.cloud.throttle_tables("EntitiesTable")
        self.put(20)
        self.assert_begins("TableThrottles")
        self.cloud.throttle_tables()
        wait_for("all events", lambda: self._applied() >= 25)
        self.assert_quiet("DeadLetters")

    def test_a_queue_that_is_gone(self):
        self.put(5)
        wait_for("a healthy batch", lambda: self._applied() >= 5)
        self.assert_quiet("DeadLetters", "EventsUndelivered", "NoEvents")
        self._delete_queue("IngestQueue")
        self.put(1)
        self.assert_begins("DeadLetters")
        self.assert_quiet("EventsUndelivered")
        self._delete_queue("DeadLetterQueue")
        self.put(1)
        self.assert_begins("EventsUndelivered")

    def test_a_feed_that_brings_nothing(self):
        self.assert_begins("NoEvents")

    def _delete_queue(self, name):
        client = boto3.client("sqs")
        client.delete_queue(QueueUrl=client.get_queue_url(QueueName=self.physical_names[name])["QueueUrl"])

    def _applied(self):
        return self.metrics().statistic("Headroom/headroom", "EventsApplied", {"function": "ingest"}, "Sum") or 0


class Push(WithCloud):
    def test_push_without_concurrency(self):
        self.assert_quiet("PushThrottles")
        self.throttle("push")
        self.put(5)
        self.assert_begins("PushThrottles")

    def test_a_function_that_ends_in_the_middle(self):
        self.cloud.faults("push", down=True)
        self.put(5)
        self.assert_begins("PushErrors")
        self.assert_grows("StreamAge")

    def test_frames_that_api_gateway_refuses(self):
        self.connect(10)
        for status, name in ((403, "PushFailures"), (429, "FramesSkipped")):
            self.assert_quiet(name)
            self.cloud.refuse_posts(status)
            self.assert_begins(name, self.change)

    def change(self):
        """Changes rows, which every viewer is to get."""
        self.put(1)
        return True


class Viewers(WithCloud):
    def test_functions_that_end_in_the_middle(self):
        self.connect()
        self.assert_quiet("ConnectionsErrors", "AuthorizerErrors")
        for function, name in (("connections", "ConnectionsErrors"), ("authorizer", "AuthorizerErrors")):
            self.cloud.faults(function, down=True)
            self.assertNotEqual(self.handshake(), 101)
            self.cloud.faults(function, down=False)
            self.assert_begins(name)

    def test_a_read_by_http_that_fails(self):
        self.assertEqual(self.read_rows(), 200)
        self.assert_quiet("RowsErrors", "AuthorizerErrors")
        self.cloud.faults("rows", down=True)
        self.assertGreaterEqual(self.read_rows(), 500)
        self.assert_begins("RowsErrors")

    def test_functions_without_concurrency(self):
        self.assertEqual(self.read_rows(), 200)
        self.assert_quiet("RowsThrottles", "ConnectionsThrottles", "AuthorizerThrottles")
        for function, name in (("rows", "RowsThrottles"), ("connections", "ConnectionsThrottles"), ("authorizer", "AuthorizerThrottles")):
            self.throttle(function)
            self.assertFalse(self.is_served(function), f"{function} runs without concurrency")
            self.assert_begins(name)

    def test_connections_that_refuse_for_want_of_throughput(self):
        self.assertEqual(self.handshake(), 101)
        self.assert_quiet("LedgerThrottles")
        self.cloud.throttle_tables("ConnectionsTable")

        def is_refused():
            self.assertNotEqual(self.handshake(), 101)
            return True

        self.assert_begins("LedgerThrottles", is_refused)
        self.cloud.throttle_tables()
        self.assertEqual(self.handshake(), 101)

    def is_served(self, function):
        """Whether what a function is needed for works."""
        return self.read_rows() == 200 if function == "rows" else self.handshake() == 101

    def handshake(self):
        """Connects a viewer for a moment, and returns the status."""
        viewer = WebSocket(self.cloud.deployment["viewerUrl"], ["headroom.v1", f"bearer.{self.cloud.token()}"])
        viewer.close()
        return viewer.status

    def read_rows(self):
        """Reads rows by HTTP, and returns the status."""
        url = f"{self.cloud.deployment['rowsUrl']}?subject=queue%23*"
        request = urllib.request.Request(url, headers={"Authorization": f"Bearer {self.cloud.token()}"})
        try:
            with urllib.request.urlopen(request) as response:
                return response.status
        except urllib.error.HTTPError as error:
            return error.code


class PlatformApi:
    """A Platform API that gives out tokens and answers everything else with one status."""

    def __init__(self):
        self.status = 500
        self.requests = []
        api = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                self.respond()

            def do_GET(self):
                self.respond()

            def respond(self):
                api.requests.append(self.path)
                is_token = self.path.endswith("/oauth/token")
                body = json.dumps({"access_token": "t", "token_type": "bearer", "expires_in": 3600} if is_token else {}).encode()
                self.send_response(200 if is_token else api.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                if api.status == 429:
                    self.send_header("Retry-After", "1")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()


class WithApi(WithCloud):
    def setUp(self):
        self.api = PlatformApi()
        self.addCleanup(self.api.stop)
        self.ARGUMENTS = ("--genesys", self.api.url, "--gap-reads", "0")
        super().setUp()

    def read(self):
        """Runs the gap reader."""
        self.cloud.invoke("gap-reader")
        return True


class GapReads(WithApi):
    def test_an_api_that_fails_while_conversations_are_due(self):
        self.put(130, seconds=time.time() - 7200)
        wait_for("all to be committed", lambda: self._due() >= 130)
        self.assert_quiet("GapReadsFail", "GapsGrow", "ApiThrottled", "GapReaderErrors")
        self.assert_begins("GapReadsFail", self.read)
        self.assert_begins("GapsGrow", self.read)

    def test_an_api_that_says_too_many_requests(self):
        self.api.status = 429
        self.assert_begins("ApiThrottled", self.read)

    def test_a_feed_that_brings_nothing_where_it_brought_much_a_day_before(self):
        slot = (time.time() - 1500) // SLOT_SECONDS * SLOT_SECONDS
        self.put(60, seconds=slot - 24 * 3600 + 30)
        wait_for("all to be committed", lambda: self._applied() >= 60)
        self.assert_begins("FeedSilent", self.read)

    def test_reads_that_bring_nothing(self):
        bus = self.cloud.outputs["HeadroomBusName"]
        conversations = [str(uuid.uuid4()) for _ in range(120)]
        for conversation in conversations:
            body = {"conversationId": conversation, "readAt": int(time.time() * 1000), "participants": []}
            self.cloud.put({"DetailType": "headroom.conversation.details", "Detail": json.dumps({"eventBody": body})}, bus=bus)
        self.assert_begins("ReadsBringNothing")

    def test_a_function_that_ends_in_the_middle(self):
        self.cloud.faults("gap-reader", down=True)
        self.assert_begins("GapReaderErrors", self.read)

    def test_a_reader_that_is_not_run(self):
        self.assertTrue(begins(ALARMS["GapReaderSilent"], self.metrics()))
        SEEN.add("GapReaderSilent")
        self.read()
        wait_for("a run", lambda: not begins(ALARMS["GapReaderSilent"], self.metrics()))

    def _due(self):
        client, table = boto3.client("dynamodb"), self.cloud.outputs["EntitiesTable"]
        return client.scan(TableName=table, IndexName="byDue", Select="COUNT")["Count"]

    def _applied(self):
        return self.metrics().statistic("Headroom/headroom", "EventsApplied", {"function": "ingest"}, "Sum") or 0


class Budget(WithApi):
    PARAMETERS = {"BudgetPerDay": "2", "BudgetPerMonth": "2"}

    def test_a_budget_that_is_used_up(self):
        self.assert_begins("BudgetUsed", self.read)


class Exports(WithCloud):
    """The emulator has no point-in-time recovery and no exports: each run is one that cannot do its work."""

    PARAMETERS = {"Exports": "ENABLED"}

    def run_exporter(self):
        self.cloud.invoke("exporter")
        return True

    def test_exports_that_cannot_be_made(self):
        self.assert_quiet("ExportsFail", "ExporterErrors")
        self.assert_begins("ExportsFail", self.run_exporter)
        self.assert_quiet("ExporterErrors")
        self.assert_begins("ExportsLate")

    def test_a_function_that_ends_in_the_middle(self):
        self.cloud.faults("exporter", down=True)
        self.assert_begins("ExporterErrors", self.run_exporter)


class Audits(WithCloud):
    PARAMETERS = {"Audits": "ENABLED", "AuditParts": "1"}

    def run_auditor(self):
        self.cloud.invoke("auditor")
        return True

    def test_a_row_that_is_wrong(self):
        self.cloud.put(event(str(uuid.uuid4()), time.time()))
        rows = boto3.resource("dynamodb").Table(self.cloud.outputs["RowsTable"])
        wait_for("rows", lambda: rows.scan(Select="COUNT")["Count"] >= 3)
        self.run_auditor()
        self.assert_quiet("RowsDiffer", "AuditsFail", "AuditorErrors")
        # As if a program of somebody else's had written to the table.
        row = rows.scan()["Items"][0]
        key = {name: row[name] for name in ("subject", "bucket")}
        rows.update_item(Key=key, UpdateExpression="ADD oWaiting :one, version :one", ExpressionAttributeValues={":one": 1})
        self.assert_begins("RowsDiffer", self.run_auditor)
        self.assert_quiet("AuditsFail")

    def test_an_audit_that_cannot_be_made(self):
        ledger = boto3.resource("dynamodb").Table(self.cloud.outputs["LedgerTable"])
        ledger.put_item(Item={"kind": "audit", "name": "position", "version": 1, "body": "?"})
        self.addCleanup(ledger.delete_item, Key={"kind": "audit", "name": "position"})
        self.assert_begins("AuditsFail", self.run_auditor)

    def test_a_function_that_ends_in_the_middle(self):
        self.cloud.faults("auditor", down=True)
        self.assert_begins("AuditorErrors", self.run_auditor)


class Every(unittest.TestCase):
    def test_each_alarm_was_seen_to_begin(self):
        self.assertEqual(set(ALARMS), SEEN)


def load_tests(loader, _tests, _pattern):
    """Every comes last: it looks at what the others have seen."""
    cases = (Ingest, Push, Viewers, GapReads, Budget, Exports, Audits, Every)
    return unittest.TestSuite(loader.loadTestsFromTestCase(case) for case in cases)


if __name__ == "__main__":
    unittest.main()
