use crate::agreement_verbs::{read, wrong};
use crate::config::Config;
use crate::failure::{Outcome, VerbFailure};
use crate::print::{line, wants_colour};
use crate::{demo, serve, wire};
use desk::ProviderId;
use operations::{AdoptError, AgreementChange, ChangeReport, NewTerms, change_agreement, untyped_facts};
use serde_json::{Map, Value, json};
use std::path::Path;
use terms::AgreementName;
use words::Language;

/// What `adopt` puts in force, and where.
pub struct AdoptOptions<'a> {
    /// A file, or `KEY/VERSION`.
    pub document: &'a str,
    /// Whose agreement.
    pub provider: Option<&'a str>,
    /// Values of the contracts that become others.
    pub set: &'a [String],
    /// Only for this account.
    pub account: Option<String>,
    /// Whether nothing is written.
    pub preview: bool,
    /// The configuration that names the store.
    pub config: Option<&'a Path>,
    /// The folder of a demo, where there is no configuration.
    pub data: &'a Path,
    /// Language of complaints.
    pub language: Language,
    /// As data.
    pub as_data: bool,
}

/// Puts a document or values of contracts in force under requests that run, or shows what that moves.
/// Broken off, it may be run again: what is done is not done twice.
pub fn adopt(options: &AdoptOptions<'_>) -> Result<Outcome, VerbFailure> {
    let file = Path::new(options.document);
    let (terms, path, text) = match options.document.split_once('/') {
        Some((key, version)) if !file.exists() => {
            let name = AgreementName { key: key.to_owned(), version: version.to_owned() };
            (NewTerms::Adopted(name), options.document.to_owned(), String::new())
        }
        _ => {
            let (path, text) = read(file)?;
            (NewTerms::Document { text: text.clone(), file_name: path.clone() }, path, text)
        }
    };
    let mut values = Map::new();
    for pair in options.set {
        let (name, value) =
            pair.split_once('=').ok_or_else(|| wrong("--set", "write NAME=VALUE".to_owned()))?;
        let value = match value {
            "yes" => Value::Bool(true),
            "no" => Value::Bool(false),
            value if value.contains(',') => {
                Value::Array(value.split(',').map(|part| Value::String(part.to_owned())).collect())
            }
            value => Value::String(value.to_owned()),
        };
        values.insert(name.to_owned(), value);
    }
    let change =
        AgreementChange { terms, parameters: untyped_facts(Some(values)), account: options.account.clone() };
    let done = wire::runtime()?.block_on(async {
        let (store, clock, installation) = match options.config {
            Some(file) => {
                let config = Config::read(file)?;
                let store = wire::standing(&config).await?;
                (store, operations::ProductClock::default(), serve::installation(&config)?)
            }
            None => {
                let (store, clock) = wire::demonstration(options.data).await?;
                (store, clock, demo::installation(String::new(), true))
            }
        };
        let known = store.providers().await?;
        let provider = match (options.provider, known.as_slice()) {
            (Some(key), _) => ProviderId(key.to_owned()),
            (None, [only]) => only.id.clone(),
            (None, _) => return Err(wrong("--provider", "say whose agreement it is".to_owned())),
        };
        if !known.iter().any(|known| known.id == provider) {
            return Err(wrong("--provider", format!("there is no provider `{provider}`")));
        }
        // Letters are put out here and leave from the server that runs.
        let environment = wire::beside(store, clock, installation);
        let told = |report: &ChangeReport| {
            eprintln!("{} requests looked at, {} change", report.looked_at, report.changed);
        };
        Ok(change_agreement(&environment, &provider, &change, options.preview, told).await)
    })?;
    match done {
        Ok(report) => {
            tell(&report, options);
            Ok(Outcome::Done)
        }
        Err(AdoptError::Diagnostics(found)) => {
            for found in &found {
                let colour = wants_colour(&std::io::stderr());
                eprintln!("{}", agreement::render(found, &path, &text, options.language.tag(), colour));
            }
            Ok(Outcome::No)
        }
        Err(AdoptError::InForce(name)) => Err(VerbFailure::in_force(&path, &name)),
        Err(AdoptError::Failure(failure)) => Err(failure.into()),
    }
}

fn tell(report: &ChangeReport, options: &AdoptOptions<'_>) {
    if options.as_data {
        let moved: Vec<Value> = report
            .moved
            .iter()
            .map(|moved| {
                json!({
                    "number": moved.number, "promise": moved.promise, "was": moved.was,
                    "due_at": moved.due_at, "owed": moved.is_owed, "clause": moved.clause.mark(),
                })
            })
            .collect();
        line!(
            "{}",
            json!({
                "agreement": report.agreement, "preview": options.preview, "contracts": report.contracts,
                "looked_at": report.looked_at, "changed": report.changed, "moved": moved, "left": report.left,
                "differing": report.differing_in_words(options.language),
            })
        );
        return;
    }
    for moved in &report.moved {
        let due = |at: Option<calendar::Instant>| at.map_or_else(|| "-".to_owned(), |at| at.to_string());
        let (was, is) =
            (due(moved.was), if moved.is_owed { due(moved.due_at) } else { "not owed".to_owned() });
        line!("{:<12} {:<16} {was} -> {is} ({})", moved.number, moved.promise, moved.clause.mark());
    }
    for said in report.differing_in_words(options.language) {
        line!("warning: {said}");
    }
    for (number, why) in &report.left {
        line!("{number:<12} stays as it is: {why}");
    }
    let verb = if options.preview { "would change" } else { "changed" };
    line!(
        "{} contracts, {} of {} requests {verb}, {} deadlines moved",
        report.contracts,
        report.changed,
        report.looked_at,
        report.moved.len()
    );
}
