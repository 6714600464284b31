//! What every function needs of AWS: configuration, clients, logs, metrics, and the loop that
//! answers invocations.

mod aws;
mod clock;
mod environment;
mod function;
mod jitter;

pub use aws::sdk_config;
pub use clock::now;
pub use environment::{Environment, EnvironmentError};
pub use function::{Error, LambdaEvent, run, sample_step, time_left};
pub use jitter::{Jitter, pause_below};
