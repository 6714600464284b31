"""A packed release, deployed to an empty account by the commands of docs/deploying.md, brings the first delta.

The account is the local cloud, where the AWS variables point to; the SAM CLI is the one that `make deploy-tools` installs.
"""

import json
import os
import platform
import re
import shlex
import subprocess
import sys
import tempfile
import time
import unittest
import uuid
from pathlib import Path

import boto3
from cloud import FUNCTIONS, ROOT, Cloud, event, tokens

sys.path.insert(0, str(ROOT / "infra/local/test"))
from websocket import WebSocket  # noqa: E402

SAM = ROOT / ".venv/sam/bin/python"
ARCHITECTURE = "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"
# What a stack on the local cloud needs beside what a user fills in.
LOCAL = 'EndpointUrl: {endpoint}\nGradualDeployments: "false"\n'


def commands_of(heading):
    """The lines of the first block of commands under a heading of the page."""
    page = (ROOT / "docs/deploying.md").read_text()
    section = page.split(f"\n### {heading}\n")[1]
    return re.search(r"^```\n(.*?)^```", section, re.MULTILINE | re.DOTALL).group(1).splitlines()


@unittest.skipUnless(sys.platform == "linux", "functions run on Linux")
class FirstDay(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name) / f"headroom-{ARCHITECTURE}"
        pack = [sys.executable, ROOT / "infra/release/package.py", FUNCTIONS, "--architecture", ARCHITECTURE]
        subprocess.run([*pack, "--out", cls.folder], check=True, stdout=subprocess.DEVNULL)

    def setUp(self):
        self.cloud = Cloud("--template", ROOT / "infra/local/test/empty.yaml")
        self.addCleanup(self.cloud.stop)
        key = Path(self.cloud.deployment["key"])
        parameters = f"JwtIssuer: {tokens.ISSUER}\nJwks: |\n  {tokens.jwks(key)}\n" 'Settings: |\n  {"timeZone": "Europe/Berlin"}\n'
        (self.folder / "parameters.yaml").write_text(parameters + LOCAL.format(endpoint=self.cloud.deployment["endpoint"]))

    def run_in_package(self, command, *more):
        words = shlex.split(command, comments=True)
        if words[0] == "sam":
            words = [SAM, "-m", "samcli", *words[1:]]
        environment = {**os.environ, "SAM_CLI_TELEMETRY": "0"}
        return subprocess.run([*words, *more], cwd=self.folder, env=environment, capture_output=True, text=True)

    def test_from_the_package_to_the_first_delta(self):
        began = time.monotonic()
        _unpack, check, _copy, deploy, policy = commands_of("Without Rust")
        for command, more in ((check, ()), (deploy, ("--no-confirm-changeset",))):
            done = self.run_in_package(command, *more)
            self.assertEqual(done.returncode, 0, f"{command}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
        client = boto3.client("cloudformation")
        arguments = shlex.split(policy)
        body = (self.folder / arguments[arguments.index("--stack-policy-body") + 1].removeprefix("file://")).read_text()
        client.set_stack_policy(StackName="headroom", StackPolicyBody=body)
        outputs = client.describe_stacks(StackName="headroom")["Stacks"][0]["Outputs"]
        outputs = {output["OutputKey"]: output["OutputValue"] for output in outputs}
        self.watch(outputs)
        print(f"from an empty account to the first delta: {time.monotonic() - began:.0f} s", file=sys.stderr)

    def watch(self, outputs):
        viewer = WebSocket(outputs["ViewerUrl"], ["headroom.v1", f"bearer.{self.cloud.token()}"])
        self.addCleanup(viewer.close)
        viewer.send(json.dumps({"action": "subscribe", "id": 1, "subjects": ["queue#*"], "have": {}}))
        viewer.receive()
        self.cloud.put(event(str(uuid.uuid4()), time.time()), bus=outputs["HeadroomBusName"])
        frame = ""
        while '"oWaiting":1' not in frame.replace(" ", ""):
            frame = viewer.receive()

    def test_json_on_the_command_line_is_refused_and_nothing_is_deployed(self):
        deploy = commands_of("Without Rust")[3]
        done = self.run_in_package(deploy, 'Settings={"timeZone":"Europe/Berlin"}', "--no-confirm-changeset")
        self.assertNotEqual(done.returncode, 0)
        self.assertRegex(done.stdout + done.stderr, "must be a whole JSON object")


if __name__ == "__main__":
    unittest.main()
