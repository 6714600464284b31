"""`headroom export` writes as DynamoDB does, and the check of that notices what is not so."""

import base64
import gzip
import hashlib
import json
import shutil
import tempfile
import unittest
from pathlib import Path

import world
from export_check import Bucket, Check, Folder


def checksum(data):
    return base64.b64encode(hashlib.md5(data).digest())


class Format(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = world.own_folder(cls)
        cls.before = world.replay(cls.folder, "before", "--conversations", "60", "--seed", "5", "--metrics-topic")
        after = world.rows(cls.before)
        for key in list(after)[::7]:
            del after[key]
        for row in list(after.values())[::5]:
            row["metrics"]["nError"] = row["metrics"].get("nError", 0) + 1
        cls.after_rows = after
        cls.after = world.write_rows(cls.folder / "after.ndjson", after)
        cls.names_path, *_ = world.names_file(cls.folder, after)
        cls.exports = cls.export("exports")

    @classmethod
    def export(cls, name, *options):
        out = cls.folder / name
        world.run("export", cls.before, cls.after, "--out", out, "--names", cls.names_path, "--at", world.AT, "-q", *options)
        return out

    def lines(self, pattern):
        """The lines of data files."""
        files = sorted(self.exports.glob(pattern))
        self.assertTrue(files)
        return [json.loads(line) for file in files for line in gzip.open(file, "rt")]

    def test_exports_are_as_dynamodb_writes_them(self):
        for options in ([], ["--view", "NEW_IMAGE"], ["--partitions", "64"], ["--window", "1440"]):
            check = Check(Folder(self.export(f"as{len(options)}{options and options[0]}", *options)))
            self.assertEqual(check.faults, [])
            self.assertEqual(len(check.exports), 3)

    def test_empty_partitions_are_empty_files(self):
        out = self.export("partitions", "--partitions", "64")
        sizes = [len(gzip.open(file).read()) for file in out.glob("rows/full/*/AWSDynamoDB/*/data/*.json.gz")]
        self.assertEqual(len(sizes), 64)
        self.assertIn(0, sizes)

    def test_the_same_time_and_seed_give_the_same_bytes(self):
        first, second = Folder(self.exports), Folder(self.export("repeated"))
        self.assertEqual(first.keys(), second.keys())
        self.assertTrue(all(first.read(key) == second.read(key) for key in first.keys()))
        self.assertNotEqual(Folder(self.export("seeded", "--seed", "2")).keys(), first.keys())

    def test_items_have_every_stored_sum_and_the_attributes_of_the_table(self):
        rows = world.rows(self.before)
        items = [line["Item"] for line in self.lines("rows/full/**/data/*.gz")]
        self.assertEqual(len(items), len(rows))
        for item in items:
            key = item.pop("subject")["S"], item.pop("bucket")["S"]
            self.assertEqual(("expiresAt" in item), key[1].startswith("PT"), key)
            for name in ("epoch", "version", "at", "expiresAt", "crowded"):
                item.pop(name, None)
            self.assertEqual({name: int(value["N"]) for name, value in item.items()}, rows[key]["metrics"], key)
        self.assertTrue(any(name[0] == "w" and name[1:].isdigit() for item in items for name in item))

    def test_an_increment_has_what_changed_with_both_images(self):
        rows, kinds = world.rows(self.before), {"changed": 0, "removed": 0}
        for line in self.lines("rows/incremental/**/data/*.gz"):
            key = line["Keys"]["subject"]["S"], line["Keys"]["bucket"]["S"]
            if key in self.after_rows:
                kinds["changed"] += 1
                self.assertEqual(int(line["NewImage"]["version"]["N"]), int(line["OldImage"]["version"]["N"]) + 1)
                self.assertEqual(line["NewImage"]["epoch"], line["OldImage"]["epoch"])
            else:
                kinds["removed"] += 1
                self.assertNotIn("NewImage", line)
                self.assertIn("OldImage", line)
        self.assertEqual(kinds["removed"], len(rows) - len(self.after_rows))
        unchanged = sum(rows[key] == row for key, row in self.after_rows.items())
        self.assertEqual(kinds["changed"], len(self.after_rows) - unchanged)

    def test_rows_without_their_histograms_are_refused(self):
        public = self.folder / "public.ndjson"
        world.run("replay", "-q", "--out", public, self.folder / "before.events.ndjson")
        result = world.run("export", public, "--out", self.folder / "refused", check=False)
        self.assertEqual(result.returncode, 3)
        self.assertIn("--stored-sums", result.stderr)
        self.assertFalse((self.folder / "refused").exists())
        full = world.run("export", self.before, "--out", self.exports, check=False)
        self.assertEqual(full.returncode, 2)
        self.assertIn("is not empty", full.stderr)


class Faults(Format):
    """Each fault that is planted into an export is noticed. What is inherited is the export."""

    def setUp(self):
        self.place = Path(tempfile.mkdtemp(dir=self.folder)) / "exports"
        shutil.copytree(self.exports, self.place)
        [self.full] = self.place.glob("rows/full/*/AWSDynamoDB/0*")
        [self.increment] = self.place.glob("rows/incremental/*/AWSDynamoDB/0*")

    def faults(self):
        return "\n".join(Check(Folder(self.place)).faults)

    def data_file(self, folder="rows/full"):
        return next(file for file in sorted(self.place.glob(f"{folder}/**/data/*.gz")) if len(gzip.open(file).read()) > 0)

    def write_manifest(self, folder, name, change):
        """Changes a manifest and its checksum."""
        path = folder / f"{name}.json"
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        for line in lines:
            change(line)
        path.write_text("\n".join(map(json.dumps, lines)))
        path.with_suffix(".md5").write_bytes(checksum(path.read_bytes()))

    def write_lines(self, folder, change):
        """Changes the first line of a data file, and all checksums with it."""
        path = self.data_file(folder)
        lines = [json.loads(line) for line in gzip.open(path, "rt")]
        change(lines[0])
        path.write_bytes(gzip.compress("".join(f"{json.dumps(line)}\n" for line in lines).encode()))
        manifests = self.full if folder == "rows/full" else self.increment

        def update(line):
            if line["dataFileS3Key"].endswith(path.name):
                line["md5Checksum"] = checksum(path.read_bytes()).decode()

        self.write_manifest(manifests, "manifest-files", update)

    def planted(self, message):
        self.assertIn(message, self.faults())

    def test_a_changed_data_file_is_noticed(self):
        path = self.data_file()
        path.write_bytes(gzip.compress(gzip.open(path).read() + b"{}\n"))
        self.planted("another MD5")
        self.planted("itemCount is")

    def test_a_missing_data_file_is_noticed_and_one_too_many(self):
        path = self.data_file()
        path.rename(path.with_name("a" * 26 + ".json.gz"))
        self.planted("is in the manifest and not there")
        self.planted("is in no manifest")

    def test_checksum_files_of_another_name_or_form_are_noticed(self):
        (self.full / "manifest-files.md5").rename(self.full / "manifest-files.checksum")
        (self.full / "manifest-summary.md5").write_text("x\n")
        self.planted("manifest-files.md5: is missing")
        self.planted("is not the base64 of the MD5")

    def test_a_missing_summary_is_an_export_that_failed(self):
        (self.increment / "manifest-summary.json").unlink()
        self.planted("has the export failed?")

    def test_each_missing_field_of_the_summary_is_noticed(self):
        for folder in (self.full, self.increment):
            text = (folder / "manifest-summary.json").read_text()
            for name in json.loads(text):
                self.write_manifest(folder, "manifest-summary", lambda line: line.pop(name))
                self.assertTrue(self.faults(), name)
                (folder / "manifest-summary.json").write_text(text)
                (folder / "manifest-summary.md5").write_bytes(checksum(text.encode()))
        self.assertEqual(self.faults(), "")

    def test_lines_of_another_form_are_noticed(self):
        def bare_number(line):
            line["Metadata"]["WriteTimestampMicros"] = 5

        def late(line):
            line["Metadata"]["WriteTimestampMicros"]["N"] = "5"

        def without_images(line):
            line.pop("OldImage", None)
            line.pop("NewImage", None)

        changes = [
            ("rows/full", lambda line: line.update(Extra={}), "no line of a full export"),
            ("rows/full", lambda line: line["Item"].update(version=1), "no line of a full export"),
            ("rows/incremental", bare_number, "no typed number"),
            ("rows/incremental", late, "outside the window"),
            ("rows/incremental", lambda line: line["Keys"].update(bucket={"S": "other"}), "another key"),
            ("rows/incremental", without_images, "neither an old image nor a new one"),
        ]
        for folder, change, message in changes:
            shutil.rmtree(self.place)
            shutil.copytree(self.exports, self.place)
            self.write_lines(folder, change)
            self.planted(message)

    def test_a_bucket_is_checked_as_a_folder_is(self):
        import boto3
        from moto import mock_aws

        with mock_aws():
            client = boto3.client("s3", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
            client.create_bucket(Bucket="exports")
            for key in Folder(self.place).keys():
                client.put_object(Bucket="exports", Key=key, Body=Folder(self.place).read(key))
            self.assertEqual(Check(Bucket("exports", "", client)).faults, [])
            client.put_object(Bucket="exports", Key=Folder(self.place).keys()[-1], Body=b"")
            self.assertTrue(Check(Bucket("exports", "", client)).faults)


# The faults have the exports of `Format`, and not its tests.
for name in [name for name in vars(Format) if name.startswith("test_")]:
    setattr(Faults, name, None)

if __name__ == "__main__":
    unittest.main()
