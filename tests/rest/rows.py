"""A stack on a local cloud with rows: twenty conversations wait in the queue `q`."""

import json
import sys
import time
import urllib.request
import uuid
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/stack"))
from cloud import Cloud, event, wait_for  # noqa: E402

WAITING = 20


def cloud_with_rows():
    cloud = Cloud()
    try:
        cloud.put(*[event(str(uuid.uuid4()), time.time()) for _ in range(WAITING)])
        wait_for("the rows", lambda: _waiting(cloud) == WAITING)
    except BaseException:
        cloud.stop()
        raise
    return cloud


def _waiting(cloud):
    url = f"{cloud.deployment['rowsUrl']}?subject=queue%23*&bucket=now"
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {cloud.token()}"})
    with urllib.request.urlopen(request) as response:
        return sum(row["metrics"].get("oWaiting", 0) for row in json.load(response)["rows"])
