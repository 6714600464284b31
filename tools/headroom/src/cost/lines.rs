//! The lines of the table: what is counted, and what it costs.

use super::load::Load;
use super::prices as price;
use super::units::{self, event_units};
use serde::Serialize;

const GB: f64 = 1e9;
const MILLION: f64 = 1e6;
/// Days of a month.
const MONTH_DAYS: f64 = 30.0;

/// A line of the table.
#[derive(Serialize)]
pub(super) struct Line {
    /// What is paid for.
    pub(super) name: &'static str,
    /// How the amount is computed.
    pub(super) formula: String,
    /// Dollars a month.
    pub(super) dollars: f64,
}

/// All lines.
pub(super) fn lines(load: &Load) -> Vec<Line> {
    let mut lines = vec![
        events(load),
        archive(load),
        queue(load),
        ingest(load),
        ingest_units(load),
        storage(load),
        push(load),
        subscribers(load),
        frames(load),
        connection_minutes(load),
        verification(load),
        requests(load),
        data_out(load),
        logs(load),
        alarms(load),
        metrics(load),
        line("CloudWatch, dashboard", "one", price::DASHBOARD),
    ];
    lines.extend((load.changes_of_status() > 0.0).then(|| status_changes(load)));
    lines.extend(load.exports.then(|| exports(load)));
    lines.extend(load.audits.then(|| audits(load)));
    if !load.no_gap_reads {
        lines.extend(gap_reads(load));
    }
    lines
}

fn line(name: &'static str, formula: impl Into<String>, dollars: f64) -> Line {
    Line { name, formula: formula.into(), dollars }
}

/// Events of all kinds in a month.
fn all_events(load: &Load) -> f64 {
    load.events() + load.changes_of_status()
}

fn millions(number: f64) -> String {
    format!("{:.2} M", number / MILLION)
}

fn events(load: &Load) -> Line {
    let events = all_events(load);
    line("EventBridge, events", millions(events), events * price::EVENT)
}

fn archive(load: &Load) -> Line {
    let gb = all_events(load) * units::EVENT_BYTES / GB;
    let stored_gb = gb * units::ARCHIVE_DAYS / MONTH_DAYS;
    let dollars = gb * price::ARCHIVE_GB + stored_gb * price::ARCHIVE_GB_MONTH;
    let days = units::ARCHIVE_DAYS;
    line("EventBridge, archive", format!("{gb:.1} GB, kept for {days} days"), dollars)
}

/// A request to send each event; one to receive and one to delete up to ten of them.
fn queue(load: &Load) -> Line {
    let events = all_events(load);
    let received = events / load.batch().min(units::RECEIVE_MAX);
    let requests = events + 2.0 * received + units::IDLE_RECEIVES;
    let idle = millions(units::IDLE_RECEIVES);
    let formula = format!("{} requests, of which {idle} ask an empty queue", millions(requests));
    line("SQS", formula, requests * price::QUEUE_REQUEST)
}

fn lambda(invocations: f64, gb: f64, ms: f64) -> f64 {
    invocations * (price::INVOCATION + gb * ms / 1_000.0 * price::GB_SECOND)
}

fn batches(load: &Load) -> f64 {
    all_events(load) / load.batch()
}

fn ingest(load: &Load) -> Line {
    let batches = batches(load);
    let (gb, ms) = (units::INGEST_GB, load.ingest_ms);
    let formula = format!("{} batches x {gb} GB x {ms} ms (assumed)", millions(batches));
    line("Lambda, ingest", formula, lambda(batches, gb, ms))
}

fn ingest_units(load: &Load) -> Line {
    let (events, units) = (load.events(), event_units(load.batch()));
    let dollars = events * (units.writes * price::WRITE_UNIT + units.reads * price::READ_UNIT);
    let formula = format!(
        "{} x ({:.1} writes + {:.1} reads), {:.1} events in a batch",
        millions(events),
        units.writes,
        units.reads,
        units.batch
    );
    line("DynamoDB, ingest", formula, dollars)
}

