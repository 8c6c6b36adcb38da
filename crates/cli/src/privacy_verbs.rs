use crate::args::PrivacyVerb;
use crate::config::Config;
use crate::failure::{Outcome, VerbFailure};
use crate::print::line;
use crate::{serve, wire};
use desk::{PersonId, ProviderId};
use operations::{
    DataClass, DestructionAsked, Environment, Export, Failure, PageScrub, destroy_account_here,
    erase_person_here, export_account_here, export_person_here, register, scrub,
};
use serde_json::json;
use std::path::Path;

/// Hands over or erases what is kept of a person or a customer, or cleans up after it.
pub fn run(verb: PrivacyVerb) -> Result<Outcome, VerbFailure> {
    match verb {
        PrivacyVerb::Erase { config, person, provider, texts, json } => {
            erase(&config, &person, provider.as_deref(), texts, json)
        }
        PrivacyVerb::Export { config, person, provider, out, json } => {
            export(&config, &person, provider.as_deref(), &out, json)
        }
        PrivacyVerb::ExportAccount { config, account, provider, out, json } => {
            export_account(&config, &account, provider.as_deref(), &out, json)
        }
        PrivacyVerb::DestroyAccount {
            config,
            account,
            confirm,
            provider,
            close_requests,
            end_contracts,
            json,
        } => {
            let asked = DestructionAsked { confirm, close_requests, end_contracts };
            destroy_account(&config, &account, provider.as_deref(), &asked, json)
        }
        PrivacyVerb::Register { lang } => {
            line!("{}", register_page(words::Language::parse(&lang).unwrap_or_default()));
            Ok(Outcome::Done)
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
    as_data: bool,
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
        if as_data {
            let cleaned = scrub(&environment, PageScrub::Whole).await;
            let shown = json!({
                "clean": cleaned.is_ok(), "person": report.person.to_string(), "pseudonym": report.pseudonym,
                "requests": report.requests, "texts": report.texts, "files": report.files,
                "mentions": report.mentions, "named_in": report.entries,
            });
            line!("{shown}");
            cleaned?;
            return Ok(Outcome::Done);
        }
        line!("{} is now {}", report.person, report.pseudonym);
        line!(
            "erased: {} texts and {} files of {} requests",
            report.texts,
            report.files,
            report.requests.len()
        );
        tell_mentions(&report.mentions, &report.entries);
        scrub(&environment, PageScrub::Whole).await?;
        line!("the pages that held it are clean");
        Ok(Outcome::Done)
    })
}

fn export(
    config: &Path,
    person: &str,
    provider: Option<&str>,
    out: &Path,
    as_data: bool,
) -> Result<Outcome, VerbFailure> {
    let config = Config::read(config)?;
    wire::runtime()?.block_on(async {
        let environment = serve::environment(&config).await?;
        let found = people(&environment, person, provider).await?;
        let [person] = found.as_slice() else {
            eprintln!("entente: {} are known as {person}; an id is one", found.len());
            return Ok(Outcome::No);
        };
        write(export_person_here(&environment, &person.provider, person.id).await?, out, as_data).await
    })
}

fn export_account(
    config: &Path,
    account: &str,
    provider: Option<&str>,
    out: &Path,
    as_data: bool,
) -> Result<Outcome, VerbFailure> {
    let config = Config::read(config)?;
    wire::runtime()?.block_on(async {
        let environment = serve::environment(&config).await?;
        let Some(provider) = provider_of(&environment, account, provider).await? else {
            return Ok(Outcome::No);
        };
        write(export_account_here(&environment, &provider, account).await?, out, as_data).await
    })
}

/// Writes an archive into a file, as it is made.
async fn write(mut made: Export, out: &Path, as_data: bool) -> Result<Outcome, VerbFailure> {
    use std::io::Write;
    let failed = |source| VerbFailure::File { attempt: "writing", path: out.display().to_string(), source };
    let mut file = std::fs::File::create(out).map_err(failed)?;
    while let Some(piece) = made.pieces.recv().await {
        file.write_all(&piece?).map_err(failed)?;
    }
    file.sync_all().map_err(failed)?;
    let shown = out.display().to_string();
    if as_data {
        line!("{}", json!({ "archive": shown }));
    } else {
        line!("{shown}");
    }
    Ok(Outcome::Done)
}

