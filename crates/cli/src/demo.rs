use crate::args::DemoOptions;
use crate::config::DEFAULT_SIZE_LIMIT_MIB;
use crate::failure::{Outcome, VerbFailure};
use crate::load::{self, Loaded};
use crate::log::{self, LogFormat};
use crate::seed;
use crate::serve::{LOADED, OtherText, adopt};
use crate::wire::{self, Doors, PostSettings};
use calendar::Instant;
use desk::{Person, ProviderId};
use mail::{MaildirTransport, Transport, list_maildir};
use operations::{
    Environment, Installation, PostRules, Scope, SecondFactor, WebhookReach, issue_token, opens_by_mail,
    restore_clock,
};
use rust_embed::RustEmbed;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use store::Purpose;
use terms::Facts;
use web::{Outgoing, SentLetter, TrustedProxies, WebSettings};

/// The documents that the demonstration adopts.
#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../../agreements"]
#[include = "*.md"]
struct Documents;

/// The sample data that stands beside them.
#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../../demo"]
#[include = "*.toml"]
struct SampleData;

/// Runs the whole product on an embedded database with sample data.
pub fn run(options: DemoOptions) -> Result<Outcome, VerbFailure> {
    log::start(LogFormat::Text);
    let starts_at = match &options.now {
        Some(text) => Some(Instant::parse(text).map_err(|error| VerbFailure::Use {
            argument: "--now".to_owned(),
            problem: error.to_string(),
        })?),
        None => None,
    };
    let data = options.data.as_path();
    if options.fresh {
        clear(data)?;
    }
    std::fs::create_dir_all(data).map_err(|source| file("creating", data, source))?;
    wire::runtime()?.block_on(serve(&options, data, starts_at))?;
    Ok(Outcome::Done)
}

async fn serve(options: &DemoOptions, data: &Path, starts_at: Option<Instant>) -> Result<(), VerbFailure> {
    let http = wire::bind(&options.http).await?;
    let smtp = wire::bind(&options.smtp).await?;
    let address = |listener: &tokio::net::TcpListener| listener.local_addr().map_err(VerbFailure::Machine);
    let (http_address, smtp_address) = (address(&http)?, address(&smtp)?);
    let public_url = format!("http://{http_address}");
    let store = wire::sqlite(&data.join("entente.sqlite"), None).await?;
    let clock = restore_clock(&store, starts_at).await?;
    let transport = Transport::Maildir(MaildirTransport::new(data.join("outgoing")));
    let environment = wire::environment(
        store,
        clock,
        transport,
        installation(public_url.clone(), http_address.ip().is_loopback()),
    );
    let path = data.join("demo.json");
    let facts = match standing_facts(&environment, &path).await? {
        Some(facts) => readdressed(facts, &http_address.to_string(), &smtp_address.to_string()),
        None => {
            let loaded = set_up(&environment).await?;
            if let Some(requests) = options.seed_requests {
                let wanted = options.seed_provider.as_deref();
                seed::seed(&environment, &loaded, wanted, requests, data).await?;
            }
            describe(&environment, &loaded, &http_address.to_string(), &smtp_address.to_string()).await?
        }
    };
    let text = serde_json::to_string_pretty(&facts).expect("a description is plain data");
    std::fs::write(&path, text).map_err(|source| file("writing", &path, source))?;
    environment.store.put_setting(LOADED, &sample_digest()?).await?;
    greet(&facts, &public_url, &smtp_address.to_string(), data);
    // Sign-in links and tokens of the demonstration never expire, so they work on loopback only.
    let demo = http_address.ip().is_loopback();
    let outgoing = Some(letters_in(data.join("outgoing")));
    let settings = WebSettings {
        rates: web::usual_rates(&public_url),
        public_url,
        demo,
        secure_cookies: false,
        files_url: None,
        trusted_proxies: TrustedProxies::default(),
        outgoing,
        stopped: None,
    };
    let post = PostSettings {
        host_name: HOST_NAME.to_owned(),
        size_limit_bytes: DEFAULT_SIZE_LIMIT_MIB * 1024 * 1024,
        trusted: Vec::new(),
        checked_by: None,
        check_senders: false,
        tls: None,
        fetch: Vec::new(),
    };
    wire::run(environment, Doors { http, smtp: Some(smtp) }, post, settings).await
}

/// By which name a demonstration writes letters.
const HOST_NAME: &str = "entente.example";