/// Agents' status, as soon as somebody asks for it.
fn status_changes(load: &Load) -> Line {
    let changes = load.changes_of_status();
    let (batch, queues) = (load.change_batch(), load.queues_per_agent);
    let (writes, reads) = (units::status_change_writes(batch, queues), units::STATUS_CHANGE_READS);
    let dollars = changes * (writes * price::WRITE_UNIT + reads * price::READ_UNIT);
    let formula = format!(
        "{} changes x ({writes:.1} writes + {reads} reads), {batch:.1} in a batch, {queues} queues",
        millions(changes)
    );
    line("DynamoDB, agents' status", formula, dollars)
}

/// Exports, where they are on. The function itself runs for a second four times an hour: cents.
fn exports(load: &Load) -> Line {
    let changes = all_events(load) * units::ROWS_PER_CHANGE * units::CHANGE_BYTES / GB;
    let change = (changes / units::INCREMENTS).max(units::EXPORT_GB_MIN);
    let full = load.rows_gb.max(units::EXPORT_GB_MIN);
    let gb = units::FULL_EXPORTS * full
        + units::INCREMENTS * change
        + units::LEDGER_EXPORTS * units::EXPORT_GB_MIN;
    let formula = format!("{gb:.1} GB: {full} GB a week, and at least {change:.2} GB an hour");
    line("DynamoDB, exports", formula, gb * price::EXPORT_GB)
}

/// Audits, where they are on: each reads both tables whole.
fn audits(load: &Load) -> Line {
    let gb = conversations_gb(load) + load.rows_gb;
    let reads = gb * units::READ_UNITS_PER_GB;
    let ms = reads / units::AUDIT_READ_UNITS * 1_000.0;
    let dollars =
        units::AUDITS * reads * price::READ_UNIT + lambda(units::AUDITS, units::AUDITOR_GB, ms);
    let formula = format!("{gb:.2} GB a week, {:.0} s x {} GB", ms / 1_000.0, units::AUDITOR_GB);
    line("DynamoDB and Lambda, audits", formula, dollars)
}

/// GB of conversations that are stored.
fn conversations_gb(load: &Load) -> f64 {
    let conversations = load.calls_a_month() * units::RETENTION_DAYS / MONTH_DAYS;
    conversations * units::CONVERSATION_BYTES / GB
}

fn storage(load: &Load) -> Line {
    let gb = conversations_gb(load);
    let days = units::RETENTION_DAYS;
    let formula = format!("{gb:.2} GB of conversations, kept for {days} days");
    line("DynamoDB, storage", formula, gb * price::TABLE_GB_MONTH)
}

fn pushes(load: &Load) -> f64 {
    load.push_windows() * load.busy_shards()
}

fn push(load: &Load) -> Line {
    let pushes = pushes(load);
    let (gb, ms) = (units::PUSH_GB, load.push_ms);
    let formula = format!(
        "{} pushes, {:.1} of {} shards a window, x {gb} GB x {ms} ms (assumed)",
        millions(pushes),
        load.busy_shards(),
        load.shards
    );
    line("Lambda, push", formula, lambda(pushes, gb, ms))
}

/// The subscribers of each pattern of what changed: of a queue its two patterns, of an agent one, and
/// `queue#*` in each shard.
fn subscribers(load: &Load) -> Line {
    let any_queue = load.busy_shards();
    let patterns = any_queue + 2.0 * load.changed_queues() + load.changed_agents();
    let reads = load.push_windows() * patterns;
    let formula = format!("{} reads, {patterns:.1} a window", millions(reads));
    line("DynamoDB, subscribers", formula, reads * price::READ_UNIT)
}

fn frame_count(load: &Load) -> f64 {
    load.viewer_windows() * load.shards_of_viewer()
}

fn frames(load: &Load) -> Line {
    let frames = frame_count(load);
    let shards = load.shards_of_viewer();
    let formula = format!("{} frames, {shards:.1} a window and viewer", millions(frames));
    line("API Gateway, frames", formula, frames * price::MESSAGE)
}

