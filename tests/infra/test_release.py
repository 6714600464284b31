"""The way from a build to a deployment: binaries, packages, parameters, and the commands of docs/deploying.md."""

import contextlib
import hashlib
import io
import json
import platform
import re
import shlex
import struct
import subprocess
import sys
import tempfile
import unittest
import zipfile
from pathlib import Path
from unittest import mock

from samcli.cli.types import CfnParameterOverridesType, CfnTags
from samtranslator.yaml_helper import yaml_parse
from stack import AUDITS, CLIENT, EXPORTS, PARTNER_BUS, ROOT, Stack, as_list

sys.path.insert(0, str(ROOT / "infra/release"))
import binaries  # noqa: E402
import package  # noqa: E402

SAMPLE = ROOT / "infra/parameters.sample.yaml"
SETTINGS = {"timeZone": "Europe/Berlin", "serviceLevel": {"media": {"voice": {"durationMs": 15000, "percentage": 0.8}}}}


def elf(machine=binaries.MACHINES["arm64"], magic=b"\x7fELF", width=2, order=1, system=0, kind=3):
    return struct.pack("<4sBBBB8xHH", magic, width, order, 1, system, kind, machine) + bytes(44)


def build(folder, architecture):
    """What a build leaves behind, as far as anybody looks."""
    for name in binaries.FUNCTIONS:
        bootstrap = folder / name / "bootstrap"
        bootstrap.parent.mkdir(parents=True, exist_ok=True)
        bootstrap.write_bytes(elf(binaries.MACHINES[architecture]) + name.encode())
    return folder


class WithFolder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)


class Binaries(WithFolder):
    def test_the_functions_are_those_of_the_repository(self):
        self.assertEqual(binaries.FUNCTIONS, tuple(sorted(it.name for it in (ROOT / "functions").iterdir())))

    def test_a_header_tells_the_architecture(self):
        for name, machine in binaries.MACHINES.items():
            self.assertEqual(binaries.architecture_of(elf(machine)), name)

    def test_this_machine_s_own_programs_are_told_apart(self):
        if sys.platform == "linux":
            machine = {"aarch64": "arm64"}.get(platform.machine(), platform.machine())
            self.assertEqual(binaries.architecture_of(Path(sys.executable).resolve().read_bytes()[:64]), machine)

    def test_what_lambda_cannot_run_is_refused(self):
        mac = struct.pack("<II", 0xFEEDFACF, 0x0100000C) + bytes(56)
        for header in (b"", b"#!/bin/sh\n", mac, elf(width=1), elf(order=2), elf(system=9), elf(kind=1), elf(machine=0xF3)):
            with self.assertRaises(binaries.WrongBinary):
                binaries.architecture_of(header)

    def test_one_function_for_another_processor_is_named_with_what_to_do(self):
        build(self.folder, "arm64")
        binaries.check(self.folder, "arm64")
        (self.folder / "push/bootstrap").write_bytes(elf(binaries.MACHINES["x86_64"]))
        with self.assertRaisesRegex(binaries.WrongBinary, r"push/bootstrap was built for x86_64.*make functions ARCH=arm64"):
            binaries.check(self.folder, "arm64")
        (self.folder / "push/bootstrap").unlink()
        with self.assertRaisesRegex(binaries.WrongBinary, "push/bootstrap is not there"):
            binaries.check(self.folder, "arm64")


