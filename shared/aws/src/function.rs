//! The loop that answers invocations, with logs and metrics around each.

use crate::Environment;
use metrics_cloudwatch_embedded::{Builder, Collector};
use serde::{Deserialize, Serialize};
use std::future::Future;
use std::io;
use std::time::{Duration, SystemTime};
use tracing_subscriber::filter::LevelFilter;

pub use lambda_runtime::{Error, LambdaEvent};

/// Answers invocations until the process ends. Metrics are written once for each, in CloudWatch's
/// embedded format, with the function's name as their only dimension.
pub async fn run<Request, Answer, Fut>(
    function: &'static str,
    handler: impl Fn(LambdaEvent<Request>) -> Fut,
) -> Result<(), Error>
where
    Request: for<'de> Deserialize<'de>,
    Answer: Serialize,
    Fut: Future<Output = Result<Answer, Error>>,
{
    write_logs();
    let collector = collect_metrics(function)?;
    let answered = async |event| {
        let answer = handler(event).await;
        collector.flush(io::stdout())?;
        answer
    };
    lambda_runtime::run(lambda_runtime::service_fn(answered)).await
}

/// One line of JSON for each thing worth telling, with the time that Lambda wants. `RUST_LOG` names the
/// level: a filter by module would make every function half a megabyte larger.
fn write_logs() {
    let level = Environment::of_process().parsed("RUST_LOG", LevelFilter::INFO);
    let logs = tracing_subscriber::fmt().json().with_max_level(level.unwrap_or(LevelFilter::INFO));
    logs.with_target(false).with_current_span(false).init();
    // What a panic says may quote what it was about.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "a panic");
    }));
}

fn collect_metrics(function: &'static str) -> Result<&'static Collector, Error> {
    let namespace = Environment::of_process().optional("METRICS_NAMESPACE");
    let builder = Builder::new()
        .cloudwatch_namespace(namespace.unwrap_or_else(|| "Headroom".to_owned()))
        .with_dimension("function", function)
        // A minute without any is a value too: averages and alarms would skip it.
        .emit_zeros(true);
    let collector = builder.init()?;
    for lag in ["CommitLag", "PushLag"] {
        metrics::describe_histogram!(lag, metrics::Unit::Milliseconds, "");
    }
    Ok(collector)
}

/// Every so many of a number of values, so that a document of metrics has room for those chosen.
pub const fn sample_step(values: usize) -> usize {
    const SAMPLES_MAX: usize = 100;
    if values > SAMPLES_MAX { values.div_ceil(SAMPLES_MAX) } else { 1 }
}

/// The time left until a deadline in milliseconds since 1970, less what it takes to answer.
pub fn time_left(deadline_ms: u64) -> Duration {
    const TO_ANSWER: Duration = Duration::from_millis(1_500);
    let deadline = SystemTime::UNIX_EPOCH + Duration::from_millis(deadline_ms);
    let remaining = deadline.duration_since(SystemTime::now()).unwrap_or_default();
    remaining.saturating_sub(TO_ANSWER)
}
