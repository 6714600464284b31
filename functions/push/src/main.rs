//! Sends the changes of rows to those who watch.

fn main() {}