class Package(WithFolder):
    def pack(self, architecture="arm64"):
        package.pack(build(self.folder / "lambda", architecture), architecture, self.folder / "out")
        return self.folder / "out"

    def test_it_has_all_that_a_deployment_takes_with_right_checksums(self):
        out = self.pack()
        files = {file.name for file in out.iterdir()}
        functions = {f"{name}.zip" for name in binaries.FUNCTIONS}
        others = {"template.yaml", "parameters.sample.yaml", "samconfig.toml", "stack-policy.json"}
        self.assertEqual(files, functions | others | {"SHA256SUMS"})
        lines = (line.split("  ") for line in (out / "SHA256SUMS").read_text().splitlines())
        sums = {name: checksum for checksum, name in lines}
        self.assertEqual(sums, {name: hashlib.sha256((out / name).read_bytes()).hexdigest() for name in files - {"SHA256SUMS"}})

    def test_a_function_is_an_executable_bootstrap_and_the_same_build_the_same_bytes(self):
        out = self.pack()
        with zipfile.ZipFile(out / "push.zip") as archive:
            entry, = archive.infolist()
            self.assertEqual((entry.filename, entry.external_attr >> 16), ("bootstrap", 0o100755))
            self.assertTrue(archive.read(entry).endswith(b"push"))
        before = (out / "SHA256SUMS").read_bytes()
        self.assertEqual((self.pack() / "SHA256SUMS").read_bytes(), before)

    def test_its_template_is_the_same_but_for_code_and_architecture(self):
        for architecture in binaries.MACHINES:
            template = yaml_parse(package.template_of(architecture))
            parameter = template["Parameters"]["Architecture"]
            self.assertEqual((parameter["Default"], parameter["AllowedValues"]), (architecture, [architecture]))
            for resource in template["Resources"].values():
                if resource["Type"] == "AWS::Serverless::Function":
                    code = resource["Properties"]["CodeUri"]
                    self.assertIn(code.removesuffix(".zip"), binaries.FUNCTIONS)
                    resource["Properties"]["CodeUri"] = f"../target/lambda/{code.removesuffix('.zip')}/"
            template["Parameters"]["Architecture"] = Stack().source["Parameters"]["Architecture"]
            self.assertEqual(template, Stack().source)

    def test_wrong_binaries_are_not_packed(self):
        build(self.folder / "lambda", "x86_64")
        with self.assertRaises(binaries.WrongBinary):
            package.pack(self.folder / "lambda", "arm64", self.folder / "out")
        self.assertFalse((self.folder / "out").exists())

    def test_the_command_says_what_it_made(self):
        build(self.folder / "lambda", "arm64")
        arguments = ["package.py", str(self.folder / "lambda"), "--architecture", "arm64", "--out", str(self.folder / "out")]
        with mock.patch.object(sys, "argv", arguments), contextlib.redirect_stdout(io.StringIO()) as said:
            package.main()
        self.assertIn("docs/deploying.md", said.getvalue())