fn destroy_account(
    config: &Path,
    account: &str,
    provider: Option<&str>,
    asked: &DestructionAsked,
    as_data: bool,
) -> Result<Outcome, VerbFailure> {
    let config = Config::read(config)?;
    wire::runtime()?.block_on(async {
        let environment = serve::environment(&config).await?;
        if let Err(failure) = serve::sign(&config, &environment) {
            eprintln!("entente: the certificate is not signed: {failure}");
        }
        let Some(provider) = provider_of(&environment, account, provider).await? else {
            return Ok(Outcome::No);
        };
        let report = match destroy_account_here(&environment, &provider, account, asked).await {
            Ok(report) => report,
            Err(Failure::Invalid { field, .. }) => {
                eprintln!(
                    "entente: {}",
                    match field {
                        "close_requests" => "requests are not closed: close them, or add --close-requests",
                        "end_contracts" => "a contract runs: wait for its end, or add --end-contracts",
                        _ => "--confirm is to be the key of the account",
                    }
                );
                return Ok(Outcome::No);
            }
            Err(failure) => return Err(failure.into()),
        };
        let went = report.certificate.destroyed;
        if as_data {
            let cleaned = scrub(&environment, PageScrub::Whole).await;
            let shown = json!({
                "clean": cleaned.is_ok(), "requests": went.requests, "texts": went.texts, "files": went.files,
                "people": went.people, "entries": went.entries, "mentions": report.mentions,
                "named_in": report.entries, "certificate": report.line,
            });
            line!("{shown}");
            cleaned?;
            return Ok(Outcome::Done);
        }
        line!(
            "destroyed: {} requests with {} texts and {} files, {} people, {} licences and settings",
            went.requests,
            went.texts,
            went.files,
            went.people,
            went.entries
        );
        tell_mentions(&report.mentions, &report.entries);
        line!("{}", report.line);
        scrub(&environment, PageScrub::Whole).await?;
        line!("the pages that held it are clean");
        Ok(Outcome::Done)
    })
}

/// Tells in which requests, and in what the desk keeps, somebody who is gone is still named.
fn tell_mentions(requests: &[String], entries: &[String]) {
    for number in requests {
        line!("still named in {number}");
    }
    for entry in entries {
        line!("still named in what the desk keeps: {entry}");
    }
}

/// The provider whose account a key means; none where that is not clear, which is told.
async fn provider_of(
    environment: &Environment,
    account: &str,
    provider: Option<&str>,
) -> Result<Option<ProviderId>, VerbFailure> {
    let mut found = Vec::new();
    for known in environment.store.providers().await? {
        if provider.is_none_or(|wanted| known.id.as_str() == wanted)
            && environment.store.account_by_key(&known.id, account).await?.is_some()
        {
            found.push(known.id);
        }
    }
    match found.as_slice() {
        [one] => Ok(Some(one.clone())),
        [] => {
            eprintln!("entente: there is no account {account}");
            Ok(None)
        }
        _ => {
            eprintln!("entente: several providers have an account {account}; name one by --provider");
            Ok(None)
        }
    }
}

/// The register as Markdown.
fn register_page(language: words::Language) -> String {
    let say = |key: &str| words::text(language, key).into_owned();
    let mut text = format!("# {}\n\n{}\n", say("register-title"), say("register-what"));
    for table in register() {
        text += &format!("\n## {}\n\n", table.name);
        text += &format!(
            "- {}: {}\n",
            say("register-purpose"),
            say(&format!("register-purpose-{}", table.purpose))
        );
        text += &format!("- {}: {}\n", say("register-kept"), say(&format!("register-kept-{}", table.kept)));
        for class in DataClass::ALL {
            let columns: Vec<String> = table.columns(class).map(|column| format!("`{column}`")).collect();
            if !columns.is_empty() {
                text +=
                    &format!("- {}: {}\n", say(&format!("register-{}", class.as_str())), columns.join(", "));
            }
        }
    }
    text
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
