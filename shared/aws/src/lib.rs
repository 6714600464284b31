//! What every function needs of AWS: configuration, clients, logs, metrics, and the loop that
//! answers invocations.

mod environment;
#[cfg(feature = "events")]
pub mod events;
mod function;
mod invocation;
mod sdk;

pub use environment::{Environment, EnvironmentError};
pub use function::{Error, LambdaEvent, run, sample_step, time_left};
pub use invocation::Invocation;
pub use sdk::{SdkConfig, sdk_config};
