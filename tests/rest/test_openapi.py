"""The rows by HTTP answer as docs/openapi.json says, whatever they are asked: schemathesis makes requests of it.

A failure prints the seed, and the request as a command of curl.
"""

import subprocess
import sys
import tempfile
import unittest

from rows import ROOT, cloud_with_rows

SCHEMATHESIS = ROOT / ".venv/rest/bin/schemathesis"
# What is not checked, and why.
EXCLUDED = {
    "unsupported_method": "API Gateway has no route for other methods, and answers 404 in place of 405",
    "positive_data_acceptance": "a schema of parameters cannot say that `from` needs `to`, nor what is a cursor of ours",
}
EXAMPLES = 50
SECONDS_MAX = 300


@unittest.skipUnless(sys.platform == "linux", "functions run on Linux")
class OpenApi(unittest.TestCase):
    def test_every_answer_is_one_of_the_document(self):
        cloud = cloud_with_rows()
        self.addCleanup(cloud.stop)
        url = cloud.deployment["rowsUrl"].removesuffix("/v1/rows")
        command = [SCHEMATHESIS, "--no-color", "run", ROOT / "docs/openapi.json", "--url", url]
        command += ["--header", f"Authorization: Bearer {cloud.token()}", "--max-examples", str(EXAMPLES)]
        command += ["--exclude-checks", ",".join(EXCLUDED), "--generation-database", "none"]
        with tempfile.TemporaryDirectory() as folder:  # it leaves its last run where it is run
            run = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=SECONDS_MAX, check=False)
        self.assertEqual(run.returncode, 0, f"\n{run.stdout}\n{run.stderr}")


if __name__ == "__main__":
    unittest.main()
