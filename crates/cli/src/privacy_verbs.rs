use crate::args::PrivacyVerb;
use crate::config::Config;
use crate::failure::{Outcome, VerbFailure};
use crate::print::line;
use crate::{serve, wire};
use desk::PersonId;
use operations::{Environment, PageScrub, erase_person_here, scrub};
use std::path::Path;

/// Erases a person, or cleans up after it.
pub fn run(verb: PrivacyVerb) -> Result<Outcome, VerbFailure> {
    match verb {
        PrivacyVerb::Erase { config, person, provider, texts } => {
            erase(&config, &person, provider.as_deref(), texts)
        }
        PrivacyVerb::Scrub { config } => {
            let config = Config::read(&config)?;
            wire::runtime()?.block_on(async {
                let environment = serve::environment(&config).await?;
                scrub(&environment, PageScrub::Whole).await?;
                Ok(Outcome::Done)
            })
        }
    }
}

fn erase(
    config: &Path,
    person: &str,
    provider: Option<&str>,
    with_texts: bool,
) -> Result<Outcome, VerbFailure> {
    let config = Config::read(config)?;
    wire::runtime()?.block_on(async {
        let environment = serve::environment(&config).await?;
        let found = people(&environment, person, provider).await?;
        let [person] = found.as_slice() else {
            if found.is_empty() {
                eprintln!("entente: nobody is known as {person}");
            } else {
                eprintln!("entente: several are known as {person}; name the provider by --provider");
            }
            return Ok(Outcome::No);
        };
        let report = erase_person_here(&environment, &person.provider, person.id, with_texts).await?;
        line!("{} is now {}", report.person, report.pseudonym);
        line!(
            "erased: {} texts and {} files of {} requests",
            report.texts,
            report.files,
            report.requests.len()
        );
        for number in &report.mentions {
            line!("still named in {number}");
        }
        scrub(&environment, PageScrub::Whole).await?;
        line!("the pages that held it are clean");
        Ok(Outcome::Done)
    })
}

/// Whoever an id or an address means.
async fn people(
    environment: &Environment,
    named: &str,
    provider: Option<&str>,
) -> Result<Vec<desk::Person>, VerbFailure> {
    let store = &environment.store;
    let mut found = if named.contains('@') {
        store.people_by_email(&named.to_lowercase()).await?
    } else {
        let id: PersonId = named.parse().map_err(|_| VerbFailure::Use {
            argument: "--person".to_owned(),
            problem: "write an id of 32 hexadecimal digits, or an address".to_owned(),
        })?;
        let mut found = Vec::new();
        for known in store.providers().await? {
            found.extend(store.person(&known.id, id).await?);
        }
        found
    };
    found.retain(|person| provider.is_none_or(|wanted| person.provider.as_str() == wanted));
    Ok(found)
}
