"""Template and code agree: on the variables that functions read, and on the metrics that are watched."""

import json
import re
import unittest

from stack import AUDITS, CLIENT, EXPORTS, ROOT, Stack

NAMESPACE = "Headroom/headroom"
FUNCTIONS = sorted(folder.name for folder in (ROOT / "functions").iterdir())


def code(folder):
    """Everything but the unit tests at the end of a file."""
    files = (ROOT / folder).glob("src/**/*.rs")
    return "\n".join(file.read_text().split("#[cfg(test)]\nmod tests")[0] for file in files)


def variables_read(function):
    # Where calls of shared/aws name a variable, `hours` by way of `within`. SETTINGS and METRICS_NAMESPACE are read there.
    read = set(re.findall(r'\b(?:required|optional|parsed|within|hours)\(\s*"([A-Z_]+)"', code(f"functions/{function}")))
    settings = {"SETTINGS"} if ".settings()" in code(f"functions/{function}") else set()
    return read | settings | {"METRICS_NAMESPACE"}


def metrics_told(function):
    """A label would be one more dimension, and the metric another one than the one that is watched."""
    return set(re.findall(r'\b(?:counter|histogram|gauge)!\(\s*"(\w+)"\s*\)', code(f"functions/{function}")))


class Variables(unittest.TestCase):
    def test_each_function_is_given_exactly_the_variables_that_it_reads(self):
        functions = Stack(**CLIENT, **EXPORTS, **AUDITS).of_type("AWS::Lambda::Function").values()
        given = {it["FunctionName"].removeprefix("headroom-"): set(it["Environment"]["Variables"]) for it in functions}
        self.assertEqual(given, {function: variables_read(function) for function in FUNCTIONS})


class Metrics(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = Stack(**CLIENT, **EXPORTS, **AUDITS)
        cls.told = {(function, metric) for function in FUNCTIONS for metric in metrics_told(function)}

    def test_alarms_watch_metrics_that_functions_tell(self):
        watched = set()
        for alarm in self.stack.of_type("AWS::CloudWatch::Alarm").values():
            stats = [it["MetricStat"]["Metric"] for it in alarm.get("Metrics", []) if "MetricStat" in it]
            watched.update(_own(it["Namespace"], it["MetricName"], it["Dimensions"]) for it in [alarm, *stats] if "MetricName" in it)
        watched.discard(None)
        self.assertLessEqual({("ingest", "EventsRefused"), ("gap-reader", "BudgetUsedShare"), ("exporter", "ExportFailures"), ("auditor", "RowsDiffering")}, watched)
        self.assertLessEqual(watched, self.told)

    def test_the_dashboard_shows_metrics_that_functions_tell(self):
        widgets = json.loads(self.stack.properties("Dashboard")["DashboardBody"])["widgets"]
        lines = [line for widget in widgets for line in widget["properties"].get("metrics", [])]
        shown = {(line[3], line[1]) for line in lines if line[0] == NAMESPACE}
        self.assertLessEqual({("push", "FramesSent"), ("gap-reader", "GapsDue"), ("exporter", "ExportsBegun")}, shown)
        self.assertLessEqual(shown, self.told)


class Cost(unittest.TestCase):
    """What `headroom cost` takes for deployed is."""

    @classmethod
    def setUpClass(cls):
        cls.stack, cls.without_gap_reads = Stack(**CLIENT), Stack()
        text = (ROOT / "tools/headroom/src/cost/units.rs").read_text()
        cls.units = {name: float(value) for name, value in re.findall(r"const (\w+): f64 = ([\d_.]+);", text)}

    def test_memory_is_that_of_the_functions(self):
        memory = {it["FunctionName"].removeprefix("headroom-"): it["MemorySize"] / 1024
                  for it in self.stack.of_type("AWS::Lambda::Function").values()}
        expected = {"ingest": self.units["INGEST_GB"], "gap-reader": self.units["GAP_READER_GB"],
                    "push": self.units["PUSH_GB"], "connections": self.units["CONNECTIONS_GB"]}
        self.assertLessEqual(expected.items(), memory.items())

    def test_alarms_are_paid_by_the_metrics_that_they_watch(self):
        with_gap_reads, without = (_alarm_metrics(it) for it in (self.stack, self.without_gap_reads))
        exports, audits = (_alarm_metrics(Stack(**it)) - without for it in (EXPORTS, AUDITS))
        counted = tuple(self.units[f"ALARM_METRICS{part}"] for part in ("", "_GAP_READS", "_EXPORTS", "_AUDITS"))
        self.assertEqual(counted, (without, with_gap_reads - without, exports, audits))

    def test_metrics_of_our_own_are_those_that_functions_tell(self):
        apart = [len(metrics_told(function)) for function in ("gap-reader", "exporter", "auditor")]
        others = sum(len(metrics_told(function)) for function in FUNCTIONS) - sum(apart)
        counted = [self.units[f"CUSTOM_METRICS{part}"] for part in ("", "_GAP_READS", "_EXPORTS", "_AUDITS")]
        self.assertEqual(counted, [others, *apart])

    def test_conversations_and_archived_events_are_kept_for_as_long_as_by_default(self):
        defaults = self.stack.source["Parameters"]
        for name, parameter in (("RETENTION_DAYS", "RetentionDays"), ("ARCHIVE_DAYS", "ArchiveDays")):
            self.assertEqual(self.units[name], defaults[parameter]["Default"])


def _alarm_metrics(stack):
    alarms = stack.of_type("AWS::CloudWatch::Alarm").values()
    return sum(len([it for it in alarm.get("Metrics", []) if "MetricStat" in it]) or 1 for alarm in alarms)


def _own(namespace, metric, dimensions):
    if namespace != NAMESPACE:
        return None
    dimension, = dimensions
    assert dimension["Name"] == "function", metric
    return dimension["Value"], metric


if __name__ == "__main__":
    unittest.main()
