"""Which processor and system a built function is for, from the header of its ELF file.

A binary of the wrong kind deploys without a word, and then fails at every start. Run as a script, this checks a folder
of functions and exits with 1 if one of them cannot run where it is to run.
"""

import argparse
import struct
import sys
from pathlib import Path

FUNCTIONS = ("auditor", "authorizer", "connections", "exporter", "gap-reader", "ingest", "push", "rows")
# By the names that Lambda has for them: the machine of the ELF header.
MACHINES = {"arm64": 0xB7, "x86_64": 0x3E}
_HEADER = struct.Struct("<4sBBBB8xHH")
_MAGIC, _CLASS_64, _LITTLE_ENDIAN = b"\x7fELF", 2, 1
_SYSTEMS = {0: "System V", 3: "Linux"}
_EXECUTABLE_KINDS = {2, 3}  # with fixed addresses, or position-independent


class WrongBinary(Exception):
    """A binary that cannot run. The message names it and says what to do."""


def architecture_of(header):
    """The architecture that an ELF header names, as Lambda calls it. Fails for what Lambda cannot run."""
    if len(header) < _HEADER.size or header[:4] != _MAGIC:
        raise WrongBinary("is no program for Linux; a Mac's own programs are not")
    _, width, order, _, system, kind, machine = _HEADER.unpack_from(header)
    if (width, order) != (_CLASS_64, _LITTLE_ENDIAN) or system not in _SYSTEMS or kind not in _EXECUTABLE_KINDS:
        raise WrongBinary("is no 64-bit program for Linux")
    for name, number in MACHINES.items():
        if number == machine:
            return name
    raise WrongBinary(f"is for a processor that Lambda does not have (ELF machine {machine:#x})")


def check(functions, architecture):
    """Checks that every function in the folder `functions` was built for `architecture`."""
    for name in FUNCTIONS:
        bootstrap = functions / name / "bootstrap"
        again = f"run `make functions ARCH={architecture}`"
        if not bootstrap.is_file():
            raise WrongBinary(f"{bootstrap} is not there: {again}")
        with bootstrap.open("rb") as file:
            header = file.read(_HEADER.size)
        try:
            built_for = architecture_of(header)
        except WrongBinary as error:
            raise WrongBinary(f"{bootstrap} {error}: {again}") from None
        if built_for != architecture:
            raise WrongBinary(f"{bootstrap} was built for {built_for}, and {architecture} is to be deployed: {again}")


def main():
    epilog = "exit codes: 0 all can run, 1 one cannot. Example: binaries.py target/lambda --architecture arm64"
    parser = argparse.ArgumentParser(prog="binaries.py", description=__doc__, epilog=epilog)
    parser.add_argument("functions", type=Path, help="folder with <name>/bootstrap of each function")
    parser.add_argument("--architecture", choices=sorted(MACHINES), required=True)
    arguments = parser.parse_args()
    try:
        check(arguments.functions, arguments.architecture)
    except WrongBinary as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
