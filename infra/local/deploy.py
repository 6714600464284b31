"""Deploys infra/template.yaml, unchanged, and the built functions to the local cloud, by its CloudFormation."""

import io
import json
import platform
import time
import zipfile

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from emulator import Unusable
from samtranslator.yaml_helper import yaml_parse

STACK = "headroom"
# In AWS, Genesys' EventBridge integration creates the partner's bus. Here `deploy` does.
PARTNER_BUS = "aws.partner/genesys.com/cloud/00000000-0000-4000-8000-000000000000/headroom"
_SECRET = "headroom/genesys"
_BUCKET = "headroom-functions"
_TEMPLATE = "template.json"
_DEADLINE_SECONDS = 120
_POLL_SECONDS = 0.05
# The functions of a debug build are 200 MB, which never leave this machine: no signature over them, and no checksum.
_UNCHECKED = Config(signature_version=UNSIGNED, request_checksum_calculation="when_required")


def deploy(template, functions, endpoint, parameters):
    """Creates the stack. Returns its outputs, the functions by name, and the id and stage of the WebSocket API.

    `functions` is a folder with `<name>/bootstrap` for each function. `parameters` that the template lacks are ignored.
    """
    body = yaml_parse(template.read_text())
    names = _upload(body, functions)
    boto3.client("events").create_event_bus(Name=PARTNER_BUS)
    local = {"Architecture": _architecture(), "EndpointUrl": endpoint, "GenesysEventBusName": PARTNER_BUS}
    local["GradualDeployments"] = "false"  # the emulator has aliases, and no CodeDeploy
    declared = body.get("Parameters", {})
    used = {key: value for key, value in {**local, **parameters}.items() if key in declared}
    return _create(body, used, names)


def create_secret(client_id, client_secret):
    """Stores the OAuth client of the Platform API as a secret, and returns its ARN for the gap reader."""
    value = json.dumps({"clientId": client_id, "clientSecret": client_secret})
    return boto3.client("secretsmanager").create_secret(Name=_SECRET, SecretString=value)["ARN"]


def _architecture():
    return "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"


def _upload(body, functions):
    """Uploads the functions' code, and sets each `CodeUri` of the template. Returns their names by resource."""
    s3 = boto3.client("s3", config=_UNCHECKED)
    s3.create_bucket(Bucket=_BUCKET)
    names = {}
    for resource, definition in body["Resources"].items():
        if definition["Type"] == "AWS::Serverless::Function":
            name = _name_of(definition)
            s3.put_object(Bucket=_BUCKET, Key=name, Body=_package(functions / name / "bootstrap"))
            definition["Properties"]["CodeUri"] = f"s3://{_BUCKET}/{name}"
            names[resource] = name
    return names


def _name_of(definition):
    """A function's name: the last part of its `CodeUri`."""
    return definition["Properties"]["CodeUri"].rstrip("/").rsplit("/", 1)[-1]


def _package(bootstrap):
    """A zip file with the binary, not compressed: it never leaves this machine."""
    if not bootstrap.exists():
        raise Unusable(f"{bootstrap} is not there: run `make functions` first")
    entry = zipfile.ZipInfo("bootstrap", date_time=(2026, 1, 1, 0, 0, 0))
    entry.external_attr = 0o755 << 16
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr(entry, bootstrap.read_bytes())
    return package.getvalue()


def _create(body, parameters, names):
    client = boto3.client("cloudformation")
    capabilities = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
    values = [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()]
    # From S3, as `sam deploy` does it: a template in the call itself has at most 51,200 bytes.
    boto3.client("s3").put_object(Bucket=_BUCKET, Key=_TEMPLATE, Body=json.dumps(body))
    url = f"https://s3.amazonaws.com/{_BUCKET}/{_TEMPLATE}"
    client.create_stack(StackName=STACK, TemplateURL=url, Parameters=values, Capabilities=capabilities)
    stack = _wait(client)
    if stack["StackStatus"] != "CREATE_COMPLETE":
        raise Unusable(f"the stack was not created: {_reasons(client)}")
    return _describe(client, stack, names, body["Resources"])


def _wait(client):
    deadline = time.monotonic() + _DEADLINE_SECONDS
    while True:
        stack = client.describe_stacks(StackName=STACK)["Stacks"][0]
        if not stack["StackStatus"].endswith("_IN_PROGRESS"):
            return stack
        if time.monotonic() > deadline:
            raise Unusable(f"the stack is still {stack['StackStatus']} after {_DEADLINE_SECONDS} seconds")
        time.sleep(_POLL_SECONDS)


def _reasons(client):
    events = client.describe_stack_events(StackName=STACK)["StackEvents"]
    failed = [event for event in events if event["ResourceStatus"].endswith("FAILED")]
    return "; ".join(f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason')}" for event in failed)


def _describe(client, stack, names, declared):
    resources = client.describe_stack_resources(StackName=STACK)["StackResources"]
    ids = {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in resources}
    functions = {name: ids[resource] for resource, name in names.items() if resource in ids}
    api = _logical_id(declared, "AWS::ApiGatewayV2::Api", ProtocolType="WEBSOCKET")
    stage = _logical_id(declared, "AWS::ApiGatewayV2::Stage", ApiId={"Ref": api})
    return {
        "outputs": {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])},
        "functions": functions,
        "api": ids.get(api),
        "stage": ids.get(stage),
    }


def _logical_id(declared, kind, **properties):
    """The resource of a template with this type and these properties; None without one."""
    for name, resource in declared.items():
        if resource["Type"] == kind and properties.items() <= resource["Properties"].items():
            return name
    return None
