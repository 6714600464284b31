//! The lines as a table, which is Markdown as well, and as JSON.

use super::lines::Line;
use super::load::Load;
use comfy_table::{CellAlignment, Table, presets};
use serde_json::json;

/// The table with its sum.
pub(super) fn table(load: &Load, lines: &[Line]) -> String {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    table.set_header(["a month", "computed as", "$"]);
    for line in lines {
        table.add_row([line.name, &line.formula, &format!("{:.2}", line.dollars)]);
    }
    table.add_row(["together", "", &format!("{:.2}", total(lines))]);
    if let Some(column) = table.column_mut(2) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    format!("{}\n\n{table}\n", introduction(load))
}

fn introduction(load: &Load) -> String {
    let Load { agents, calls, hours, days, viewers, queues, events_per_call, .. } = load;
    format!(
        "{agents} agents, {calls} calls an hour each, {hours} hours a day, {days} days: {:.0} calls, \
         {events_per_call} events each;\n{queues} queues, {viewers} viewers.",
        load.calls_a_month()
    )
}

pub(super) fn json(lines: &[Line]) -> String {
    format!("{}\n", json!({"lines": lines, "total": total(lines)}))
}

fn total(lines: &[Line]) -> f64 {
    lines.iter().map(|line| line.dollars).sum()
}
