//! The fields of views as Markdown, for `docs/bi.md`. What several views have stands once.

use super::facts::row_columns;
use super::schema::{Measures, Schema};
use super::view::{Column, View};
use std::fmt::Write;

/// Columns that several views have.
struct Group {
    title: &'static str,
    /// How a view names them.
    reference: &'static str,
    columns: Vec<(String, String)>,
}

/// A table for each view, and for what several views have.
pub(super) fn fields(schema: &Schema, views: &[View]) -> String {
    let row = row_columns().into_iter().map(|Column { name, meaning, .. }| (name, meaning));
    let groups = [
        Group {
            title: "Sums of conversations",
            reference: "the [sums of conversations](#sums-of-conversations)",
            columns: sums(&schema.conversations),
        },
        Group {
            title: "Sums of statuses",
            reference: "the [sums of statuses](#sums-of-statuses)",
            columns: sums(&schema.statuses),
        },
        Group {
            title: "Fields of the row",
            reference: "the [fields of the row](#fields-of-the-row)",
            columns: row.collect(),
        },
    ];
    let mut text: String = views.iter().map(|view| view_fields(view, &groups)).collect();
    for Group { title, columns, .. } in &groups {
        let _ = writeln!(text, "### {title}\n");
        table(&mut text, columns.iter().map(|(name, meaning)| (name.as_str(), meaning.as_str())));
    }
    text
}

fn sums(measures: &Measures) -> Vec<(String, String)> {
    measures.columns().into_iter().map(|sum| (sum.column, sum.meaning)).collect()
}

fn view_fields(view: &View, groups: &[Group]) -> String {
    let has = |group: &&Group| {
        group.columns.iter().all(|(name, _)| view.columns.iter().any(|column| column.name == *name))
    };
    let shared: Vec<&Group> = groups.iter().filter(has).collect();
    let is_shared = |name: &str| {
        shared.iter().any(|group| group.columns.iter().any(|(other, _)| other == name))
    };
    let references: Vec<_> = shared.iter().map(|group| group.reference).collect();
    let about = match references.as_slice() {
        [] => view.about.to_owned(),
        references => format!("{} It has {}, and:", view.about, references.join(" and ")),
    };
    let mut text = format!("### {}\n\n{about}\n\n", view.name);
    let columns = view.columns.iter().filter(|column| !is_shared(&column.name));
    table(&mut text, columns.map(|column| (column.name.as_str(), column.meaning.as_str())));
    text
}

fn table<'a>(text: &mut String, fields: impl Iterator<Item = (&'a str, &'a str)>) {
    text.push_str("| field | meaning |\n| --- | --- |\n");
    for (name, meaning) in fields {
        let _ = writeln!(text, "| `{name}` | {meaning} |");
    }
    text.push('\n');
}
