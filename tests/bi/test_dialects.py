"""Both dialects have the same views and columns, Athena's statements parse, and the page has the fields."""

import unittest

import sqlglot
import world
from fields import BEGIN, END, PAGE
from sqlglot import exp

OF_THE_OTHER = {
    "trino": {"list_filter", "list_transform", "list_reduce", "make_timestamp", "timezone", "isodow"},
    "duckdb": {"json_extract_scalar", "at_timezone", "with_timezone", "map_filter", "element_at"},
}


def statements(sql):
    return [text for text in sql.split(";\n") if text.strip()]


def parse(sql, dialect):
    """The statements. What Athena runs by Hive is parsed as its dialect, all else as Trino's."""
    hive = lambda text: "EXTERNAL TABLE" in text and dialect == "trino"
    return [sqlglot.parse_one(text, dialect="athena" if hive(text) else dialect) for text in statements(sql)]


def views(parsed):
    """The columns of each view."""
    made = [it for it in parsed if isinstance(it, exp.Create) and it.kind == "VIEW"]
    columns = {it.this.name: [column.alias_or_name for column in it.expression.selects] for it in made}
    return {name: names for name, names in columns.items() if not name.startswith("headroom_")}


class Dialects(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.athena = world.run("views", "--dialect", "athena", "--location", "s3://bi/exports/")
        cls.duckdb = world.run("views", "--dialect", "duckdb")

    def test_both_dialects_have_the_same_views_with_the_same_columns(self):
        athena, duckdb = views(parse(self.athena, "trino")), views(parse(self.duckdb, "duckdb"))
        self.assertEqual(athena, duckdb)
        self.assertEqual(len(athena), 10)
        self.assertTrue(all(len(set(names)) == len(names) for names in athena.values()))

    def test_each_dialect_uses_no_functions_of_the_other(self):
        names = {dialect: {it.name.lower() for tree in parse(sql, dialect) for it in tree.find_all(exp.Anonymous)}
                 for dialect, sql in (("trino", self.athena), ("duckdb", self.duckdb))}
        for dialect, others in OF_THE_OTHER.items():
            self.assertFalse(names[dialect] & others)
        self.assertIn("LOCATION 's3://bi/exports/'", self.athena)

    def test_the_page_has_the_fields_of_all_views(self):
        page = PAGE.read_text()
        between = page.split(BEGIN)[1].split(END)[0]
        self.assertEqual(between.strip(), world.run("views", "--fields").strip(), "run make bi-fields")


if __name__ == "__main__":
    unittest.main()
