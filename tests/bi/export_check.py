"""Checks the exports of DynamoDB tables in a bucket or a folder: names, manifests, checksums, counts and lines.

The rules are facts of real exports, each from AWS' guide or from a reader that runs against them (docs/bi.md). What is
found is printed, a line each; the exit code is 1 if there is anything.

Usage: export_check.py FOLDER_OR_BUCKET [--prefix PREFIX]
A bucket is given as s3://NAME, and read with the credentials of the AWS CLI.
"""

import argparse
import base64
import gzip
import hashlib
import json
import re
import sys
from datetime import datetime
from pathlib import Path

EXPORT = re.compile(r"^(?P<prefix>(?:.+/)?)AWSDynamoDB/(?P<id>0\d{13}-[0-9a-f]{8})/(?P<file>[^/]+)$")
DATA_FILE = re.compile(r"^[a-z0-9]{26}\.json\.gz$")
ETAG = re.compile(r"^[0-9a-f]{32}-1$")
# Fields of the summary, each with what its value has to match.
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
SUMMARY = {
    "version": r"\d{4}-\d\d-\d\d",
    "exportArn": r"arn:aws[a-z-]*:dynamodb:[a-z0-9-]+:\d{12}:table/[A-Za-z0-9_.-]+/export/0\d{13}-[0-9a-f]{8}",
    "startTime": TIME,
    "endTime": TIME,
    "tableArn": r"arn:aws[a-z-]*:dynamodb:[a-z0-9-]+:\d{12}:table/[A-Za-z0-9_.-]+",
    "tableId": r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    "s3Bucket": r".+",
    "s3SseAlgorithm": r"AES256|KMS",
    "manifestFilesS3Key": r".+/manifest-files\.json",
    "outputFormat": r"DYNAMODB_JSON",
}
FULL = {"exportTime": TIME}
INCREMENTAL = {
    "exportFromTime": TIME,
    "exportToTime": TIME,
    "exportType": r"INCREMENTAL_EXPORT",
    "outputView": r"NEW_AND_OLD_IMAGES|NEW_IMAGE",
}
TYPES = {"S": str, "N": str, "B": str, "BOOL": bool, "NULL": bool, "L": list, "M": dict, "SS": list, "NS": list, "BS": list}
FILE_FIELDS = {"itemCount", "md5Checksum", "etag", "dataFileS3Key"}
WINDOW_S = (15 * 60, 24 * 60 * 60)


class Folder:
    """A folder in place of a bucket."""

    def __init__(self, root):
        self.root = Path(root)

    def keys(self):
        files = (path for path in self.root.rglob("*") if path.is_file())
        return sorted(path.relative_to(self.root).as_posix() for path in files)

    def read(self, key):
        return (self.root / key).read_bytes()


class Bucket:
    """A bucket of S3."""

    def __init__(self, name, prefix="", client=None):
        import boto3

        self.name, self.prefix, self.client = name, prefix, client or boto3.client("s3")

    def keys(self):
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=self.prefix)
        return sorted(it["Key"] for page in pages for it in page.get("Contents", []))

    def read(self, key):
        return self.client.get_object(Bucket=self.name, Key=key)["Body"].read()


