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
    columns: Vec<Column>,
}

/// A table for each view, and for what several views have.
pub(super) fn fields(schema: &Schema, views: &[View]) -> String {
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
            columns: row_columns(),
        },
    ];
    let mut text: String = views.iter().map(|view| view_fields(view, &groups)).collect();
    for Group { title, columns, .. } in &groups {
        let _ = writeln!(text, "### {title}\n");
        table(&mut text, columns);
    }
    text
}

fn sums(measures: &Measures) -> Vec<Column> {
    measures.columns().iter().map(|sum| Column::plain(&sum.column, &sum.meaning)).collect()
}

fn view_fields(view: &View, groups: &[Group]) -> String {
    let has = |columns: &[Column], name: &str| columns.iter().any(|column| column.name == name);
    let is_shared = |group: &&Group| group.columns.iter().all(|c| has(&view.columns, &c.name));
    let shared: Vec<&Group> = groups.iter().filter(is_shared).collect();
    let references: Vec<_> = shared.iter().map(|group| group.reference).collect();
    let about = match references.as_slice() {
        [] => view.about.to_owned(),
        references => format!("{} It has {}, and:", view.about, references.join(" and ")),
    };
    let mut text = format!("### {}\n\n{about}\n\n", view.name);
    let is_own = |column: &&Column| !shared.iter().any(|group| has(&group.columns, &column.name));
    table(&mut text, view.columns.iter().filter(is_own));
    text
}

fn table<'a>(text: &mut String, columns: impl IntoIterator<Item = &'a Column>) {
    text.push_str("| field | meaning |\n| --- | --- |\n");
    for Column { name, meaning, .. } in columns {
        let _ = writeln!(text, "| `{name}` | {meaning} |");
    }
    text.push('\n');
}
