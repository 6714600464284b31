//! The viewer protocol: connect, subscribe, snapshot.

fn main() {}