class Check:
    """The check of all exports of a store; `faults` has what is wrong."""

    def __init__(self, store):
        self.store, self.faults, self.items = store, [], 0
        self.keys = store.keys()
        self.exports = sorted({(m["prefix"], m["id"]) for key in self.keys if (m := EXPORT.match(key))})
        if not self.exports:
            self.fault("", "no export: nothing is named <prefix>/AWSDynamoDB/<id>/...")
        for prefix, export in self.exports:
            self.check(f"{prefix}AWSDynamoDB/{export}", prefix, export)

    def fault(self, key, text):
        self.faults.append(f"{key}: {text}" if key else text)

    def expect(self, condition, key, text):
        if not condition:
            self.fault(key, text)
        return condition

    def check(self, folder, prefix, export):
        names = [f"{folder}/{name}" for name in ("manifest-summary.json", "manifest-files.json")]
        if f"{folder}/_started" in self.keys:
            self.expect(self.store.read(f"{folder}/_started") == b"", f"{folder}/_started", "is not empty")
        if not all(self.expect(name in self.keys, name, "is missing: has the export failed?") for name in names):
            return
        texts = [self.manifest(name) for name in names]
        try:
            summary, files = json.loads(texts[0]), [json.loads(line) for line in texts[1].splitlines()]
        except ValueError as error:
            return self.fault(folder, f"a manifest is no JSON: {error}")
        incremental = self.summary(names[0], summary, prefix, export)
        self.expect(summary.get("manifestFilesS3Key") == names[1], names[0], "manifestFilesS3Key is another file")
        data = f"{prefix}AWSDynamoDB/data/" if incremental else f"{folder}/data/"
        counts = [self.data_file(names[1], file, data, summary) for file in files]
        self.expect(files, names[1], "has no file: there is one for each partition, an empty one for an empty one")
        self.expect(sum(counts) == summary.get("itemCount"), names[0],
                    f"itemCount is {summary.get('itemCount')}, and the files have {sum(counts)} lines")
        listed = {file.get("dataFileS3Key") for file in files}
        if not incremental:
            for key in self.keys:
                self.expect(not key.startswith(data) or key in listed, key, "is in no manifest")
        self.items += sum(counts)

    def manifest(self, name):
        """The text of a manifest, whose checksum is beside it."""
        text, beside = self.store.read(name), name.removesuffix(".json") + ".md5"
        if self.expect(beside in self.keys, beside, "is missing"):
            self.expect(self.store.read(beside) == md5(text), beside, "is not the base64 of the MD5, in 24 bytes")
        return text.decode()

    def summary(self, key, summary, prefix, export):
        incremental = summary.get("exportType") == "INCREMENTAL_EXPORT"
        for name, pattern in (SUMMARY | (INCREMENTAL if incremental else FULL)).items():
            value = summary.get(name)
            fits = isinstance(value, str) and re.fullmatch(pattern, value)
            self.expect(fits, key, f"{name} is {value!r}, and not like {pattern}")
        for name in ("itemCount", "billedSizeBytes"):
            self.expect(type(summary.get(name)) is int and summary[name] >= 0, key, f"{name} is no count")
        self.expect("s3SseKmsKeyId" in summary, key, "s3SseKmsKeyId is missing (null without a key)")
        self.expect("s3Prefix" in summary and (summary["s3Prefix"] or "") == prefix.removesuffix("/"), key,
                    f"s3Prefix is {summary.get('s3Prefix')!r}")
        arn = str(summary.get("exportArn", ""))
        self.expect(arn.endswith(f"/export/{export}"), key, "exportArn is of another export")
        if not incremental:
            self.expect(summary.get("exportType", "FULL_EXPORT") == "FULL_EXPORT", key, "exportType is unknown")
        elif window := window_of(summary):
            seconds = window[1] - window[0]
            text = f"the window has {seconds:.0f} s, and 15 min to 24 h are possible"
            self.expect(WINDOW_S[0] <= seconds <= WINDOW_S[1], key, text)
        return incremental

    def data_file(self, manifest, file, folder, summary):
        """Checks a file of the manifest. Returns how many lines it has."""
        key = str(file.get("dataFileS3Key"))
        self.expect(set(file) >= FILE_FIELDS, manifest, f"fields are missing: {file}")
        self.expect(ETAG.match(str(file.get("etag"))), manifest, f"etag is {file.get('etag')!r}: a multipart one has -1")
        if not self.expect(key in self.keys, key, "is in the manifest and not there"):
            return 0
        is_named = key.startswith(folder) and DATA_FILE.match(key.removeprefix(folder))
        self.expect(is_named, key, f"is not {folder}<26 letters>.json.gz")
        packed = self.store.read(key)
        self.expect(md5(packed).decode() == file.get("md5Checksum"), key, "has another MD5 than the manifest says")
        try:
            lines = gzip.decompress(packed).decode().splitlines()
        except (OSError, EOFError, ValueError) as error:
            self.fault(key, f"is no gzip of text: {error}")
            return 0
        self.expect(len(lines) == file.get("itemCount"), key, f"has {len(lines)} lines, and itemCount is {file.get('itemCount')}")
        for number, line in enumerate(lines, 1):
            if why := line_fault(line, summary):
                self.fault(f"{key}, line {number}", why)
        return len(lines)


def md5(data):
    return base64.b64encode(hashlib.md5(data).digest())


def line_fault(line, summary):
    """What is wrong with a line; None if nothing is."""
    try:
        record = json.loads(line)
    except ValueError as error:
        return f"no JSON: {error}"
    if summary.get("exportType") != "INCREMENTAL_EXPORT":
        is_line = set(record) == {"Item"} and is_item(record["Item"])
        return None if is_line else "no line of a full export: {\"Item\":{...}}"
    return change_fault(record, summary)


def change_fault(record, summary):
    try:
        micros = int(record["Metadata"]["WriteTimestampMicros"]["N"])
    except (KeyError, TypeError, ValueError):
        return "Metadata.WriteTimestampMicros is no typed number"
    items = [record.get("Keys"), *(record[name] for name in ("NewImage", "OldImage") if name in record)]
    if not all(map(is_item, items)):
        return "Keys, NewImage and OldImage have to be items"
    if set(record) - {"Metadata", "Keys", "NewImage", "OldImage"}:
        return f"unknown parts: {sorted(record)}"
    images = {name for name in ("NewImage", "OldImage") if name in record}
    if summary.get("outputView") == "NEW_IMAGE" and "OldImage" in images:
        return "an old image, and outputView is NEW_IMAGE"
    if summary.get("outputView") == "NEW_AND_OLD_IMAGES" and not images:
        return "neither an old image nor a new one"
    if any(record[name].get(key) != value for name in images for key, value in record["Keys"].items()):
        return "an image with another key"
    window = window_of(summary)
    if window and not window[0] <= micros / 1e6 < window[1]:
        return "written outside the window"
    return None


def window_of(summary):
    """From when and up to when an increment has changes, in seconds since 1970; None if that is not said."""
    times = [str(summary.get(name)) for name in ("exportFromTime", "exportToTime")]
    if not all(re.fullmatch(TIME, time) for time in times):
        return None
    return [datetime.fromisoformat(time.replace("Z", "+00:00")).timestamp() for time in times]


def is_item(item):
    def is_value(value):
        return isinstance(value, dict) and len(value) == 1 and all(
            isinstance(content, TYPES.get(name, type(None))) for name, content in value.items())

    return isinstance(item, dict) and bool(item) and all(is_value(value) for value in item.values())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("place", help="a folder, or s3://NAME")
    parser.add_argument("--prefix", default="", help="of the keys in the bucket")
    args = parser.parse_args()
    store = Bucket(args.place.removeprefix("s3://"), args.prefix) if args.place.startswith("s3://") else Folder(args.place)
    check = Check(store)
    print("\n".join(check.faults) or f"{len(check.exports)} exports, {check.items} items: as DynamoDB writes them")
    sys.exit(bool(check.faults))


if __name__ == "__main__":
    main()
