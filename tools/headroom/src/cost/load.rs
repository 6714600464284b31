//! The load: what a contact centre has, and what follows from it.

use super::units::{GATHERING_SECONDS, VERIFICATION_SHARED_SECONDS};

/// A contact centre, its viewers, and how the stack is set up.
#[derive(clap::Args, Debug, Clone)]
pub(super) struct Load {
    /// Agents at work at the same time
    #[arg(long, value_name = "N", default_value_t = 100.0, value_parser = amount)]
    pub(super) agents: f64,
    /// Calls, chats and the like that an agent has in an hour
    #[arg(long, value_name = "N", default_value_t = 10.0, value_parser = amount)]
    pub(super) calls: f64,
    /// Hours that they work in a day
    #[arg(long, value_name = "N", default_value_t = 8.0, value_parser = amount)]
    pub(super) hours: f64,
    /// Days that they work in a month
    #[arg(long, value_name = "N", default_value_t = 22.0, value_parser = amount)]
    pub(super) days: f64,
    /// Events of a call, of both feeds together
    #[arg(long, value_name = "N", default_value_t = 15.0, value_parser = amount)]
    pub(super) events_per_call: f64,
    /// Queues, each with one media type
    #[arg(long, value_name = "N", default_value_t = 10.0, value_parser = amount)]
    pub(super) queues: f64,
    /// Changes of status that an agent has in a day
    #[arg(long, value_name = "N", default_value_t = 0.0, value_parser = amount)]
    pub(super) status_changes: f64,
    /// Queues that an agent is in
    #[arg(long, value_name = "N", default_value_t = 5.0, value_parser = amount)]
    pub(super) queues_per_agent: f64,
    /// Viewers that are connected at the same time
    #[arg(long, value_name = "N", default_value_t = 20.0, value_parser = amount)]
    pub(super) viewers: f64,
    /// Hours that each is connected in a month; by default as long as agents work
    #[arg(long, value_name = "N", value_parser = amount)]
    pub(super) viewer_hours: Option<f64>,
    /// Queues that each watches; by default all
    #[arg(long, value_name = "N", value_parser = amount)]
    pub(super) watched_queues: Option<f64>,
    /// Seconds between two verifications of a viewer
    #[arg(long, value_name = "SECONDS", default_value_t = 45.0, value_parser = amount)]
    pub(super) verify_seconds: f64,
    /// Parameter `IngestBatchSize`
    #[arg(long, value_name = "N", default_value_t = 10.0, value_parser = amount)]
    pub(super) batch_size: f64,
    /// Parameter `IngestBatchWindowSeconds`
    #[arg(long, value_name = "SECONDS", default_value_t = 0.0, value_parser = amount)]
    pub(super) batch_window: f64,
    /// Parameter `PushWindowSeconds`
    #[arg(long, value_name = "SECONDS", default_value_t = 1.0, value_parser = amount)]
    pub(super) push_window: f64,
    /// Shards of the stream of rows: a new table on demand begins with about four
    #[arg(long, value_name = "N", default_value_t = 4.0, value_parser = amount)]
    pub(super) shards: f64,
    /// Milliseconds of a batch of ingest, assumed
    #[arg(long, value_name = "MS", default_value_t = 50.0, value_parser = amount)]
    pub(super) ingest_ms: f64,
    /// Milliseconds of a push or of a viewer's request, assumed
    #[arg(long, value_name = "MS", default_value_t = 100.0, value_parser = amount)]
    pub(super) push_ms: f64,
    /// Milliseconds of a run of the gap reader, assumed
    #[arg(long, value_name = "MS", default_value_t = 1_000.0, value_parser = amount)]
    pub(super) gap_reader_ms: f64,
    /// GB of the table of rows, for exports and audits
    #[arg(long, value_name = "GB", default_value_t = 1.0, value_parser = amount)]
    pub(super) rows_gb: f64,
    /// With exports to S3 (parameter `Exports`)
    #[arg(long)]
    pub(super) exports: bool,
    /// With audits of rows each week (parameter `Audits`)
    #[arg(long)]
    pub(super) audits: bool,
    /// Without reads from the Platform API
    #[arg(long)]
    pub(super) no_gap_reads: bool,
}

/// The most of anything: enough for every contact centre, and no sum overflows.
const AMOUNT_MAX: f64 = 1e6;

fn amount(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok();
    let number = number.filter(|number| (0.0..=AMOUNT_MAX).contains(number));
    number.ok_or_else(|| "use a number from 0 to 1,000,000".to_owned())
}

