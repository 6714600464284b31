"""infra/template.yaml as CloudFormation gets to see it: transformed by SAM's own translator, with parameters put in."""

import functools
import logging
import os
import pathlib

os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")  # the translator asks boto3 for it

from samtranslator.translator.transform import transform  # noqa: E402
from samtranslator.yaml_helper import yaml_parse  # noqa: E402

logging.getLogger("samtranslator").setLevel(logging.CRITICAL)  # it warns of usage metrics and toggles that it lacks

ROOT = pathlib.Path(__file__).resolve().parents[2]
TEMPLATE = ROOT / "infra/template.yaml"
PARTNER_BUS = "aws.partner/genesys.com/cloud/00000000-0000-4000-8000-000000000000/headroom"
# A client of the Platform API: with it there is a gap reader.
CLIENT = {
    "GenesysSecretArn": "arn:aws:secretsmanager:us-east-1:123456789012:secret:genesys-AbCdEf",
    "GenesysApiUrl": "https://api.mypurecloud.com",
    "GenesysLoginUrl": "https://login.mypurecloud.com",
}
# Exports to S3, which are off by default.
EXPORTS = {"Exports": "ENABLED"}
# Audits on a schedule, which are off by default as well.
AUDITS = {"Audits": "ENABLED"}
KEY = "arn:aws:kms:us-east-1:123456789012:key/00000000-0000-4000-8000-000000000000"
ALARM_TOPIC = "arn:aws:sns:us-east-1:123456789012:alarms"

_ABSENT = object()
_PSEUDO = {
    "AWS::Partition": "aws",
    "AWS::Region": "us-east-1",
    "AWS::AccountId": "123456789012",
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::StackName": "headroom",
    "AWS::NoValue": _ABSENT,
}


def template_text():
    """The template; tests/infra/test_planted.py puts changed ones here."""
    return TEMPLATE.read_text()


class _NoManagedPolicies:
    """Stands in for a look-up in IAM: the template refers to no policy by name."""

    def load(self):
        return {}


class Stack:
    """Resources and outputs under some parameters. What AWS would make up stands there by name: `Queue`, `Queue.Arn`."""

    def __init__(self, **parameters):
        self.source, expanded = _expand(template_text())
        self._mappings = expanded["Mappings"]
        self._conditions = expanded["Conditions"]
        given = {"JwtIssuer": "https://issuer.example", "JwksUrl": "https://issuer.example/jwks", **parameters}
        defaults = {name: parameter.get("Default") for name, parameter in expanded["Parameters"].items()}
        self._values = {**_PSEUDO, **defaults, **given}
        made = {name: it for name, it in expanded["Resources"].items() if self._holds(it.get("Condition"))}
        self.resources = {name: self._resource(it) for name, it in made.items()}
        self.outputs = {name: self.resolve(it["Value"]) for name, it in expanded["Outputs"].items()}

    def of_type(self, kind):
        """Properties by logical id of all resources of a type."""
        return {name: it["Properties"] for name, it in self.resources.items() if it["Type"] == kind}

    def properties(self, name):
        return self.resources[name]["Properties"]

    def _resource(self, it):
        return {**it, "Properties": self.resolve(it.get("Properties", {}))}

    def _holds(self, condition):
        return condition is None or self.resolve(self._conditions[condition])

    def resolve(self, value):
        """A value without intrinsic functions."""
        if isinstance(value, list):
            return [it for it in map(self.resolve, value) if it is not _ABSENT]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            (function, argument), = value.items()
            if function in _FUNCTIONS:
                return _FUNCTIONS[function](self, argument)
        resolved = {key: self.resolve(it) for key, it in value.items()}
        return {key: it for key, it in resolved.items() if it is not _ABSENT}

    def ref(self, name):
        return self._values.get(name, self._reference(name))

    def _reference(self, name):
        """What `Ref` gives of a resource: of a rule on a bus, CloudFormation's "bus|name"."""
        resource = self.source["Resources"].get(name, {})
        return f"bus|{name}" if resource.get("Type") == "AWS::Events::Rule" else name

    def get_att(self, path):
        return path if isinstance(path, str) else ".".join(path)

    def sub(self, argument):
        text, own = (argument, {}) if isinstance(argument, str) else argument
        values = {name: self.resolve(it) for name, it in own.items()}
        parts = text.split("${")
        filled = [str(values.get(name, self.ref(name))) + rest for name, rest in (it.split("}", 1) for it in parts[1:])]
        return parts[0] + "".join(filled)

    def choose(self, argument):
        condition, yes, no = argument
        return self.resolve(yes if self._holds(condition) else no)

    def find_in_map(self, argument):
        table, first, second = map(self.resolve, argument)
        return self._mappings[table][first][second]


_FUNCTIONS = {
    "Ref": Stack.ref,
    "Fn::GetAtt": Stack.get_att,
    "Fn::Sub": Stack.sub,
    "Fn::If": Stack.choose,
    "Fn::FindInMap": Stack.find_in_map,
    "Condition": Stack._holds,
    "Fn::Equals": lambda stack, pair: stack.resolve(pair[0]) == stack.resolve(pair[1]),
    "Fn::Not": lambda stack, one: not stack.resolve(one[0]),
    "Fn::And": lambda stack, all_of: all(map(stack.resolve, all_of)),
    "Fn::Join": lambda stack, it: it[0].join(stack.resolve(it[1])),
    "Fn::Select": lambda stack, it: stack.resolve(it[1])[int(it[0])],
    "Fn::Split": lambda stack, it: stack.resolve(it[1]).split(it[0]),
}


@functools.lru_cache(maxsize=4)
def _expand(text):
    """A template as it is written, and as SAM's translator expands it, which changes what it is given."""
    return yaml_parse(text), transform(_with_code(yaml_parse(text)), {}, _NoManagedPolicies())


def _with_code(source):
    """The functions' code where the translator wants it: it takes no folder, as `sam deploy` leaves none behind."""
    return {**source, "Resources": {name: _uploaded(it) for name, it in source["Resources"].items()}}


def _uploaded(it):
    if it["Type"] != "AWS::Serverless::Function":
        return it
    return {**it, "Properties": {**it["Properties"], "CodeUri": "s3://bucket/key"}}


def as_list(value):
    return value if isinstance(value, list) else [value]
