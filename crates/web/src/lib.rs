//! Pages for customers, pages for agents, and the REST API.
//!
//! Here an HTTP request becomes a question to `operations`, and the answer becomes a page or JSON.
//! Pages are pure functions of a view: what is shown is decided in `operations`, how a deadline reads
//! in `words`. Nothing here stores, decides, or knows mail or the text of agreements.
//!
//! Start reading at `router.rs` (every route on one page), then `workspace/ticket.rs` and
//! `reading.rs`: one reading, shown the same everywhere.

mod absence;
mod account;
mod account_privacy;
mod agreement_change;
mod agreement_page;
mod api;
mod asset;
mod assignment;
mod browser_name;
mod changes;
mod csv;
mod demo;
mod door;
mod download;
mod draft;
mod error;
mod event_kinds;
mod fact_field;
mod fields;
mod file;
#[cfg(test)]
mod golden;
mod guard;
mod happening;
mod health;
mod icon;
mod journal;
mod kept_mail;
mod letter;
mod licences;
mod line;
mod live;
mod looks;
mod mail_templates;
mod metrics;
mod named_contacts;
mod network;
mod openid;
mod page;
mod passkey;
mod people;
mod portal;
mod privacy;
mod problem_page;
mod rating;
mod reading;
mod releases;
mod reports;
mod retention;
mod rights;
mod router;
mod rules;
mod say;
mod scim;
mod search_help;
mod secret_path;
mod series;
mod set_up;
mod settings;
mod sign_in;
mod sound;
mod state;
mod steps;
mod submission;
mod texts;
mod thread;
mod unsubscribe;
mod viewer;
mod wanted;
mod webhooks;
mod why;
mod workspace;

pub use door::{Door, Way};
pub use network::TrustedProxies;
pub use router::{doors, router};
pub use state::{Outgoing, SentLetter, WebSettings, usual_rates};
