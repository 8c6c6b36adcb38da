use crate::config::{Config, DEFAULT_SIZE_LIMIT_MIB, OutboundSettings, ScannerSettings};
use crate::failure::{Outcome, VerbFailure};
use crate::fetch_mail::FetchFrom;
use crate::load;
use crate::log;
use crate::wire::{self, Doors, PostSettings};
use desk::ProviderId;
use mail::Transport;
use operations::{
    AdoptError, Environment, Installation, ProductClock, Recipient, RecipientKind, RecipientOf, Scanner,
    SealingFault, SecondFactor, WebhookReach, adopt_agreement, complete_tombstones, resume_destructions,
    resume_erasures, set_up_token,
};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use store::Database;
use terms::{AgreementName, Terms};
use web::WebSettings;

/// Serves the product as configured.
pub fn run(path: &Path) -> Result<Outcome, VerbFailure> {
    let config = Config::read(path)?;
    log::start(config.log.format);
    wire::runtime()?.block_on(async {
        let (environment, doors, post, settings) = set_up(&config).await?;
        match sign(&config, &environment) {
            Ok(key) => eprintln!("entente: checkpoints are signed by {key}"),
            // A folder that cannot be written is no reason to leave a desk closed.
            Err(failure) => eprintln!("entente: no checkpoints are signed: {failure}"),
        }
        complete_tombstones(&environment).await?;
        resume_erasures(&environment).await?;
        // An account may have many requests: the desk opens meanwhile.
        let resuming = Arc::clone(&environment);
        tokio::spawn(async move {
            match resume_destructions(&resuming).await {
                Ok(0) => {}
                Ok(accounts) => tracing::info!(accounts, "destructions that had broken off were gone on with"),
                Err(failure) => tracing::error!(
                    error = &failure as &dyn std::error::Error,
                    "a destruction that broke off could not be gone on with"
                ),
            }
        });
        eprintln!("entente: pages on {}", environment.installation.public_url);
        if config.http.tells_nobody_apart() {
            eprintln!(
                "entente: everybody seems to come from the address of one proxy; name it in http.trusted_proxies, so that \
                 guessing is limited for each and the journal tells from where"
            );
        }
        if let Some(token) = set_up_token(&environment).await? {
            let url = &environment.installation.public_url;
            eprintln!(
                "entente: nobody administers this installation yet; open this once: {url}/installer/{token}"
            );
        }
        wire::run(environment, doors, post, settings).await
    })?;
    Ok(Outcome::Done)
}

/// Signs checkpoints and certificates by the key of a configuration. Gives the public key.
pub fn sign(config: &Config, environment: &Environment) -> Result<String, VerbFailure> {
    let seal = wire::seal(config)?;
    let key = seal.public_key();
    environment.seal_days_with(seal);
    Ok(key)
}

async fn set_up(
    config: &Config,
) -> Result<(Arc<Environment>, Doors, PostSettings, WebSettings), VerbFailure> {
    let http = wire::bind(&config.http.listen).await?;
    let smtp = match &config.mail.inbound {
        Some(inbound) => Some(wire::bind(&inbound.listen).await?),
        None => None,
    };
    let named = named(config)?;
    let environment = environment_over(wire::database(config).await?, config, named).await?;
    seal_secrets(&environment).await?;
    let public_url = environment.installation.public_url.clone();
    let host_name = environment.installation.host_name.clone();
    let settings = WebSettings {
        secure_cookies: public_url.starts_with("https://"),
        files_url: wire::files_url(&config.http, &public_url)?,
        trusted_proxies: wire::trusted_proxies(&config.http)?,
        rates: config.http.requests_per_minute.map(Into::into).or_else(|| web::usual_rates(&public_url)),
        public_url,
        demo: false,
        outgoing: None,
        stopped: None,
    };
    let inbound = config.mail.inbound.as_ref();
    let post = PostSettings {
        host_name,
        size_limit_bytes: inbound.map_or(DEFAULT_SIZE_LIMIT_MIB, |inbound| inbound.size_limit_mib)
            * 1024
            * 1024,
        trusted: inbound.map(|inbound| inbound.trusted.clone()).unwrap_or_default(),
        checked_by: inbound.and_then(|inbound| inbound.checked_by.clone()),
        check_senders: inbound.is_some_and(|inbound| inbound.check_senders),
        fetch: config.mail.fetch.iter().map(FetchFrom::configured).collect::<Result<_, _>>()?,
        tls: inbound.map(wire::listen_tls).transpose()?.flatten(),
    };
    Ok((environment, Doors { http, smtp }, post, settings))
}

