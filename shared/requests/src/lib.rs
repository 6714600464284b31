//! What every request to the outside needs, whatever service it goes to: [`chunks`] splits a list
//! into requests, [`RetryPolicy`] waits between attempts, [`Clock`] tells the time.

mod chunks;
mod clock;
mod retry;

pub use chunks::chunks;
pub use clock::{Clock, now};
pub use retry::RetryPolicy;