fn connection_minutes(load: &Load) -> Line {
    let minutes = load.viewer_seconds() / 60.0;
    let formula = format!("{} minutes", millions(minutes));
    line("API Gateway, connections", formula, minutes * price::CONNECTION_MINUTE)
}

fn verifications(load: &Load) -> f64 {
    load.viewer_seconds() / load.verify_seconds
}

fn verification(load: &Load) -> Line {
    let reads = load.shared_reads() * load.watched() * units::VERIFICATION_READS;
    let formula = format!(
        "{} reads, {} a subject for all viewers at once",
        millions(reads),
        units::VERIFICATION_READS
    );
    line("DynamoDB, verification", formula, reads * price::READ_UNIT)
}

/// Each verification is a message there and a message back.
fn requests(load: &Load) -> Line {
    let requests = verifications(load);
    let (gb, ms) = (units::CONNECTIONS_GB, load.push_ms);
    let dollars = lambda(requests, gb, ms) + 2.0 * requests * price::MESSAGE;
    let formula = format!("{} x (2 messages + {gb} GB x {ms} ms, assumed)", millions(requests));
    line("Lambda and messages, verification", formula, dollars)
}

fn data_out(load: &Load) -> Line {
    let rows = load.viewer_windows() * load.seen_changes() * units::ROWS_PER_CHANGE;
    let gb = rows * units::DELTA_BYTES / GB;
    let formula = format!("{gb:.1} GB, {} bytes a row (assumed)", units::DELTA_BYTES);
    line("Data out", formula, gb * price::DATA_OUT_GB)
}

fn logs(load: &Load) -> Line {
    let runs = if load.no_gap_reads { 0.0 } else { units::GAP_RUNS };
    let invocations = batches(load) + pushes(load) + verifications(load) + runs;
    let gb = invocations * units::LOG_BYTES / GB;
    line("CloudWatch, logs", format!("{gb:.1} GB, a line an invocation"), gb * price::LOG_GB)
}

fn alarms(load: &Load) -> Line {
    let gap_reads = if load.no_gap_reads { 0.0 } else { units::ALARM_METRICS_GAP_READS };
    let exports = if load.exports { units::ALARM_METRICS_EXPORTS } else { 0.0 };
    let audits = if load.audits { units::ALARM_METRICS_AUDITS } else { 0.0 };
    let metrics = units::ALARM_METRICS + gap_reads + exports + audits;
    line("CloudWatch, alarms", format!("{metrics} metrics"), metrics * price::ALARM_METRIC)
}

fn metrics(load: &Load) -> Line {
    let gap_reads = if load.no_gap_reads { 0.0 } else { units::CUSTOM_METRICS_GAP_READS };
    let exports = if load.exports { units::CUSTOM_METRICS_EXPORTS } else { 0.0 };
    let audits = if load.audits { units::CUSTOM_METRICS_AUDITS } else { 0.0 };
    let metrics = units::CUSTOM_METRICS + gap_reads + exports + audits;
    line("CloudWatch, metrics", format!("{metrics} metrics"), metrics * price::CUSTOM_METRIC)
}

fn gap_reads(load: &Load) -> [Line; 4] {
    let (runs, gb, ms) = (units::GAP_RUNS, units::GAP_READER_GB, load.gap_reader_ms);
    let (reads, writes) = (runs * units::GAP_RUN_READS, runs * units::GAP_RUN_WRITES);
    let report = event_units(1.0);
    let event = price::EVENT + 3.0 * price::QUEUE_REQUEST + report.writes * price::WRITE_UNIT;
    let runs_text = format!("{runs:.0} runs");
    [
        line(
            "Lambda, gap-reader",
            format!("{runs_text} x {gb} GB x {ms} ms (assumed)"),
            lambda(runs, gb, ms),
        ),
        line(
            "DynamoDB, gap-reader",
            format!("{} reads, {} writes", millions(reads), millions(writes)),
            reads * price::READ_UNIT + writes * price::WRITE_UNIT,
        ),
        line("Events of the budget", format!("{runs_text}, a report each"), runs * event),
        line("Secrets Manager", "a secret", price::SECRET),
    ]
}