/// The installation of a demonstration.
pub fn installation(public_url: String, is_loopback: bool) -> Installation {
    Installation {
        public_url,
        host_name: HOST_NAME.to_owned(),
        post: PostRules::default(),
        second_factor: SecondFactor::OfNobody,
        webhooks: if is_loopback { WebhookReach::AlsoThisMachine } else { WebhookReach::Public },
        keys: operations::KeyRules { standing: is_loopback, ..operations::KeyRules::default() },
        storage: operations::AccountStorage::default(),
    }
}

/// What an earlier start of the same sample data told, so that a restart is quick and the links that
/// it printed go on working; none when the data is another.
async fn standing_facts(environment: &Environment, path: &Path) -> Result<Option<Value>, VerbFailure> {
    if environment.store.setting(LOADED).await? != Some(sample_digest()?) {
        return Ok(None);
    }
    Ok(std::fs::read(path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()))
}

/// The same facts under other addresses.
fn readdressed(facts: Value, http: &str, smtp: &str) -> Value {
    let old = format!("http://{}/", facts["http"].as_str().unwrap_or_default());
    let new = format!("http://{http}/");
    let text = facts.to_string().replace(&old, &new);
    let mut facts: Value = serde_json::from_str(&text).unwrap_or(facts);
    facts["http"] = http.into();
    facts["smtp"] = smtp.into();
    facts
}

fn sample_digest() -> Result<String, VerbFailure> {
    let mut texts = Vec::new();
    for name in SampleData::iter() {
        texts.push(embedded::<SampleData>(&name)?);
    }
    for name in Documents::iter() {
        texts.push(embedded::<Documents>(&name)?);
    }
    Ok(load::digest(texts.iter().map(String::as_str)))
}

/// Adopts every document and loads the sample data that belongs to it.
async fn set_up(environment: &Environment) -> Result<Vec<Loaded>, VerbFailure> {
    let mut loaded = Vec::new();
    for name in SampleData::iter() {
        let text = embedded::<SampleData>(&name)?;
        let data = load::read(&text, &name)?;
        let document = format!("{}.md", data.provider.agreement);
        let documents = vec![(document.clone(), embedded::<Documents>(&document)?)];
        let key = ProviderId(data.provider.key.clone());
        let adopted = adopt(environment, &key, &documents, OtherText::Kept).await?;
        loaded.push(load::load(environment, &data, &name, &adopted).await?);
    }
    Ok(loaded)
}

fn embedded<E: RustEmbed>(name: &str) -> Result<String, VerbFailure> {
    let missing = || VerbFailure::Content {
        path: name.to_owned(),
        problem: "it is not part of this program".to_owned(),
    };
    let found = E::get(name).ok_or_else(missing)?;
    String::from_utf8(found.data.into_owned()).map_err(|_| missing())
}

/// What scripts may know of the running demonstration (`demo.json`).
async fn describe(
    environment: &Environment,
    loaded: &[Loaded],
    http: &str,
    smtp: &str,
) -> Result<Value, VerbFailure> {
    let url = &environment.installation.public_url;
    let mut providers = serde_json::Map::new();
    let mut accounts = Vec::new();
    let mut people = Vec::new();
    for of in loaded {
        let key = of.provider.id.as_str();
        let opens_by_mail = opens_by_mail(environment, &of.provider).await?;
        providers.insert(
            key.to_owned(),
            json!({
                "name": of.provider.name,
                "mailbox": of.provider.mailbox,
                "portal": format!("{url}/portal"),
                "agreement": of.provider.agreement.as_ref().map(|agreement| &agreement.key),
                "opens_by_mail": opens_by_mail,
            }),
        );
        for (account, contracts) in &of.accounts {
            let contracts: Vec<Value> = contracts
                .iter()
                .map(|contract| {
                    json!({
                        "agreement": contract.agreement.key,
                        "version": contract.agreement.version,
                        "from": contract.from,
                        "to": contract.to,
                        "parameters": plain(&contract.parameters),
                    })
                })
                .collect();
            accounts.push(
                json!({ "provider": key, "key": account.key, "name": account.name, "contracts": contracts }),
            );
        }
        for person in &of.people {
            let account = of.accounts.iter().find(|(account, _)| Some(account.id) == person.account);
            let token = secret(environment, person, Purpose::ApiToken, &[Scope::Read, Scope::Write]).await?;
            let link = secret(environment, person, Purpose::Demo, &[]).await?;
            people.push(json!({
                "provider": key,
                "role": person.role.as_str(),
                "name": person.name,
                "email": person.email,
                "account": account.map(|(account, _)| &account.key),
                "token": token,
                "sign_in": format!("{url}/entrer/{link}"),
            }));
        }
    }
    Ok(json!({ "http": http, "smtp": smtp, "providers": providers, "accounts": accounts, "people": people }))
}

