//! What an event, a frame or a run takes, each with where the figure is from.
//!
//! *Measured*: by the command that stands there. *As deployed*: `infra/template.yaml`, and
//! `tests/infra/test_code.py` compares. *Assumed*: nobody knows before it runs in AWS.

/// Units of DynamoDB for an event of both feeds, by the number of events in a batch. Measured:
/// "alone, Both", and "10" and "100 of all queues, Both", by
/// `cargo test -p headroom-tests --test write_units -- --nocapture`. Reads of a hundred are taken for
/// those of ten, which are more.
pub(super) const EVENT_UNITS: [EventUnits; 3] = [
    EventUnits { batch: 1.0, writes: 7.2, reads: 1.0 },
    EventUnits { batch: 10.0, writes: 4.5, reads: 0.47 },
    EventUnits { batch: 100.0, writes: 2.3, reads: 0.47 },
];

/// Units of an event in batches of a size.
pub(super) struct EventUnits {
    pub(super) batch: f64,
    pub(super) writes: f64,
    pub(super) reads: f64,
}

/// Write units of a status change of an agent who is in so many queues, alone, among 10 and among 100
/// changes of as many agents in a batch. Measured:
/// `cargo test -p headroom-tests --test agent_units -- --nocapture`.
const STATUS_CHANGE_UNITS: [(f64, [f64; 3]); 3] =
    [(1.0, [12.1, 10.3, 10.2]), (10.0, [32.1, 14.1, 13.6]), (30.0, [73.1, 19.1, 17.7])];

/// Read units of a status change: the item of the agent, of 3 KB after a day and 11 KB after four
/// (measured by the same command), a unit for each 4 KB.
pub(super) const STATUS_CHANGE_READS: f64 = 2.0;

/// Write units of a status change in batches of a size: between those that were measured by the
/// logarithm of the size, and in line with the queues.
pub(super) fn status_change_writes(batch: f64, queues: f64) -> f64 {
    let of_queues = |units: &[f64; 3]| {
        let sizes = batch.clamp(1.0, 100.0).log10();
        let low = usize::from(sizes >= 1.0);
        let share = if low == 0 { sizes } else { sizes - 1.0 };
        units[low] + (units[low + 1] - units[low]) * share
    };
    let pair = STATUS_CHANGE_UNITS.windows(2).find(|pair| queues <= pair[1].0);
    let pair = pair.unwrap_or(&STATUS_CHANGE_UNITS[1..]);
    let (low, high) = (&pair[0], &pair[1]);
    let (first, second) = (of_queues(&low.1), of_queues(&high.1));
    first + (second - first) * (queues - low.0) / (high.0 - low.0)
}

/// Bytes of a detail event, without its envelope. Measured: `make bench`, "detail events of 1,145
/// bytes".
pub(super) const EVENT_BYTES: f64 = 1_145.0;

/// Bytes of a stored conversation with its keys. Measured: an answered call takes 439 bytes encoded
/// (`cargo test -p headroom-kpi --test golden`) and its item at most 1,000.
pub(super) const CONVERSATION_BYTES: f64 = 1_000.0;

/// Days that a conversation is kept (`RetentionDays`), and events in the archive (`ArchiveDays`). As
/// deployed.
pub(super) const RETENTION_DAYS: f64 = 90.0;
pub(super) const ARCHIVE_DAYS: f64 = 14.0;

/// Seconds for which what was read of a subject serves the verifications of all viewers
/// (`docs/protocol.md`, digests).
pub(super) const VERIFICATION_SHARED_SECONDS: f64 = 15.0;

/// Read units for one such read of a subject. Measured: 258,724 an hour for 600 subjects by
/// `HEADROOM_MINUTES=60 cargo test -p headroom-tests --test viewers verification -- --nocapture`,
/// each read every 15 seconds.
pub(super) const VERIFICATION_READS: f64 = 1.8;

/// Rows of a subject that an event changes: now, its interval and its day.
pub(super) const ROWS_PER_CHANGE: f64 = 3.0;

/// Bytes of a row's delta. Assumed: names, ten sums and what is computed of them.
pub(super) const DELTA_BYTES: f64 = 600.0;

/// Seconds in which events gather that have no batch window: while others are at work. Assumed.
pub(super) const GATHERING_SECONDS: f64 = 0.1;

