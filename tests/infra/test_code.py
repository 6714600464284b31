"""Template and code agree: on the variables that functions read, and on the metrics that are watched."""

import json
import re
import unittest

from stack import CLIENT, ROOT, Stack

NAMESPACE = "Headroom/headroom"
FUNCTIONS = sorted(folder.name for folder in (ROOT / "functions").iterdir())


def code(folder):
    """Everything but the unit tests at the end of a file."""
    files = (ROOT / folder).glob("src/**/*.rs")
    return "\n".join(file.read_text().split("#[cfg(test)]\nmod tests")[0] for file in files)


def variables_read(function):
    # Where the calls of shared/aws name a variable. SETTINGS and METRICS_NAMESPACE are read there.
    read = set(re.findall(r'\b(?:required|optional|parsed)\(\s*"([A-Z_]+)"', code(f"functions/{function}")))
    settings = {"SETTINGS"} if ".settings()" in code(f"functions/{function}") else set()
    return read | settings | {"METRICS_NAMESPACE"}


def metrics_told(function):
    """A label would be one more dimension, and the metric another one than the one that is watched."""
    return set(re.findall(r'\b(?:counter|histogram|gauge)!\(\s*"(\w+)"\s*\)', code(f"functions/{function}")))


class Variables(unittest.TestCase):
    def test_each_function_is_given_exactly_the_variables_that_it_reads(self):
        functions = Stack(**CLIENT).of_type("AWS::Lambda::Function").values()
        given = {it["FunctionName"].removeprefix("headroom-"): set(it["Environment"]["Variables"]) for it in functions}
        self.assertEqual(given, {function: variables_read(function) for function in FUNCTIONS})


class Metrics(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = Stack(**CLIENT)
        cls.told = {(function, metric) for function in FUNCTIONS for metric in metrics_told(function)}

    def test_alarms_watch_metrics_that_functions_tell(self):
        watched = set()
        for alarm in self.stack.of_type("AWS::CloudWatch::Alarm").values():
            stats = [it["MetricStat"]["Metric"] for it in alarm.get("Metrics", []) if "MetricStat" in it]
            watched.update(_own(it["Namespace"], it["MetricName"], it["Dimensions"]) for it in [alarm, *stats] if "MetricName" in it)
        watched.discard(None)
        self.assertLessEqual({("ingest", "EventsRefused"), ("gap-reader", "BudgetUsedShare")}, watched)
        self.assertLessEqual(watched, self.told)

    def test_the_dashboard_shows_metrics_that_functions_tell(self):
        widgets = json.loads(self.stack.properties("Dashboard")["DashboardBody"])["widgets"]
        lines = [line for widget in widgets for line in widget["properties"].get("metrics", [])]
        shown = {(line[3], line[1]) for line in lines if line[0] == NAMESPACE}
        self.assertLessEqual({("push", "FramesSent"), ("gap-reader", "GapsDue")}, shown)
        self.assertLessEqual(shown, self.told)


def _own(namespace, metric, dimensions):
    if namespace != NAMESPACE:
        return None
    dimension, = dimensions
    assert dimension["Name"] == "function", metric
    return dimension["Value"], metric


if __name__ == "__main__":
    unittest.main()
