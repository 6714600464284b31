//! Decides who may connect, and what they may see.
