//! What people read, checked as a whole: catalogues, deadlines, turns, explanations and mails.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails, and says where")]

mod catalogues;
mod deadlines;
mod explanations;
mod mails;
mod sample;
mod turns;
