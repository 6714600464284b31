"""Full exports and increments give one table, in any order and repeated; what was removed stays, and is marked."""

import itertools
import json
import shutil
import tempfile
import unittest
from pathlib import Path

import world

VIEWS = "queue_intervals", "queue_days", "agent_intervals", "corrections"
# One query: it is loaded once, and the statements of the views are read once.
SQL = " UNION ALL ".join(f"SELECT '{view}' AS view, to_json(t) AS fields FROM {view} t" for view in VIEWS)


def by_view(folder, *options):
    """The rows of the views, each view's in an order of their own."""
    rows = [(row["view"], as_object(row["fields"])) for row in world.query(SQL, folder, *options)]
    return {name: sorted((fields for view, fields in rows if view == name), key=json.dumps) for name in VIEWS}


def as_object(value):
    return json.loads(value) if isinstance(value, str) else value


class Increments(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = world.own_folder(cls)
        base = world.replay(cls.folder, "base", "--conversations", "300", "--seed", "3")
        cls.states = [world.rows(base)]
        queue = lambda bucket: sorted(key for key in cls.states[0] if key[0].startswith("queue#") and key[1].startswith(bucket))
        cls.corrected, cls.removed, cls.rebuilt, *_ = queue("PT30M")
        # Each state of the table comes from the one before: one row is corrected twice, one goes by its time to
        # live, and one goes and begins anew.
        cls.states.append(cls.state({cls.corrected: 1, cls.removed: None, cls.rebuilt: None}))
        cls.states.append(cls.state({cls.corrected: 1, cls.rebuilt: 5}))
        cls.states.append(cls.state({cls.corrected: 1}))
        files = [world.write_rows(cls.folder / f"state{n}.ndjson", state) for n, state in enumerate(cls.states)]
        cls.names_path, *_ = world.names_file(cls.folder, cls.states[0])
        cls.exports = cls.folder / "exports"
        world.run("export", *files, "--out", cls.exports, "--names", cls.names_path, "--at", world.AT, "--quiet")
        increments = sorted((cls.exports / "rows/incremental").iterdir())
        cls.parts = [next((cls.exports / "rows/full").iterdir()), *increments]

    @classmethod
    def state(cls, changes):
        """The newest state with other numbers of conversations offered; without rows whose change is None."""
        state = json.loads(json.dumps([[key, row] for key, row in cls.states[-1].items()]))
        state = {tuple(key): row for key, row in state}
        for key, more in changes.items():
            row = state.pop(key, None) or json.loads(json.dumps(cls.states[0][key]))
            if more is not None:
                row["metrics"]["nOffered"] = row["metrics"].get("nOffered", 0) + more
                state[key] = row
        return state

    def table(self, parts):
        """All facts of some exports, which come in this order of names."""
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        for number, part in enumerate(parts):
            shutil.copytree(part, folder / f"part{number}")
        try:
            return by_view(folder)
        finally:
            shutil.rmtree(folder)

    def find(self, table, key):
        start = key[1].split("#")[1].replace("T", " ").removesuffix("Z")
        is_row = lambda row: f"queue#{row['queue_id']}#{row['media']}" == key[0] and row["interval_start_utc"] == start
        [row] = filter(is_row, table["queue_intervals"])
        return row

    def test_any_order_and_repeats_give_the_same_table(self):
        expected = self.table(self.parts)
        for order in itertools.permutations(self.parts):
            self.assertEqual(self.table([*order, order[1]]), expected, [part.name for part in order])

    def test_the_newest_state_of_each_row_counts(self):
        table = self.table(self.parts)
        for key in (self.corrected, self.rebuilt):
            row = self.find(table, key)
            self.assertEqual(row["n_offered"], self.states[-1][key]["metrics"]["nOffered"])
            self.assertFalse(row["is_removed"])
        self.assertEqual(self.find(table, self.corrected)["version"], 4)
        # It began anew: a later epoch, and version 1 outranks the versions of the earlier one.
        rebuilt, first = self.find(table, self.rebuilt), self.find(self.table(self.parts[:1]), self.rebuilt)
        self.assertGreater(rebuilt["epoch"], first["epoch"])
        self.assertEqual((rebuilt["version"], first["version"]), (1, 1))

    def test_what_is_removed_is_marked_and_stays(self):
        row = self.find(self.table(self.parts), self.removed)
        self.assertTrue(row["is_removed"])
        self.assertEqual(row["n_offered"], self.states[0][self.removed]["metrics"].get("nOffered", 0))
        before = self.find(self.table(self.parts[:1]), self.removed)
        self.assertFalse(before["is_removed"])
        # The increment alone has the row as it was.
        self.assertEqual(self.find(self.table(self.parts[1:2]), self.removed)["n_offered"], row["n_offered"])

    def test_corrections_tell_each_change_of_a_final_interval(self):
        corrections = [row for row in self.table(self.parts)["corrections"] if row["subject"] == self.corrected[0]
                       and self.corrected[1].endswith(row["interval_start_utc"].replace(" ", "T") + "Z")]
        offered = [self.states[n][self.corrected]["metrics"].get("nOffered", 0) for n in range(4)]
        found = sorted((row["version"], row["n_offered_before"], row["n_offered"]) for row in corrections)
        self.assertEqual(found, [(n + 1, offered[n - 1], offered[n]) for n in (1, 2, 3)])
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        for part in self.parts:
            shutil.copytree(part, folder / part.name / part.parent.name)
        self.assertEqual(by_view(folder, "--late-hours", "9600")["corrections"], [])

    def test_an_increment_of_new_images_alone_gives_the_same_rows_but_for_removals(self):
        files = [self.folder / f"state{n}.ndjson" for n in range(4)]
        out = self.folder / "new"
        world.run("export", *files, "--out", out, "--at", world.AT, "--view", "NEW_IMAGE", "--quiet")
        rows = by_view(out)["queue_intervals"]
        with_old = self.table(self.parts)["queue_intervals"]
        for row in rows + with_old:
            del row["is_removed"]
        self.assertEqual(sorted(rows, key=json.dumps), sorted(with_old, key=json.dumps))


if __name__ == "__main__":
    unittest.main()
