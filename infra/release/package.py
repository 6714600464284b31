"""Packs what is deployed into one folder, so that deploying needs neither Rust nor this repository.

The folder has a zip file of each function, the template that refers to them, the sample of parameters, SAM's
configuration, the stack policy, and SHA256SUMS over all of it. The same binaries make the same bytes.
"""

import argparse
import hashlib
import re
import shutil
import sys
import zipfile
from pathlib import Path

import binaries

INFRA = Path(__file__).resolve().parents[1]
_COPIED = ("parameters.sample.yaml", "samconfig.toml", "stack-policy.json")
_CHECKSUMS = "SHA256SUMS"
# The earliest that a zip file can say: the time of the build is no part of what is built.
_EPOCH = (1980, 1, 1, 0, 0, 0)


def pack(functions, architecture, folder):
    """Makes `folder` anew, from functions that were built for `architecture`."""
    binaries.check(functions, architecture)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in binaries.FUNCTIONS:
        _zip(functions / name / "bootstrap", folder / f"{name}.zip")
    (folder / "template.yaml").write_text(template_of(architecture))
    for name in _COPIED:
        shutil.copy(INFRA / name, folder / name)
    _write_checksums(folder)


def template_of(architecture):
    """The template, with zip files as code, and `architecture` as the only one that may be deployed with them."""
    text = (INFRA / "template.yaml").read_text()
    text, count = re.subn(r"CodeUri: \.\./target/lambda/([a-z-]+)/", r"CodeUri: \1.zip", text)
    assert count == len(binaries.FUNCTIONS), f"{count} functions in the template"
    before = "    Default: arm64\n    AllowedValues: [arm64, x86_64]\n"
    assert text.count(before) == 1, "the parameter Architecture has changed its form"
    return text.replace(before, f"    Default: {architecture}\n    AllowedValues: [{architecture}]\n")


def _zip(bootstrap, path):
    entry = zipfile.ZipInfo("bootstrap", date_time=_EPOCH)
    entry.external_attr = 0o100755 << 16
    entry.create_system = 3  # Unix, for which these attributes are
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr(entry, bootstrap.read_bytes(), zipfile.ZIP_DEFLATED, 9)


def _write_checksums(folder):
    files = sorted(folder.iterdir())
    lines = [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in files]
    (folder / _CHECKSUMS).write_text("".join(lines))


def main():
    epilog = "exit codes: 0 packed, 1 a binary is not for this architecture. Example: package.py target/lambda --architecture arm64 --out dist"
    parser = argparse.ArgumentParser(prog="package.py", description=__doc__, epilog=epilog)
    parser.add_argument("functions", type=Path, help="folder with <name>/bootstrap of each function")
    parser.add_argument("--architecture", choices=sorted(binaries.MACHINES), required=True)
    parser.add_argument("--out", type=Path, required=True, help="folder that is made anew")
    arguments = parser.parse_args()
    try:
        pack(arguments.functions, arguments.architecture, arguments.out)
    except binaries.WrongBinary as error:
        sys.exit(f"error: {error}")
    print(f"{arguments.out}: deploy it as docs/deploying.md says, or check it with `sha256sum --check {_CHECKSUMS}`")


if __name__ == "__main__":
    main()