/// Seals what stands readable in the database, or was sealed by another key than the first. A verb beside a server leaves
/// that to it: whichever of the keys sealed something opens it, and a server that was not started again with the same
/// keys would not open what was sealed anew.
async fn seal_secrets(environment: &Environment) -> Result<(), VerbFailure> {
    let wrong = |fault: SealingFault| VerbFailure::Content {
        path: "sign_in.sealing_keys".to_owned(),
        problem: fault.to_string(),
    };
    let factors = operations::seal_second_factors(environment).await.map_err(wrong)?;
    if factors > 0 {
        tracing::info!(factors, "second factors were sealed by the key that is first in the configuration");
    }
    let kinds = operations::seal_signing_keys(environment).await.map_err(wrong)?;
    if kinds > 0 {
        tracing::info!(kinds, "keys that sign were sealed by the key that is first in the configuration");
    }
    let webhooks = operations::seal_webhook_secrets(environment).await.map_err(wrong)?;
    if webhooks > 0 {
        tracing::info!(
            webhooks,
            "secrets of webhooks were sealed by the key that is first in the configuration"
        );
    }
    if environment.installation.keys.sealing.is_empty() {
        tracing::info!(
            "no sealing key is configured: second factors, keys that sign and secrets of webhooks stand readable in \
             the database"
        );
    }
    Ok(())
}

/// The environment of a configuration over the database that stands, for a verb beside a server.
///
/// # Errors
/// There is no database, or it cannot be opened; a document or a file cannot be used.
pub async fn environment(config: &Config) -> Result<Arc<Environment>, VerbFailure> {
    let named = named(config)?;
    environment_over(wire::standing(config).await?, config, named).await
}

/// What a configuration names elsewhere, as far as it can be read without its database.
pub struct Named {
    installation: Installation,
    transport: Transport,
    recipients: Vec<Recipient>,
    documents: Vec<(String, String)>,
    files: Vec<(String, String)>,
}

/// Reads what a configuration names; inside a runtime.
///
/// # Errors
/// A secret, a document or a file cannot be read or used.
pub fn named(config: &Config) -> Result<Named, VerbFailure> {
    let installation = installation(config)?;
    let transport = wire::transport(config, &installation.host_name)?;
    let all = |paths: &[PathBuf]| -> Result<Vec<_>, VerbFailure> {
        paths.iter().map(|path| Ok((path.display().to_string(), read(path)?))).collect()
    };
    Ok(Named {
        installation,
        transport,
        recipients: recipients(config)?,
        documents: all(&config.agreements)?,
        files: all(&config.load)?,
    })
}

/// The environment of a configuration over its database, with its documents adopted and its files loaded.
///
/// # Errors
/// A document or a file cannot be used, or the store fails.
pub async fn environment_over(
    store: Database,
    config: &Config,
    named: Named,
) -> Result<Arc<Environment>, VerbFailure> {
    let Named { installation, transport, recipients, documents, files } = named;
    let environment = wire::environment(store, ProductClock::default(), transport, installation);
    environment.keep_tombstones_in(config.privacy.erasures_file.clone());
    match &config.scanner {
        Some(ScannerSettings::Tcp(address)) => environment.scan_with(Scanner::Tcp(address.clone())),
        Some(ScannerSettings::Unix(path)) => environment.scan_with(Scanner::Unix(path.clone())),
        None => {}
    }
    environment.hand_over_to(recipients);
    let digest = load::digest(documents.iter().chain(&files).map(|(_, text)| text.as_str()));
    if environment.store.setting(LOADED).await?.as_ref() == Some(&digest) {
        return Ok(environment);
    }
    for (path, text) in &files {
        let file = load::read(text, path)?;
        let key = ProviderId(file.provider.key.clone());
        let adopted = adopt(&environment, &key, &documents, OtherText::Refused).await?;
        load::load(&environment, &file, path, &adopted).await?;
    }
    environment.store.put_setting(LOADED, &digest).await?;
    Ok(environment)
}

