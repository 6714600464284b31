"""The views say of every row what the engine says: sums to the last digit, ratios within 1e-9."""

import datetime
import itertools
import json
import unittest
from zoneinfo import ZoneInfo

import world

# A sum that stands in a view under another name than its own has its column in the schema's words.
STATUS_WORDS = {
    "tAgentRoutingStatus": ("routing", "ms"),
    "nAgentRoutingStatus": ("routing", "count"),
    "tSystemPresence": ("presence", "ms"),
}
SCHEMA = json.loads((world.ROOT / "infra/bi/schema.json").read_text())
FACTS = {"queue": "queue", "agent": "agent", "status": "agent_status"}


def column_of(attribute):
    """The column of a sum, by the rule of docs/bi.md, written here once more."""
    name, _, part = attribute.partition(".")
    if name in STATUS_WORDS:
        word, unit = STATUS_WORDS[name]
        return f"{word}_{part.lower()}_{unit}"
    snake = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
    return snake + {"count": "_count", "sum": "_ms", "": ""}[part]


def known():
    """The attributes that have columns of their own."""
    names = [it["name"] for group in ("conversations", "statuses") for it in SCHEMA[group]["sums"]]
    timer = lambda name: name.startswith("t") and "." not in name
    return {f"{name}{part}" for name in names for part in ((".count", ".sum") if timer(name) else ("",))}


def computed():
    """The columns of computed values, by the engine's name."""
    ratios = [it for group in ("conversations", "queues", "statuses") for it in SCHEMA[group]["ratios"]]
    return {it["engine"]: it["column"] for it in ratios + SCHEMA["percentiles"]}


def kind_of(subject):
    parts = subject.split("#")
    return "queue" if parts[0] == "queue" else "agent" if len(parts) == 3 else "status"