impl Load {
    /// Whether the amounts make sense together.
    pub(super) fn check(&self) -> Result<(), String> {
        let positive = [
            ("--hours", self.hours, 24.0),
            ("--days", self.days, 31.0),
            ("--queues", self.queues, f64::INFINITY),
            ("--verify-seconds", self.verify_seconds, f64::INFINITY),
            ("--batch-size", self.batch_size, 10_000.0),
            ("--push-window", self.push_window, 300.0),
            ("--shards", self.shards, f64::INFINITY),
        ];
        for (name, value, most) in positive {
            if value <= 0.0 || value > most {
                let upper =
                    if most.is_finite() { format!(" and at most {most}") } else { String::new() };
                return Err(format!("{name} is {value}; use more than 0{upper}"));
            }
        }
        Ok(())
    }

    /// Seconds in a month in which agents work.
    pub(super) fn busy_seconds(&self) -> f64 {
        self.hours * self.days * 3_600.0
    }

    /// Calls in a month.
    pub(super) fn calls_a_month(&self) -> f64 {
        self.agents * self.calls * self.hours * self.days
    }

    /// Events of calls in a month.
    pub(super) fn events(&self) -> f64 {
        self.calls_a_month() * self.events_per_call
    }

    /// Status changes in a month.
    pub(super) fn changes_of_status(&self) -> f64 {
        self.agents * self.status_changes * self.days
    }

    /// Events in a second while agents work.
    fn rate(&self) -> f64 {
        self.events() / self.busy_seconds()
    }

    /// Events in a batch: those that come while it gathers.
    pub(super) fn batch(&self) -> f64 {
        let gathering = self.batch_window.max(GATHERING_SECONDS);
        (self.rate() * gathering).clamp(1.0, self.batch_size)
    }

    /// Status changes in a batch: those that come while it gathers.
    pub(super) fn change_batch(&self) -> f64 {
        let gathering = self.batch_window.max(GATHERING_SECONDS);
        let rate = self.changes_of_status() / self.busy_seconds();
        (rate * gathering).clamp(1.0, self.batch_size)
    }

    /// How often a subject that viewers watch is read for their verifications, in a month: once for
    /// all that come within some seconds.
    pub(super) fn shared_reads(&self) -> f64 {
        let seconds = self.viewer_seconds() / self.viewers.max(1.0);
        let wait = (self.verify_seconds / self.viewers.max(1.0)).max(VERIFICATION_SHARED_SECONDS);
        if self.viewers > 0.0 { seconds / wait } else { 0.0 }
    }

    /// Queues of which something changes in a push window.
    pub(super) fn changed_queues(&self) -> f64 {
        distinct(self.queues, self.rate() * self.push_window)
    }

    /// Agents of whom something changes in a push window.
    pub(super) fn changed_agents(&self) -> f64 {
        distinct(self.agents.max(1.0), self.rate() * self.push_window)
    }

    /// Shards in which a queue changes in a push window, of those that a viewer watches.
    pub(super) fn shards_of_viewer(&self) -> f64 {
        distinct(self.shards, self.changed_queues() * self.watched_share())
    }

    /// Shards in which anything changes in a push window.
    pub(super) fn busy_shards(&self) -> f64 {
        distinct(self.shards, self.changed_queues() + self.changed_agents())
    }

    /// Queues that a viewer watches.
    pub(super) fn watched(&self) -> f64 {
        self.watched_queues.unwrap_or(self.queues).min(self.queues)
    }

    fn watched_share(&self) -> f64 {
        self.watched() / self.queues
    }

    /// Changes of queues that a viewer sees in a push window.
    pub(super) fn seen_changes(&self) -> f64 {
        self.changed_queues() * self.watched_share()
    }

    /// Seconds in a month in which viewers are connected, of all together.
    pub(super) fn viewer_seconds(&self) -> f64 {
        self.viewers * self.viewer_hours.unwrap_or(self.hours * self.days) * 3_600.0
    }

    /// Windows in which something is pushed, in a month.
    pub(super) fn push_windows(&self) -> f64 {
        self.busy_seconds() / self.push_window
    }

    /// Windows in which a viewer is connected and something is pushed, of all viewers together.
    pub(super) fn viewer_windows(&self) -> f64 {
        let connected = self.viewer_seconds() / self.push_window;
        connected.min(self.viewers * self.push_windows())
    }
}

/// How many of `count` things are hit by a number of hits that fall on any of them.
fn distinct(count: f64, hits: f64) -> f64 {
    count * (1.0 - (1.0 - 1.0 / count.max(1.0)).powf(hits)).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hits_of_the_same_thing_count_once() {
        assert!((distinct(10.0, 0.0)).abs() < 1e-9);
        assert!((distinct(10.0, 1.0) - 1.0).abs() < 1e-9);
        assert!((distinct(1.0, 5.0) - 1.0).abs() < 1e-9);
        assert!((distinct(4.0, 1_000.0) - 4.0).abs() < 1e-9);
    }
}