class Parameters(WithFolder):
    """What SAM's own parser makes of a parameter file, and what the template takes of it."""

    def test_the_sample_arrives_whole_with_every_line_of_it_switched_on(self):
        text = re.sub(r"^# (?=[A-Z]\w+: |  \{\"keys)", "", SAMPLE.read_text(), flags=re.MULTILINE)
        text = text.replace("<organizationId>", "00000000-0000-4000-8000-000000000000")
        values = self.parse(text)
        self.assertEqual(len(values), len(re.findall(r"^[A-Z]\w+:", text, re.MULTILINE)))
        self.assertIn("Jwks", values)
        self.assertGreater(len(values), 10)
        json.loads(values["Settings"]), json.loads(values["Jwks"])
        for name, value in values.items():
            self.assert_taken(name, value)

    def test_json_arrives_as_it_is(self):
        text = f"Settings: |\n  {json.dumps(SETTINGS)}\nGapReads: DISABLED\n"
        values = self.parse(text)
        self.assertEqual((json.loads(values["Settings"]), values["GapReads"]), (SETTINGS, "DISABLED"))
        self.assert_taken("Settings", values["Settings"])

    def test_what_the_command_line_makes_of_json_is_refused_by_the_template(self):
        for name, value in (("Settings", SETTINGS), ("Jwks", {"keys": [{"kty": "EC"}]})):
            value = json.dumps(value, separators=(",", ":"))
            for argument in (f"{name}={value}", f"ParameterKey={name},ParameterValue={value}"):
                cut_off = CfnParameterOverridesType().convert((argument,), None, None)[name]
                self.assertNotEqual(cut_off, value, "SAM has been mended: docs/deploying.md may say less")
                self.assertFalse(self.takes(name, cut_off), cut_off)

    def test_other_values_that_cannot_be_right_are_refused(self):
        wrong = {
            "Settings": ["", "{", '{"a":1', "[]", "null"],
            "Jwks": ["{", "{}", "[]", '{"keys":'],
            "JwtIssuer": ["", "https://a.example/ "],
            "JwksUrl": ["https://a.example/ b", "a.example"],
            "Origins": ["https://a, https://b", "https://a,", "a.example", "https://a.example/", "https://a.example/path", "*"],
            "ViewerDomain": ["https://a.example", "a", "a.example.", "*.example"],
            "ViewerCertificateArn": ["certificate"],
            "PermissionsBoundaryArn": ["boundary"],
            "KmsKeyArn": ["alias/headroom"],
        }
        for name, values in wrong.items():
            for value in values:
                self.assertFalse(self.takes(name, value), f"{name}={value!r}")
        right = {
            "Settings": ["{}", ' {"timeZone":"UTC"}\n', json.dumps(SETTINGS, indent=2)],
            "Jwks": ["", '{"keys":[]}', '{ "keys": [{"kty":"EC"}] }\n'],
            "JwksUrl": ["", "https://a.example/jwks.json"],
            "Origins": ["", "https://a.example", "https://a.example,http://localhost:8080", "https://[::1]:8443"],
            "ViewerDomain": ["", "headroom.example.com"],
            "ViewerCertificateArn": ["", "arn:aws:acm:eu-central-1:123456789012:certificate/a"],
        }
        for name, values in right.items():
            for value in values:
                self.assertTrue(self.takes(name, value), f"{name}={value!r}")

    def parse(self, text):
        file = self.folder / "parameters.yaml"
        file.write_text(text)
        return CfnParameterOverridesType().convert((f"file://{file}",), None, None)

    def assert_taken(self, name, value):
        self.assertTrue(self.takes(name, value), f"{name}={value!r}")

    def takes(self, name, value):
        """Whether CloudFormation would take a value: by pattern, list or range."""
        parameter = Stack().source["Parameters"][name]
        if parameter["Type"] == "Number":
            return float(parameter.get("MinValue", "-inf")) <= float(value) <= float(parameter.get("MaxValue", "inf"))
        allowed = parameter.get("AllowedValues")
        return re.search(parameter.get("AllowedPattern", ""), value) is not None and (not allowed or value in allowed)


