"""Prints the functions' logs from the emulator's CloudWatch Logs."""

import boto3
from botocore.exceptions import EndpointConnectionError
from emulator import Unusable


def print_all(name):
    """Prints the log of each function whose name contains `name`, in order of time."""
    client = boto3.client("logs")
    try:
        for group in client.get_paginator("describe_log_groups").paginate(logGroupNamePrefix="/aws/lambda/"):
            for function in group["logGroups"]:
                if name in function["logGroupName"]:
                    _print(client, function["logGroupName"])
    except EndpointConnectionError as error:
        raise Unusable(f"the local cloud does not answer: {error}") from error


def _print(client, group):
    pages = client.get_paginator("filter_log_events").paginate(logGroupName=group)
    events = [event for page in pages for event in page["events"]]
    for event in sorted(events, key=lambda event: event["timestamp"]):
        print(group.rsplit("/", 1)[-1], event["message"].rstrip())
