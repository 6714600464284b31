"""A page of rows as CSV is opened by LibreOffice: every cell of its sheet is the one of the file.

A thousand rows, which is the longest page, of queues whose names are hard on spreadsheets. LibreOffice makes a sheet of the
file, and writes the sheet as CSV again. Needs `soffice`: apt install libreoffice-calc
"""

import csv
import io
import json
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse
import urllib.request
import uuid
from pathlib import Path

import boto3

sys.path.insert(0, str(Path(__file__).parent))
from rows import ROOT  # noqa: E402,F401
from cloud import Cloud  # noqa: E402

QUEUES = 500
NAMES = ["Rechnungen & Zahlungen", "Zürich – Größe", '=HYPERLINK("https://x.example")', "+1-2", '"quoted", with a comma', "日本語", "1.5", "-7"]
# Comma, quotes, UTF-8, from the first line, every column as it comes.
READ, WRITE = "CSV:44,34,76,1", "csv:Text - txt - csv (StarCalc):44,34,76,1"


def put_rows(tables):
    """Rows `now` and of the day, as ingest writes them, and the names of their queues, as the gap reader does."""
    rows, ledger = (boto3.resource("dynamodb").Table(tables[name]) for name in ("RowsTable", "LedgerTable"))
    with ledger.batch_writer() as batch:
        for number in range(QUEUES):
            body = json.dumps({"name": f"{NAMES[number % len(NAMES)]} {number}" if number >= len(NAMES) else NAMES[number]})
            batch.put_item(Item={"kind": "queue", "name": str(uuid.UUID(int=number + 1)), "version": 1, "body": body})
        batch.put_item(Item={"kind": "catalog", "name": "version", "version": 1, "body": "{}"})
    ms = int(time.time() * 1000)
    day = time.strftime("P1D#%Y-%m-%d", time.gmtime())
    with rows.batch_writer() as batch:
        for number in range(QUEUES):
            key = {"subject": f"queue#{uuid.UUID(int=number + 1)}#voice", "version": 3, "epoch": ms, "at": ms}
            batch.put_item(Item={**key, "bucket": "now", "oWaiting": number % 7 + 1})
            sums = {"nOffered": number + 10, "tAnswered.count": number + 5, "tAnswered.sum": 1000 * number + 17, "w31": number + 5}
            batch.put_item(Item={**key, "bucket": day, **sums})


def page(cloud):
    query = urllib.parse.urlencode({"subject": "queue#*", "bucket": "now,today", "format": "csv"})
    request = urllib.request.Request(f"{cloud.deployment['rowsUrl']}?{query}", headers={"Authorization": f"Bearer {cloud.token()}"})
    with urllib.request.urlopen(request) as response:
        return response.read().decode()


def through_libreoffice(text):
    with tempfile.TemporaryDirectory() as folder:
        convert = ["soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless"]
        source = Path(folder, "rows.csv")
        source.write_text(text)
        subprocess.run([*convert, f"--infilter={READ}", "--convert-to", "xlsx", "--outdir", folder, source], check=True, capture_output=True, timeout=300)
        source.unlink()
        subprocess.run([*convert, "--convert-to", WRITE, "--outdir", folder, Path(folder, "rows.xlsx")], check=True, capture_output=True, timeout=300)
        return source.read_text()


def value(cell):
    """Numbers and truth values as what they are: a sheet writes them in its own way."""
    try:
        return round(float(cell), 9)
    except ValueError:
        return cell.lower() if cell.lower() in ("true", "false") else cell


class Spreadsheet(unittest.TestCase):
    def test_a_sheet_has_every_cell_of_a_page(self):
        cloud = Cloud()
        self.addCleanup(cloud.stop)
        put_rows(cloud.outputs)
        text = page(cloud)
        expected, sheet = (list(csv.reader(io.StringIO(rows))) for rows in (text, through_libreoffice(text)))
        self.assertEqual(len(expected), 1 + 2 * QUEUES)
        self.assertEqual([list(map(value, row)) for row in sheet], [list(map(value, row)) for row in expected])
        print(json.dumps({"rows": len(expected) - 1, "columns": len(expected[0]), "bytes": len(text)}))


if __name__ == "__main__":
    unittest.main()