class Views(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = world.own_folder(cls)
        cls.settings = world.settings_file(cls.folder)
        # Two days with agents, over a change to summer time in Vienna; with Genesys' own metrics as well.
        load = ["--rate", "0.03", "--for", "30h", "--start", "2026-03-28T06:00:00Z", "--agents", "--metrics-topic"]
        cls.path = world.replay(cls.folder, "rows", *load, "--seed", "7", settings=cls.settings)
        cls.rows = world.rows(cls.path)
        cls.names_path, cls.queues, cls.names = world.names_file(cls.folder, cls.rows)
        cls.exports = cls.folder / "exports"
        world.run("export", cls.path, "--out", cls.exports, "--names", cls.names_path, "--at", world.AT, "--quiet")

    def ask(self, sql):
        return world.query(sql, self.exports, "--settings", self.settings)

    def facts(self, end=""):
        """The rows of all facts whose ids have this end, by subject and bucket."""
        lengths, found = {15: "PT15M", 30: "PT30M", 60: "PT1H"}, {}
        for view in FACTS.values():
            word = view.split("_")[0]
            where = f"WHERE {word}_id LIKE '%{end}'"
            for row in self.ask(f"FROM {view}_days {where}") + self.ask(f"FROM {view}_intervals {where}"):
                subject = "#".join([word, row[f"{word}_id"], *([row["media"]] if "media" in row else [])])
                if "interval_minutes" in row:
                    start = row["interval_start_utc"].replace(" ", "T") + "Z"
                    bucket = f"{lengths[row['interval_minutes']]}#{start}"
                else:
                    bucket = f"P1D#{row['local_date']}"
                self.assertNotIn((subject, bucket), found)
                # Sums that are 0 are left out, as in the engine's rows.
                found[subject, bucket] = {name: value for name, value in row.items() if value != 0 or isinstance(value, float)}
        return found

    def test_every_row_has_the_engines_sums_and_computed_values(self):
        expected = {key: row for key, row in self.rows.items() if key[1] != "now" and key[0] != "api#budget"}
        self.assertGreater(len(expected), 2_000)
        self.assertEqual({kind_of(subject) for subject, _ in expected}, set(FACTS))
        self.assertGreater(self.compare(expected, self.facts()), 5_000)

    def compare(self, expected, found):
        """Compares rows of the engine with those of the views. Returns how many computed values there were."""
        columns, names, ratios = known(), computed(), 0
        sum_columns = {column_of(name) for name in columns}
        self.assertEqual(set(found), set(expected))
        for key, row in expected.items():
            sums = {name: value for name, value in row["metrics"].items() if not is_wait(name)}
            shown = {column: found[key][column] for column in sum_columns & set(found[key])}
            self.assertEqual(shown, {column_of(name): sums[name] for name in columns & set(sums)}, key)
            others = {name: value for name, value in sums.items() if name not in columns}
            self.assertEqual({it["key"]: it["value"] for it in pairs(found[key]["other_sums"])}, others, key)
            for engine, column in names.items():
                value, shown = row["computed"].get(engine), found[key].get(column)
                self.assertEqual(value is None, shown is None, (key, engine))
                if value is not None:
                    self.assertLessEqual(abs(shown - value), 1e-9 * abs(value), (key, engine))
                    ratios += 1
        return ratios

    def test_each_switch_of_the_formulas_changes_the_views_as_it_changes_the_engine(self):
        key = max((key for key in self.rows if kind_of(key[0]) == "queue" and key[1].startswith("P1D")),
                  key=lambda key: self.rows[key]["metrics"].get("tAbandon.count", 0))
        sums = self.rows[key]["metrics"].get
        names = "tAnswered", "tAbandon", "tShortAbandon", "tFlowOut"
        answered, abandoned, short, out = (sums(f"{name}.count", 0) for name in names)
        self.assertTrue(short and abandoned > short)
        _, queue, media = key[0].split("#")
        where = f"queue_id = '{queue}' AND media = '{media}' AND local_date = '{key[1][4:]}'"
        for flow_outs, short_ones, abandons in itertools.product((True, False), repeat=3):
            formula = {"includeFlowouts": flow_outs, "includeShortAbandons": short_ones, "includeAbandons": abandons}
            settings = self.folder / "switches.json"
            settings.write_text(json.dumps({"serviceLevelFormula": formula}))
            [row] = world.query(f"FROM queue_days WHERE {where}", self.exports, "--settings", settings)
            whole = answered + (abandoned - (0 if short_ones else short) if abandons else 0) + (out if flow_outs else 0)
            self.assertEqual(row["service_level_part"], answered - sums("nOverSla", 0))
            self.assertEqual(row["service_level_whole"], whole, formula)

    def test_local_times_are_those_of_the_time_zone_through_its_changes(self):
        zone, offsets = ZoneInfo("Europe/Vienna"), set()
        for row in self.ask("SELECT DISTINCT interval_start_utc, interval_start_local, local_date FROM queue_intervals"):
            utc = datetime.datetime.fromisoformat(row["interval_start_utc"]).replace(tzinfo=datetime.timezone.utc)
            local = utc.astimezone(zone)
            self.assertEqual(row["interval_start_local"], local.strftime("%Y-%m-%d %H:%M:%S"))
            self.assertEqual(row["local_date"], local.strftime("%Y-%m-%d"))
            offsets.add(local.utcoffset())
        self.assertEqual(len(offsets), 2)

    def test_queues_have_their_names_and_those_without_one_their_ids(self):
        found = {row["queue_id"]: row["queue_name"] for row in self.ask("FROM queues")}
        self.assertEqual(found, {queue: self.names.get(queue, queue) for queue in self.queues})

    def test_the_calendar_has_every_day_once(self):
        days = self.ask("FROM calendar ORDER BY local_date")
        self.assertEqual([day["local_date"] for day in days], ["2026-03-28", "2026-03-29"])
        for day in days:
            date = datetime.date.fromisoformat(day["local_date"])
            year, week, weekday = date.isocalendar()
            self.assertEqual((day["year"], day["month"], day["quarter"]), (2026, 3, 1))
            self.assertEqual((day["iso_year"], day["iso_week"], day["weekday"]), (year, week, weekday))
            self.assertEqual(day["is_weekend"], weekday > 5)

    def test_histograms_have_every_answered_and_abandoned_wait(self):
        sql = "SELECT queue_id, media, local_date, sum(waits)::BIGINT AS waits FROM queue_waits WHERE grain = 'day' GROUP BY ALL"
        waits = {(row["queue_id"], row["media"], row["local_date"]): row["waits"] for row in self.ask(sql)}
        sums = self.ask("SELECT *, t_answered_count + t_abandon_count AS ended FROM queue_days")
        expected = {(row["queue_id"], row["media"], row["local_date"]): row["ended"] for row in sums if row["ended"]}
        self.assertEqual(waits, expected)

    def test_results_come_as_csv_and_parquet_and_errors_say_what_to_do(self):
        csv = world.run("query", "SELECT count(*) AS n FROM queue_days", self.exports, "--format", "csv", "-q")
        self.assertRegex(csv, r"^n\r?\n\d+\r?\n$")
        out = self.folder / "days.parquet"
        world.run("query", "FROM queue_days", self.exports, "--format", "parquet", "--out", out, "-q")
        [row] = world.query(f"SELECT count(*) AS n FROM '{out}'", self.exports)
        self.assertEqual(str(row["n"]), csv.split()[1])
        refused = world.run("query", "FROM nothing", self.exports, "-q", check=False)
        self.assertEqual((refused.returncode, refused.stdout), (3, ""))
        self.assertIn("nothing does not exist", refused.stderr)
        empty = world.run("query", "FROM queue_days", self.folder / "switches", check=False)
        self.assertEqual(empty.returncode, 3)
        world.ENVIRONMENT["PATH"], path = "", world.ENVIRONMENT["PATH"]
        try:
            missing = world.run("query", "FROM queue_days", self.exports, check=False)
        finally:
            world.ENVIRONMENT["PATH"] = path
        self.assertIn("pip install duckdb-cli", missing.stderr)

    def test_exports_are_loaded_once_and_again_when_a_file_has_changed(self):
        folder = self.folder / "again"
        world.run("export", self.path, "--out", folder, "--at", world.AT, "-q")
        first = world.run("query", "FROM queues", folder, check=False)
        self.assertIn("loading", first.stderr)
        self.assertNotIn("loading", world.run("query", "FROM queues", folder, check=False).stderr)
        next(folder.glob("**/data/*.gz")).touch()
        self.assertIn("loading", world.run("query", "FROM queues", folder, check=False).stderr)


def is_wait(name):
    return name[0] == "w" and name[1:].isdigit()


def pairs(value):
    """The entries of a map, as DuckDB writes it in JSON: a list of pairs, an object, or text."""
    if isinstance(value, dict):
        return [{"key": key, "value": number} for key, number in value.items()]
    return value or []


if __name__ == "__main__":
    unittest.main()
