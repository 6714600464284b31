//! The gap reader on Lambda.

fn main() {}
