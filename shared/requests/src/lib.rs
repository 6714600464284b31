//! What every request to the outside needs, whatever service it goes to: [`chunks`] splits a list
//! into requests, [`RetryPolicy`] waits between attempts, [`Clock`] tells the time,
//! [`is_loopback`] whether a host is this machine.

mod chunks;
mod clock;
mod loopback;
mod retry;

pub use chunks::chunks;
pub use clock::{Clock, now};
pub use loopback::is_loopback;
pub use retry::RetryPolicy;
