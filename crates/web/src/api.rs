//! The REST API: what the pages do, for programs.

pub(crate) mod account_privacy;
pub(crate) mod agreements;
pub(crate) mod body;
pub(crate) mod changes;
pub(crate) mod commands;
pub(crate) mod fields;
pub(crate) mod holdings;
pub(crate) mod journal;
pub(crate) mod json;
pub(crate) mod looks;
pub(crate) mod mail;
pub(crate) mod mail_templates;
pub(crate) mod openapi;
pub(crate) mod people;
pub(crate) mod privacy;
pub(crate) mod problem;
pub(crate) mod query;
pub(crate) mod retention;
pub(crate) mod rights;
pub(crate) mod rules;
pub(crate) mod shapes;
pub(crate) mod staff;
pub(crate) mod texts;
pub(crate) mod tickets;
pub(crate) mod webhooks;
