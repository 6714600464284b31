"""Alarms as CloudWatch evaluates them, over metrics that the local cloud emitted while a fault lasted.

The functions write their metrics as lines of CloudWatch's embedded format; those of AWS' services are in CloudWatch.
A fault of seconds stands for one that goes on: what was emitted meanwhile is what each of an alarm's periods gets.
"""

import json
import re
import sys
from collections import defaultdict
from datetime import datetime, timedelta, timezone

import boto3
from cloud import ROOT
from deploy import STACK

sys.path.insert(0, str(ROOT / "tests/infra"))
from stack import AUDITS, CLIENT, EXPORTS, PARTNER_BUS, Stack  # noqa: E402

_COMPOUND = {"AWS::SQS::Queue", "AWS::Events::Rule"}
_STATISTICS = {"Sum": sum, "Maximum": max, "Minimum": min, "Average": lambda values: sum(values) / len(values)}
_COMPARISONS = {
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
}


class Metrics:
    """Values by namespace, name and dimensions: those that were added, and of AWS' own namespaces those in CloudWatch.

    For those `physical_names` has the name of each resource of the stack by the one that it has in the template's tests.
    """

    def __init__(self, physical_names=None):
        self._values = defaultdict(list)
        self._physical_names = physical_names or {}

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

    def statistic(self, namespace, name, dimensions, statistic):
        """A period's value; None if nothing was emitted."""
        values = list(self._values.get((namespace, name, frozenset(dimensions.items())), ()))
        if namespace.startswith("AWS/"):
            values += self._emitted(namespace, name, dimensions, statistic)
        return _STATISTICS[statistic](values) if values else None

    def _emitted(self, namespace, name, dimensions, statistic):
        """What CloudWatch has of the last hour, minute by minute."""
        now = datetime.now(timezone.utc)
        points = boto3.client("cloudwatch").get_metric_statistics(
            Namespace=namespace,
            MetricName=name,
            Dimensions=[{"Name": key, "Value": self._physical_names.get(it, it)} for key, it in dimensions.items()],
            Statistics=[statistic],
            StartTime=now - timedelta(hours=1),
            EndTime=now + timedelta(minutes=1),
            Period=60,
        )["Datapoints"]
        return [point[statistic] for point in points]


def begins(alarm, metrics):
    """Whether an alarm begins, if every one of its periods has these metrics."""
    value = _expression(alarm["Metrics"], metrics) if "Metrics" in alarm else _metric(alarm, metrics, alarm["Statistic"])
    if value is None:
        return alarm["TreatMissingData"] == "breaching"
    return _COMPARISONS[alarm["ComparisonOperator"]](value, alarm["Threshold"])


def age(alarm, metrics):
    """What the metric of an alarm says now, in its own unit; 0 if it says nothing."""
    return _metric(alarm, metrics, alarm["Statistic"]) or 0


def begins_older(alarm, metrics):
    """Whether an alarm of an age begins if the fault goes on until the age is over the threshold."""
    metrics.add(alarm["Namespace"], alarm["MetricName"], _dimensions(alarm), [age(alarm, metrics) + alarm["Threshold"]])
    return begins(alarm, metrics)


def _metric(metric, metrics, statistic):
    return metrics.statistic(metric["Namespace"], metric["MetricName"], _dimensions(metric), statistic)


def _dimensions(metric):
    return {it["Name"]: it["Value"] for it in metric["Dimensions"]}


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


def physical_names(cloud):
    """The names of the deployed stack's resources, by what stands for them in the template's tests."""
    pages = boto3.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=STACK)
    names = {PARTNER_BUS: cloud.deployment["partnerBus"]}
    for it in (it for page in pages for it in page["StackResourceSummaries"]):
        # The id of a queue is its address, that of a rule on a bus "bus|rule".
        name = re.split(r"[/|]", it["PhysicalResourceId"])[-1] if it["ResourceType"] in _COMPOUND else it["PhysicalResourceId"]
        names[it["LogicalResourceId"]] = names[f"{it['LogicalResourceId']}.QueueName"] = name
    return names


def all_alarms():
    bus = {"GenesysEventBusName": PARTNER_BUS}
    return {**stack_in_aws(**bus), **stack_in_aws(**bus, **CLIENT, **EXPORTS, **AUDITS)}
