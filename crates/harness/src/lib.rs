//! What tests stand on: a private PostgreSQL, the built program as a process, and the clients a
//! stranger would use to talk to it — mail, web, browser.
//!
//! Lives here: starting, watching and stopping processes for tests, and small blocking clients.
//! Does not live here: anything the product is made of. This crate imports none of our rooms, so
//! that a test sees the product only through its public face; it appears among
//! `[dev-dependencies]` alone.
//!
//! Everything here panics with a sentence when the surroundings fail (no free port, no browser),
//! because a test can do nothing better. What the product under test may rightly do — refuse,
//! hang up, be down — comes back as a value.
//!
//! Nothing started here outlives its test, even one killed with -9: see [`Watchdog`].
//!
//! Start reading at `program.rs` ([`Demo`] is what most tests want), then the client you need.
#![allow(clippy::disallowed_methods, reason = "a test harness reads the real clock and the environment")]

mod browser;
mod chance;
mod cpu_time;
mod cut_power;
mod demo;
mod dovecot;
mod exim;
mod firefox;
mod fuzz;
mod garble;
mod hostile_html;
mod http;
mod identity_provider;
mod mail_server;
mod ports;
mod postfix;
mod postgres;
mod program;
mod replies;
mod reverse_proxy;
mod scanner;
mod smtp;
mod spreadsheet;
mod temporary_folder;
mod told_apart;
mod watchdog;
mod watched_site;

pub use browser::{Browser, Element, Page, Scheme, Scripting};
pub use chance::Chance;
pub use cpu_time::{fuzz_seconds, process_cpu_time, thread_cpu_time};
pub use cut_power::CutPower;
pub use demo::{Demo, Person};
pub use dovecot::Dovecot;
pub use exim::Exim;
pub use fuzz::fuzz;
pub use garble::{garbled, letters_in};
pub use hostile_html::hostile_html;
pub use http::{Answer, Client, EventStream, ServerEvent};
pub use identity_provider::{IdentityProvider, Mutation, SentBack, Signer};
pub use mail_server::{FakeMailServer, HandedLetter};
pub use ports::free_port;
pub use postfix::Postfix;
pub use postgres::Postgres;
pub use program::Program;
pub use replies::{Original, ReplyFixture, replies};
pub use reverse_proxy::ReverseProxy;
pub use scanner::{EICAR_NAME, FakeScanner, eicar};
pub use smtp::{FALSE_ENDS, Reply, Smtp, deliver};
pub use spreadsheet::opened_by_spreadsheet;
pub use temporary_folder::TemporaryFolder;
pub use told_apart::{longer, median};
pub use watchdog::Watchdog;
pub use watched_site::WatchedSite;
