"""What is done with less work is done all the same."""

import sys
import unittest
from collections import defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from speed import copy_document  # noqa: E402


class Copies(unittest.TestCase):
    def test_a_copy_of_an_item_is_equal_and_shares_nothing_that_changes(self):
        item = {"subject": {"S": "queue#a"}, "waits": {"M": {"é": {"N": "1"}}}, "tags": {"L": [{"BOOL": True}, {"B": b"x"}]}}
        copied = copy_document(item)
        self.assertEqual(copied, item)
        copied["waits"]["M"]["é"]["N"] = "2"
        copied["tags"]["L"].clear()
        self.assertEqual(item["waits"]["M"]["é"]["N"], "1")
        self.assertEqual(len(item["tags"]["L"]), 2)

    def test_a_dictionary_with_defaults_keeps_them(self):
        items = defaultdict(dict, {"a": {"b": {"S": "c"}}})
        copied = copy_document(items)
        copied["a"]["b"]["S"] = "d"
        self.assertEqual((copied["new"], items["a"]["b"]["S"]), ({}, "c"))


if __name__ == "__main__":
    unittest.main()