/// Whom a configuration hands data over to, for the register of processing. What stays on this machine is none.
pub fn recipients(config: &Config) -> Result<Vec<Recipient>, VerbFailure> {
    let mut found = Vec::new();
    let mut add = |kind, name: String, of| found.push(Recipient { kind, name, of });
    if !config.database.url.starts_with("sqlite:") {
        for server in wire::postgres(config).servers()? {
            add(RecipientKind::Database, server, RecipientOf::All);
        }
    }
    if let Some(OutboundSettings::Smtp { host, .. }) = &config.mail.outbound {
        add(RecipientKind::MailServer, host.clone(), RecipientOf::All);
    }
    for fetched in &config.mail.fetch {
        if let Some(host) = &fetched.host {
            add(RecipientKind::Mailbox, host.clone(), RecipientOf::Mailbox(fetched.mailbox.clone()));
        }
    }
    if let Some(ScannerSettings::Tcp(address)) = &config.scanner {
        add(RecipientKind::Scanner, address.clone(), RecipientOf::All);
    }
    for known in &config.openid {
        let of = RecipientOf::Provider(ProviderId(known.provider.clone()));
        add(RecipientKind::IdentityProvider, known.issuer.clone(), of);
    }
    Ok(found)
}

/// What a configuration says of the installation.
pub fn installation(config: &Config) -> Result<Installation, VerbFailure> {
    let public_url =
        config.http.public_url.clone().unwrap_or_else(|| format!("http://{}", config.http.listen));
    Ok(Installation {
        public_url: public_url.trim_end_matches('/').to_owned(),
        host_name: config.mail.host_name.clone().unwrap_or_else(|| "localhost".to_owned()),
        post: config.mail.rules(),
        second_factor: if config.sign_in.second_factor {
            SecondFactor::OfStaff
        } else {
            SecondFactor::OfNobody
        },
        webhooks: if config.webhooks.allow_loopback {
            WebhookReach::AlsoThisMachine
        } else {
            WebhookReach::Public
        },
        keys: wire::key_rules(config)?,
        storage: config.storage.limit(),
    })
}

/// Under which name the store keeps the digest of what was loaded last, so that a start that would
/// load the same again is quick.
pub const LOADED: &str = "loaded";

/// What becomes of a document whose version is in force with another text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtherText {
    /// It is refused: somebody changed it and gave it no version of its own.
    Refused,
    /// The text that is in force stays: the program brings a newer one of the same sample.
    Kept,
}

/// Puts documents in force for a provider and gives their terms by key.
pub async fn adopt(
    environment: &Environment,
    provider: &ProviderId,
    documents: &[(String, String)],
    other_text: OtherText,
) -> Result<BTreeMap<String, (AgreementName, Arc<Terms>)>, VerbFailure> {
    let mut adopted = BTreeMap::new();
    for (path, text) in documents {
        let (name, terms) = match adopt_agreement(environment, provider, text, path).await {
            Ok(adopted) => adopted,
            Err(AdoptError::InForce(name)) if other_text == OtherText::Kept => {
                tracing::warn!(agreement = %name, "the text in force stays; this program brings another");
                let terms = environment.terms(provider, &name).await?;
                (name, terms)
            }
            Err(AdoptError::InForce(name)) => return Err(VerbFailure::in_force(path, &name)),
            Err(AdoptError::Diagnostics(found)) => {
                let problem = found.first().map(|first| first.sentence("en")).unwrap_or_default();
                return Err(VerbFailure::Adopt { path: path.clone(), problem });
            }
            Err(AdoptError::Failure(failure)) => return Err(failure.into()),
        };
        adopted.insert(name.key.clone(), (name, terms));
    }
    Ok(adopted)
}

/// The text of a file.
pub fn read(path: &Path) -> Result<String, VerbFailure> {
    std::fs::read_to_string(path).map_err(|source| VerbFailure::File {
        attempt: "reading",
        path: path.display().to_string(),
        source,
    })
}