async fn secret(
    environment: &Environment,
    person: &Person,
    purpose: Purpose,
    scopes: &[Scope],
) -> Result<String, VerbFailure> {
    Ok(issue_token(environment, person, purpose, scopes, None).await?.token)
}

fn plain(facts: &Facts) -> Value {
    let pairs = facts.iter().map(|(name, value)| (name.as_str().to_owned(), Value::from(value.to_string())));
    Value::Object(pairs.collect())
}

fn greet(facts: &Value, url: &str, smtp: &str, data: &Path) {
    eprintln!("Entente, demonstration");
    eprintln!("  pages           {url}/");
    eprintln!("  mail in (SMTP)  {smtp}");
    eprintln!("  mail out        {url}/demo/mail  ({}/outgoing)", data.display());
    eprintln!("Sign in as:");
    let mut roles_shown: Vec<(&str, &str)> = Vec::new();
    for person in facts["people"].as_array().into_iter().flatten() {
        let (provider, role) =
            (person["provider"].as_str().unwrap_or_default(), person["role"].as_str().unwrap_or_default());
        if roles_shown.contains(&(provider, role)) {
            continue;
        }
        roles_shown.push((provider, role));
        let name = person["name"].as_str().unwrap_or_default();
        eprintln!("  {provider} {role:<8} {name:<20} {}", person["sign_in"].as_str().unwrap_or_default());
    }
    for (key, provider) in facts["providers"].as_object().into_iter().flatten() {
        let mailbox = provider["mailbox"].as_str().unwrap_or_default();
        if provider["opens_by_mail"] == false {
            eprintln!(
                "A letter to {mailbox} opens nothing, as its agreement says, and is answered with the portal."
            );
            continue;
        }
        eprintln!("Write to {mailbox} from the address of a contact, for example with:");
        let of_provider = |person: &&Value| person["provider"] == **key && person["role"] == "contact";
        let contact = facts["people"].as_array().into_iter().flatten().find(of_provider);
        let from = contact.and_then(|contact| contact["email"].as_str()).unwrap_or_default();
        let to = provider["mailbox"].as_str().unwrap_or_default();
        eprintln!(
            "  printf 'From: {from}\\nTo: {to}\\nSubject: Une panne\\n\\nBonjour.\\n' | curl -sS --crlf smtp://{smtp} --mail-from {from} --mail-rcpt {to} -T -"
        );
    }
    eprintln!("Ready.");
}

/// The letters that left into a folder, newest first.
fn letters_in(folder: PathBuf) -> Outgoing {
    Outgoing(Arc::new(move || {
        let listed = list_maildir(&folder, 50).unwrap_or_default();
        let letters = listed.iter().map(|(_, bytes)| mail::parse(bytes));
        letters
            .map(|letter| SentLetter {
                to: letter.to.iter().map(|to| to.address.as_str()).collect::<Vec<_>>().join(", "),
                from: letter.from.map(|from| from.address).unwrap_or_default(),
                subject: letter.subject,
                date: letter.date.unwrap_or_default(),
                text: letter.text,
            })
            .collect()
    }))
}

/// Removes what an earlier demonstration stored, and nothing else.
fn clear(data: &Path) -> Result<(), VerbFailure> {
    let Ok(entries) = std::fs::read_dir(data) else { return Ok(()) };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let path = entry.path();
        let removed = if name.starts_with("entente.sqlite") || name == "demo.json" || name == "seeded.txt" {
            std::fs::remove_file(&path)
        } else if name == "outgoing" {
            std::fs::remove_dir_all(&path)
        } else {
            continue;
        };
        removed.map_err(|source| file("removing", &path, source))?;
    }
    Ok(())
}

fn file(attempt: &'static str, path: &Path, source: std::io::Error) -> VerbFailure {
    VerbFailure::File { attempt, path: path.display().to_string(), source }
}