/// Messages that Lambda receives from a queue at once at most, and asks for while there are none, in
/// a month: five pollers, each 20 seconds.
pub(super) const RECEIVE_MAX: f64 = 10.0;
pub(super) const IDLE_RECEIVES: f64 = 650_000.0;

/// Memory of the functions in GB. As deployed.
pub(super) const INGEST_GB: f64 = 0.5;
pub(super) const GAP_READER_GB: f64 = 0.5;
pub(super) const PUSH_GB: f64 = 0.5;
pub(super) const CONNECTIONS_GB: f64 = 1.0;

/// Bytes of log for an invocation: a line of metrics. Assumed.
pub(super) const LOG_BYTES: f64 = 1_000.0;

/// Runs of the gap reader in a month: one a minute.
pub(super) const GAP_RUNS: f64 = 43_200.0;
/// Read units of a run: 16 shards of 2 urgencies, half a unit each, and the settings' version.
pub(super) const GAP_RUN_READS: f64 = 17.0;
/// Write units of a run: the lease, taken and given back, and the progress of its jobs.
pub(super) const GAP_RUN_WRITES: f64 = 2.0;

/// Metrics that alarms watch, and metrics of Headroom's own; those of gap reads, exports and audits apart. As deployed.
pub(super) const ALARM_METRICS: f64 = 40.0;
pub(super) const ALARM_METRICS_GAP_READS: f64 = 9.0;
pub(super) const CUSTOM_METRICS: f64 = 31.0;
pub(super) const CUSTOM_METRICS_GAP_READS: f64 = 15.0;
pub(super) const ALARM_METRICS_EXPORTS: f64 = 3.0;
pub(super) const CUSTOM_METRICS_EXPORTS: f64 = 4.0;
pub(super) const ALARM_METRICS_AUDITS: f64 = 3.0;
pub(super) const CUSTOM_METRICS_AUDITS: f64 = 3.0;

/// Audits in a month of 30 days (`AuditSchedule`), memory of the auditor in GB, and read units that it
/// consumes in a second (`AuditReadUnits`). As deployed.
pub(super) const AUDITS: f64 = 30.0 / 7.0;
pub(super) const AUDITOR_GB: f64 = 1.769;
pub(super) const AUDIT_READ_UNITS: f64 = 1_000.0;
/// Read units for a GB, strongly consistent: a unit for each 4 KB.
pub(super) const READ_UNITS_PER_GB: f64 = 262_144.0;

/// Exports in a month of 30 days: an increment an hour, a full export of rows a week, and one of the
/// ledger a day. As deployed.
pub(super) const INCREMENTS: f64 = 720.0;
pub(super) const FULL_EXPORTS: f64 = 30.0 / 7.0;
pub(super) const LEDGER_EXPORTS: f64 = 30.0;
/// GB that an export is charged for at least.
pub(super) const EXPORT_GB_MIN: f64 = 0.01;
/// Bytes of a change of a row, as an increment is charged for it: both images. Assumed.
pub(super) const CHANGE_BYTES: f64 = 2_000.0;

/// The units of an event in batches of a size: between two measured ones by its logarithm.
pub(super) fn event_units(batch: f64) -> EventUnits {
    let (first, last) = (&EVENT_UNITS[0], &EVENT_UNITS[EVENT_UNITS.len() - 1]);
    let batch = batch.clamp(first.batch, last.batch);
    let pair = EVENT_UNITS.windows(2).find(|pair| batch <= pair[1].batch).unwrap_or(&EVENT_UNITS);
    let (low, high) = (&pair[0], &pair[1]);
    let share = (batch / low.batch).ln() / (high.batch / low.batch).ln();
    let between = |low: f64, high: f64| low + (high - low) * share;
    EventUnits {
        batch,
        writes: between(low.writes, high.writes),
        reads: between(low.reads, high.reads),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_lie_between_those_that_were_measured() {
        for measured in &EVENT_UNITS {
            let units = event_units(measured.batch);
            assert!((units.writes - measured.writes).abs() < 1e-9);
            assert!((units.reads - measured.reads).abs() < 1e-9);
        }
        let (small, large) = (event_units(0.1), event_units(10_000.0));
        assert_eq!((small.batch, large.batch), (1.0, 100.0));
        let middle = event_units(4.0).writes;
        assert!(middle < EVENT_UNITS[0].writes && middle > EVENT_UNITS[1].writes);
    }
}
