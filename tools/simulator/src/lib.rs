//! A simulated contact centre: the events that Genesys Cloud would publish of it, and the KPI rows
//! that are true of it.
//!
//! Replaying the events into the product and comparing its rows with the true ones is a test of
//! both. The truth is computed from the simulated world, never from the published events, and this
//! crate shares no code with the product.
//!
//! ```
//! use headroom_simulator::{Assumptions, Faults, Feed, Load, Options, Rules, run};
//! use std::convert::Infallible;
//!
//! let options = Options {
//!     seed: 1,
//!     start: "2026-05-12T07:00:00Z".parse()?,
//!     load: Load::Conversations(10),
//!     feed: Feed::Detail,
//!     faults: Faults::default(),
//!     rules: Rules::default(),
//!     assumptions: Assumptions::default(),
//!     agents: false,
//! };
//! let mut events = 0;
//! let truth = run(&options, |_line| {
//!     events += 1;
//!     Ok::<_, Infallible>(())
//! })?;
//! assert!(events > 50 && truth.rows().count() > 0);
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```
//!
//! Data flows one way through the modules:
//!
//! 1. `world`: customers, queues and agents, step by step, deterministic from the seed;
//! 2. `facts`: the metric facts of each step, as the rules derive them from detail events and as
//!    Genesys itself reports them;
//! 3. `truth`: which form of a fact counts, and the KPI rows that it counts in;
//! 4. `events`: the published events, as Amazon EventBridge delivers them;
//! 5. `faults`: repeats, delays, losses and garbage on the way.
//!
//! Agents have lives beside their work if [`Options::agents`] says so: `world` has their shifts,
//! breaks and lost connections, and their routing status follows from the conversations.
//!
//! Beside them, `archive` records what the Platform API knows, and `api` answers requests from it.

mod agents;
mod api;
mod archive;
mod assumptions;
mod chance;
mod events;
mod facts;
mod faults;
mod id;
mod json;
mod options;
mod rules;
mod time;
mod timeline;
mod truth;
mod world;

pub use api::{
    Api, ApiFault, ApiFaults, ApiOptions, ApiRequest, ApiResponse, LoggedRequest, PlannedFault,
    RequestKind, RequestLog, ThrottleWindow,
};
pub use archive::Archive;
pub use assumptions::Assumptions;
pub use events::PERSONAL_TEXT;
pub use faults::{Faults, Outage};
pub use options::{Feed, Line, LineKind, Load, Options};
pub use rules::{AgentRules, Rules, ServiceLevels};
pub use truth::{Computed, Story, Truth, TruthRow};
pub use world::conversation::Outcome;
pub use world::lanes::{QUEUES, QueueInfo};

use faults::FaultInjector;
use world::World;

/// Runs a simulation: calls `sink` with each line in the order of delivery, and returns the truth
/// at the end of the run.
///
/// Memory is bounded by the conversations in progress and by the rows. An error of `sink` ends the
/// run and is returned.
pub fn run<E>(options: &Options, sink: impl FnMut(Line) -> Result<(), E>) -> Result<Truth, E> {
    run_recorded(options, None::<&Archive>, sink)
}

/// Runs a simulation as [`run`] does, and records in a new `archive`, if there is one, what [`Api`]
/// answers from.
///
/// When `sink` is called, the archive has everything that happened before the line was due. Its
/// memory grows with its conversations; see [`Archive::forget_ended_before`].
pub fn run_recorded<'a, E>(
    options: &Options,
    archive: impl Into<Option<&'a Archive>>,
    mut sink: impl FnMut(Line) -> Result<(), E>,
) -> Result<Truth, E> {
    let archive = archive.into();
    let mut world = World::new(options, archive);
    let mut injector = FaultInjector::new(options, archive);
    while let Some(now) = world.step() {
        while let Some((time, line)) = world.publisher.pop_due(now) {
            injector.pass(time, line, &mut sink)?;
        }
    }
    while let Some((time, line)) = world.publisher.pop_due(i64::MAX) {
        injector.pass(time, line, &mut sink)?;
    }
    injector.flush(&mut sink)?;
    Ok(world.into_truth())
}
