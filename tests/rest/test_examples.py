"""The script for Google Sheets in docs/rest.md fills its sheet. Node runs it, with what Sheets gives it put in its place."""

import json
import os
import re
import shutil
import subprocess
import sys
import unittest

from rows import ROOT, WAITING, cloud_with_rows

# A fetch is synchronous there, as curl is.
SHEETS = """
const { execFileSync } = require("node:child_process");
const PropertiesService = { getScriptProperties: () => ({ getProperty: (name) => process.env[name] }) };
const UrlFetchApp = {
  fetch(url, options) {
    const header = "Authorization: " + options.headers.Authorization;
    return { getContentText: () => execFileSync("curl", ["--fail", "--silent", "-H", header, url], { encoding: "utf8" }) };
  },
};
const range = { setValues: (values) => console.log(JSON.stringify(values)) };
const sheet = { clearContents: () => sheet, getRange: () => range };
const SpreadsheetApp = { getActive: () => ({ getSheetByName: () => sheet }) };
"""


@unittest.skipUnless(sys.platform == "linux" and shutil.which("node") and shutil.which("curl"), "Linux, node and curl")
class Examples(unittest.TestCase):
    def test_the_script_for_google_sheets_fills_its_sheet(self):
        cloud = cloud_with_rows()
        self.addCleanup(cloud.stop)
        page = (ROOT / "docs/rest.md").read_text()
        script = re.search(r"^```javascript\n(.*?)^```", page, re.MULTILINE | re.DOTALL).group(1)
        address = re.search(r"https://[^?]+/v1/rows", script).group(0)
        script = SHEETS + script.replace(address, cloud.deployment["rowsUrl"]) + "\nreadRows();"
        environment = {**os.environ, "TOKEN": cloud.token()}
        output = subprocess.run(["node", "-e", script], env=environment, capture_output=True, text=True, check=True).stdout
        header, *rows = json.loads(output)
        self.assertEqual(header, ["queue", "bucket", "waiting", "offered", "service level", "as of"])
        self.assertIn(["queue#q#voice", "now", WAITING], [row[:3] for row in rows])


if __name__ == "__main__":
    unittest.main()