class Commands(WithFolder):
    """The commands of docs/deploying.md, as far as they can run without an account."""

    def test_every_target_of_make_is_there(self):
        text = (ROOT / "docs/deploying.md").read_text()
        targets = set(re.findall(r"(?:^|`)make ([a-z][a-z-]+)", text, re.MULTILINE))
        self.assertLessEqual({"deploy", "deploy-tools", "package"}, targets)
        for target in targets:
            self.make("--dry-run", target, "PARAMETERS=infra/parameters.sample.yaml")

    def test_make_deploy_hands_the_file_the_architecture_and_the_tags_over(self):
        tags = "team=contact-centre cost-centre=4711"
        said = self.make("--dry-run", "deploy", f"PARAMETERS={SAMPLE}", "ARCH=x86_64", "STACK=headroom-emea", f"TAGS={tags}")
        deploy, = (line for line in said.splitlines() if "sam deploy" in line)
        words = shlex.split(deploy)
        overrides = words[words.index("--parameter-overrides") + 1 :]
        values = CfnParameterOverridesType().convert(tuple(overrides), None, None)
        self.assertEqual(values["Architecture"], "x86_64")
        self.assertEqual(json.loads(values["Settings"])["timeZone"], "Europe/Berlin")
        start = words.index("--tags") + 1
        given = CfnTags().convert(tuple(words[start : words.index("--template")]), None, None)
        self.assertEqual(given, {"team": "contact-centre", "cost-centre": "4711"})
        build = said.index("--x86-64"), said.index("binaries.py target/lambda --architecture x86_64")
        self.assertTrue(build[0] < build[1] < said.index("sam deploy") < said.index("set-stack-policy --stack-name headroom-emea"))

    def test_without_a_parameter_file_make_says_what_to_do_and_deploys_nothing(self):
        done = subprocess.run(["make", "needs-parameters", "PARAMETERS=none.yaml"], cwd=ROOT, capture_output=True, text=True)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("copy infra/parameters.sample.yaml", done.stderr)

    def test_git_ignores_what_is_filled_in_and_sam_writes_into_no_file_of_the_repository(self):
        ignored = ["infra/parameters.yaml", "infra/parameters-emea.yaml", "infra/samconfig.local.toml"]
        check = ["git", "check-ignore", "--no-index", *ignored, "infra/parameters.sample.yaml", "infra/samconfig.toml"]
        found = subprocess.run(check, cwd=ROOT, capture_output=True, text=True).stdout.split()
        self.assertEqual(found, ignored)
        for page in (ROOT / "docs").glob("*.md"):
            self.assertNotIn("deploy --guided", page.read_text(), page.name)
            self.assertNotIn("--parameter-overrides GapReads", page.read_text(), page.name)

    def test_the_package_is_checked_as_the_page_says(self):
        out = self.folder / "headroom-arm64"
        package.pack(build(self.folder / "lambda", "arm64"), "arm64", out)
        text = (ROOT / "docs/deploying.md").read_text()
        command, = re.findall(r"^(sha256sum --check \S+)", text, re.MULTILINE)
        if sys.platform == "linux":
            subprocess.run(shlex.split(command), cwd=out, check=True, capture_output=True)
        deploy, = re.findall(r"^(sam deploy --template template.yaml .*)$", text, re.MULTILINE)
        (out / "parameters.yaml").write_text(SAMPLE.read_text())
        with contextlib.chdir(out) if hasattr(contextlib, "chdir") else contextlib.nullcontext():
            values = CfnParameterOverridesType().convert((shlex.split(deploy)[-1],), None, None)
        self.assertIn("JwtIssuer", values)

    def make(self, *arguments):
        done = subprocess.run(["make", *arguments], cwd=ROOT, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout


class Deployer(unittest.TestCase):
    SERVICES = {
        "Lambda": "lambda", "DynamoDB": "dynamodb", "SQS": "sqs", "IAM": "iam", "Events": "events", "Logs": "logs",
        "CloudWatch": "cloudwatch", "ApiGatewayV2": "apigateway", "ApiGateway": "apigateway",
        "Scheduler": "scheduler", "CodeDeploy": "codedeploy", "S3": "s3",
    }

    def test_the_policy_of_who_deploys_covers_every_service_of_the_stack(self):
        policy = json.loads((ROOT / "infra/deployer-policy.json").read_text())
        actions = {action for statement in policy["Statement"] for action in as_list(statement["Action"])}
        allowed = {action.split(":")[0] for action in actions}
        stack = Stack(GenesysEventBusName=PARTNER_BUS, ApiGatewayLogging="set", **CLIENT, **EXPORTS, **AUDITS)
        used = {self.SERVICES[resource["Type"].split("::")[1]] for resource in stack.resources.values()}
        self.assertLessEqual(used, allowed)

    def test_every_role_may_be_passed_to_whom_it_trusts(self):
        policy = json.loads((ROOT / "infra/deployer-policy.json").read_text())
        passing, = (it for it in policy["Statement"] if it["Action"] == "iam:PassRole")
        allowed = set(passing["Condition"]["StringEquals"]["iam:PassedToService"])
        stack = Stack(ApiGatewayLogging="set", **CLIENT, **EXPORTS, **AUDITS)
        statements = [it for role in stack.of_type("AWS::IAM::Role").values() for it in role["AssumeRolePolicyDocument"]["Statement"]]
        self.assertEqual({it["Principal"]["Service"] for it in statements if "Service" in it["Principal"]}, allowed)


if __name__ == "__main__":
    unittest.main()
