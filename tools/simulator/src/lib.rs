//! A simulated contact centre: what Genesys Cloud would publish of it, and what is true of it.
//!
//! Data flows one way through the modules, in this order:
//!
//! 1. `world`: customers, queues and agents, event by event, deterministic from the seed;
//! 2. `facts`: what each thing that happens puts on the books, as the rules derive it from detail
//!    events and as Genesys itself records it;
//! 3. `truth`: which form of a fact counts, and the KPI rows it counts in;
//! 4. `events`: what is published of all that, as Amazon EventBridge delivers it;
//! 5. `faults`: what happens to the stream on its way.
//!
//! Beside them, `archive` keeps what the Platform API would say of the world, and `api` answers
//! requests with it.
//!
//! The truth comes from the world, never from the published events, and shares no code with the
//! product: replaying the events into the product and comparing is a test of both.

mod api;
mod archive;
mod chance;
mod events;
mod facts;
mod faults;
mod id;
mod json;
mod options;
mod rules;
mod timeline;
mod truth;
mod world;

pub use api::{
    Api, ApiFaults, ApiOptions, ApiRequest, ApiResponse, Asked, AskedRequest, Fault, Planned,
    RequestKind, Throttled,
};
pub use archive::Archive;
pub use faults::{Faults, FaultsError, Outage};
pub use options::{Feed, Line, LineKind, Load, Options};
pub use rules::{Rules, ServiceLevels};
pub use truth::{Computed, Story, Truth, TruthRow};
pub use world::lanes::{QUEUES, QueueInfo};

use faults::Disturbance;
use world::World;

/// Simulates: gives each line to `sink` as soon as it is due, and returns what is true at the end.
///
/// Memory is bounded by what is in flight and by the rows. An error of `sink` ends the run.
pub fn run<E>(options: &Options, sink: impl FnMut(Line) -> Result<(), E>) -> Result<Truth, E> {
    simulate(options, None, sink)
}

/// Likewise, and writes down in an archive, which is to be new, what the Platform API would answer.
///
/// While `sink` has a line, the archive has everything that happened until the line is due, so
/// that answers can be given as of then. Its memory grows with the conversations that it keeps.
pub fn run_recorded<E>(
    options: &Options,
    archive: &Archive,
    sink: impl FnMut(Line) -> Result<(), E>,
) -> Result<Truth, E> {
    simulate(options, Some(archive), sink)
}

fn simulate<E>(
    options: &Options,
    archive: Option<&Archive>,
    mut sink: impl FnMut(Line) -> Result<(), E>,
) -> Result<Truth, E> {
    let mut world = World::new(options, archive);
    let mut disturbance = Disturbance::new(options, archive);
    while let Some(now) = world.step() {
        while let Some((time, line)) = world.publisher.pop_due(now) {
            disturbance.pass(time, line, &mut sink)?;
        }
    }
    while let Some((time, line)) = world.publisher.pop_due(i64::MAX) {
        disturbance.pass(time, line, &mut sink)?;
    }
    disturbance.flush(&mut sink)?;
    Ok(world.into_truth())
}
