"""Writes the fields of the views into docs/bi.md.

Usage: fields.py HEADROOM
"""

import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs/bi.md"
BEGIN, END = "<!-- fields:begin -->\n", "<!-- fields:end -->"


def main():
    fields = subprocess.run([sys.argv[1], "views", "--fields"], check=True, capture_output=True, text=True).stdout
    page = PAGE.read_text()
    start, end = page.index(BEGIN) + len(BEGIN), page.index(END)
    PAGE.write_text(page[:start] + fields + page[end:])


if __name__ == "__main__":
    main()
