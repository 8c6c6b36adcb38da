//! The binary: reads settings, wires the house, opens the door. It decides nothing.

mod agreement_verbs;
mod answer_calendar;
mod args;
mod backup;
mod check_config;
mod config;
mod deliver_mail;
mod demo;
mod doctor;
mod failure;
mod fetch_mail;
mod kept_mail;
mod keys_verbs;
mod load;
mod log;
mod migrate;
mod print;
mod privacy_verbs;
mod read_mail;
mod restore;
mod seed;
mod serve;
mod serve_http;
mod trust_mail;
mod user_verbs;
mod verify_store;
mod wire;

use crate::args::{Arguments, ConfigVerb, Verb};
use clap::Parser;
use std::process::ExitCode;

// A page makes thousands of small texts; this allocator hands them out at half the cost.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // One cryptography provider for the process, chosen before anything connects.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let arguments = Arguments::parse();
    let done = match arguments.verb {
        Verb::Demo(options) => demo::run(options),
        Verb::Serve { config } => serve::run(&config),
        Verb::Agreement(verb) => agreement_verbs::run(verb),
        Verb::Calendar => answer_calendar::run(),
        Verb::Mail(verb) => read_mail::run(verb),
        Verb::User(verb) => user_verbs::run(verb),
        Verb::Migrate { config, grant, json } => migrate::run(&config, grant.as_deref(), json),
        Verb::Backup { config, out, json } => backup::run(&config, &out, json),
        Verb::Restore { config, from, erasures, replace, skip_numbers, json } => {
            restore::run(&restore::Wanted { config, from, erasures, replace, skip_numbers, as_data: json })
        }
        Verb::Privacy(verb) => privacy_verbs::run(verb),
        Verb::Keys(verb) => keys_verbs::run(verb),
        Verb::Doctor { config, reach, json } => doctor::run(&config, reach, json),
        Verb::Config(ConfigVerb::Check { config, json }) => check_config::run(&config, json),
        Verb::Verify { config, checkpoint, against, checkpoints, certificate, key, json } => {
            let key = key.unwrap_or_default();
            let wanted = verify_store::Wanted {
                config,
                checkpoint,
                against,
                checkpoints,
                certificate,
                key,
                as_data: json,
            };
            verify_store::run(&wanted)
        }
    };
    match done.and_then(|outcome| print::arrived().map(|()| outcome)) {
        Ok(outcome) => outcome.into(),
        Err(failure) => {
            eprintln!("entente: {failure}");
            let mut source = std::error::Error::source(&failure);
            while let Some(reason) = source {
                eprintln!("  because: {reason}");
                source = reason.source();
            }
            ExitCode::from(match failure {
                failure::VerbFailure::Use { .. } => 2,
                failure::VerbFailure::Message { code, .. } => code,
                _ => 3,
            })
        }
    }
}
