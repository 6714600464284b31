//! The viewer protocol: connect, subscribe, snapshot.
