//! The fields of views as Markdown, for `docs/bi.md`.

use super::facts::View;
use std::fmt::Write;

/// A table for each view.
pub(super) fn fields(views: &[View]) -> String {
    let mut text = String::new();
    for view in views {
        let _ = writeln!(
            text,
            "### {}\n\n{}\n\n| field | meaning |\n| --- | --- |",
            view.name, view.about
        );
        for column in &view.columns {
            let _ = writeln!(text, "| `{}` | {} |", column.name, column.meaning);
        }
        text.push('\n');
    }
    text
}
