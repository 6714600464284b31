"""Alarms as CloudWatch evaluates them, over metrics that the local cloud emitted while a fault lasted.

The functions write their metrics as lines of CloudWatch's embedded format; the emulator itself has those of AWS/Lambda.
A fault of seconds stands for one that goes on: what was emitted meanwhile is what each of an alarm's periods gets.
"""

import json
import re
import sys
from collections import defaultdict
from datetime import datetime, timedelta, timezone

import boto3
from cloud import ROOT

sys.path.insert(0, str(ROOT / "tests/infra"))
from stack import AUDITS, CLIENT, EXPORTS, PARTNER_BUS, Stack  # noqa: E402

_STATISTICS = {"Sum": sum, "Maximum": max, "Minimum": min, "Average": lambda values: sum(values) / len(values)}
_COMPARISONS = {
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
}


class Metrics:
    """Values by namespace, name and dimensions."""

    def __init__(self):
        self._values = defaultdict(list)

    def add(self, namespace, name, dimensions, values):
        self._values[namespace, name, frozenset(dimensions.items())].extend(values)

    def add_lines(self, lines):
        """Adds the metrics of a function's log."""
        for line in lines:
            document = json.loads(line) if line.startswith("{") else {}
            for directive in document.get("_aws", {}).get("CloudWatchMetrics", []):
                for names in directive["Dimensions"]:
                    dimensions = {name: document[name] for name in names}
                    for metric in directive["Metrics"]:
                        value = document[metric["Name"]]
                        values = value if isinstance(value, list) else [value]
                        self.add(directive["Namespace"], metric["Name"], dimensions, values)

    def add_of_lambda(self, function, logical_name):
        """Adds the metrics that the emulator has of a function's invocations in the last hour."""
        client, now = boto3.client("cloudwatch"), datetime.now(timezone.utc)
        for name in ("Errors", "Invocations", "Throttles"):
            points = client.get_metric_statistics(
                Namespace="AWS/Lambda",
                MetricName=name,
                Dimensions=[{"Name": "FunctionName", "Value": function}],
                Statistics=["Sum"],
                StartTime=now - timedelta(hours=1),
                EndTime=now + timedelta(minutes=1),
                Period=60,
            )["Datapoints"]
            self.add("AWS/Lambda", name, {"FunctionName": logical_name}, [point["Sum"] for point in points])

    def statistic(self, namespace, name, dimensions, statistic):
        """A period's value; None if nothing was emitted."""
        values = self._values.get((namespace, name, frozenset(dimensions.items())))
        return _STATISTICS[statistic](values) if values else None


def begins(alarm, metrics):
    """Whether an alarm begins, if every one of its periods has these metrics."""
    value = _expression(alarm["Metrics"], metrics) if "Metrics" in alarm else _metric(alarm, metrics, alarm["Statistic"])
    if value is None:
        return alarm["TreatMissingData"] == "breaching"
    return _COMPARISONS[alarm["ComparisonOperator"]](value, alarm["Threshold"])


def _metric(metric, metrics, statistic):
    dimensions = {it["Name"]: it["Value"] for it in metric["Dimensions"]}
    return metrics.statistic(metric["Namespace"], metric["MetricName"], dimensions, statistic)


def _expression(queries, metrics):
    values = {}
    for query in queries:
        if "MetricStat" in query:
            values[query["Id"]] = _metric(query["MetricStat"]["Metric"], metrics, query["MetricStat"]["Stat"])
    result = None
    for query in queries:
        if "Expression" in query:
            result = values[query["Id"]] = _evaluate(query["Expression"], values)
    return result


def _evaluate(expression, values):
    """Metric math of one period. Nothing changes from period to period: DIFF is 0."""
    now = datetime.now(timezone.utc)
    functions = {
        "FILL": _fill,
        "SUM": lambda those: sum(it for it in those if it is not None),
        "METRICS": lambda part="": [value for name, value in values.items() if part in name],
        "IF": lambda condition, yes, no: yes if condition else no,
        "DIFF": lambda value: 0,
        "HOUR": lambda value: now.hour,
        "DAY": lambda value: now.isoweekday(),
    }
    text = re.sub(r"\bAND\b", "and", expression)
    try:
        return eval(text, {"__builtins__": {}}, {**functions, **values})  # the template's own text
    except (TypeError, ZeroDivisionError):  # an operand that was never emitted, or a division by zero: no value
        return None


def _fill(value, filler):
    if isinstance(value, list):
        return [_fill(it, filler) for it in value]
    return filler if value is None else value


def stack_in_aws(**parameters):
    """The alarms as AWS gets them, by name: some have metric math, which the emulator does not take."""
    alarms = Stack(**parameters).of_type("AWS::CloudWatch::Alarm").values()
    return {alarm["AlarmName"].removeprefix("headroom-"): alarm for alarm in alarms}


def all_alarms():
    return {**stack_in_aws(GenesysEventBusName=PARTNER_BUS), **stack_in_aws(**CLIENT, **EXPORTS, **AUDITS)}
