use crate::config::{
    Config, DkimSettings, Encryption, HttpSettings, InboundSettings, OauthSettings, OutboundSettings,
};
use crate::failure::VerbFailure;
use crate::fetch_mail::FetchFrom;
use crate::serve_http::{self, Patience};
use mail::{MaildirTransport, SmtpCredentials, SmtpEncryption, SmtpSettings, SmtpTransport, Transport};
use operations::Directory;
use operations::{
    Environment, Installation, IssuerReach, KeyRules, Loop, OpenIdProvider, PostRoom, ProductClock, Rounds,
    follow_changes,
};
use operations::{IdleTimes, MailsPerDomain, SealingKey};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use store::{Database, Found, PostgresConfig, SqliteConfig};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};
use web::WebSettings;

/// Opens the configured database, and makes it where there is none.
///
/// # Errors
/// It cannot be opened, or was not wholly restored.
pub async fn database(config: &Config) -> Result<Database, VerbFailure> {
    open(config, found(config).await?).await
}

/// The configured database, as it was found, brought up to date.
///
/// # Errors
/// It cannot be opened, or was not wholly restored.
pub async fn open(config: &Config, found: Found) -> Result<Database, VerbFailure> {
    if found.is_half_restored {
        return Err(VerbFailure::Content {
            path: "database.url".to_owned(),
            problem: HALF_RESTORED.to_owned(),
        });
    }
    match config.database.url.strip_prefix("sqlite:") {
        Some(path) => sqlite(Path::new(path), config.database.max_pages).await,
        None => Ok(Database::open_postgres(&postgres(config)).await?),
    }
}

/// What is said of a database whose restore broke off.
pub const HALF_RESTORED: &str = "a restore into it broke off, and whoever was erased since the copy may be in it again; do it \
    once more: `entente restore` with `--replace` for a file, into an empty database on PostgreSQL";

/// The configured database as it stands. Where there is none, none is made: a verb beside a server finds one.
///
/// # Errors
/// There is none, or it cannot be opened.
pub async fn standing(config: &Config) -> Result<Database, VerbFailure> {
    if let Some(path) = config.database.url.strip_prefix("sqlite:") {
        must_stand(Path::new(path))?;
    }
    let found = found(config).await?;
    if found.step.is_none() {
        return Err(VerbFailure::Content {
            path: "database.url".to_owned(),
            problem: "it names a database without tables of this program, which `entente serve` and `entente migrate` \
                      make"
                .to_owned(),
        });
    }
    open(config, found).await
}

/// The configured database as it is found, of which nothing is changed.
pub async fn found(config: &Config) -> Result<Found, VerbFailure> {
    Ok(match config.database.url.strip_prefix("sqlite:") {
        Some(path) => Database::found_sqlite(&SqliteConfig::at(path)).await?,
        None => Database::found_postgres(&postgres(config)).await?,
    })
}

/// The server of the database, where it is none of this program's own file.
pub fn postgres(config: &Config) -> PostgresConfig {
    PostgresConfig { url: config.database.url.clone(), pool_size: config.database.connections.unwrap_or(16) }
}

fn must_stand(path: &Path) -> Result<(), VerbFailure> {
    if path.exists() {
        return Ok(());
    }
    let source = std::io::Error::from(std::io::ErrorKind::NotFound);
    Err(VerbFailure::File { attempt: "opening", path: path.display().to_string(), source })
}

/// Opens the embedded database. Its caches are small on purpose: the file system's own cache holds
/// what is read often, and is shared by all.
pub async fn sqlite(path: &Path, max_pages: Option<u32>) -> Result<Database, VerbFailure> {
    let settings = SqliteConfig { max_pages, ..SqliteConfig::at(path) };
    Ok(Database::open_sqlite(&settings).await?)
}

/// Sets up how letters leave.
pub fn transport(config: &Config, host_name: &str) -> Result<Transport, VerbFailure> {
    match &config.mail.outbound {
        None => Ok(Transport::Maildir(MaildirTransport::new(&config.outgoing))),
        Some(OutboundSettings::Maildir { maildir }) => Ok(Transport::Maildir(MaildirTransport::new(maildir))),
        Some(OutboundSettings::Smtp {
            host,
            port,
            encryption,
            user,
            password_file,
            oauth,
            authorities_file,
            dkim,
        }) => {
            let credentials = match (user, password_file, oauth) {
                (Some(user), Some(file), None) => {
                    Some(SmtpCredentials { user: user.clone(), password: secret(file)? })
                }
                (Some(user), _, Some(_)) => {
                    Some(SmtpCredentials { user: user.clone(), password: String::new() })
                }
                (None, None, None) => None,
                _ => {
                    return Err(VerbFailure::Mail(
                        "`mail.outbound` needs `user` and `password_file`, or `user` and `oauth`".to_owned(),
                    ));
                }
            };
            let authorities = authorities_file.as_deref().map(bytes_of).transpose()?;
            let settings = SmtpSettings {
                host: host.clone(),
                port: *port,
                encryption: match encryption {
                    Encryption::Required => SmtpEncryption::Required,
                    Encryption::Implicit => SmtpEncryption::Implicit,
                    Encryption::Opportunistic => SmtpEncryption::Opportunistic,
                    Encryption::None => SmtpEncryption::None,
                },
                credentials,
                hello_name: host_name.to_owned(),
                timeout: Duration::from_secs(30),
                connections_at_most: 4,
                authorities,
            };
            let mut transport =
                SmtpTransport::new(settings).map_err(|error| VerbFailure::Mail(error.to_string()))?;
            if let Some(oauth) = oauth {
                transport = transport.with_tokens(Arc::new(tokens(oauth)?));
            }
            let mut keys = Vec::new();
            for DkimSettings { domain, selector, key_file } in dkim {
                let key = mail::DkimKey::new(domain, selector, &secret(key_file)?);
                keys.push(key.map_err(VerbFailure::Mail)?);
            }
            Ok(Transport::Smtp(transport.with_keys(keys)))
        }
    }
}

/// Where access tokens come from.
pub fn tokens(oauth: &OauthSettings) -> Result<mail::TokenSource, VerbFailure> {
    let settings = mail::TokenSettings {
        endpoint: oauth.endpoint.clone(),
        client: oauth.client.clone(),
        secret: oauth.secret_file.as_deref().map(secret).transpose()?,
        refresh_token: oauth.refresh_token_file.as_deref().map(secret).transpose()?,
        scope: oauth.scope.clone(),
    };
    mail::TokenSource::new(settings).map_err(VerbFailure::Mail)
}

/// The certificate of the listener, where one is configured.
pub fn listen_tls(inbound: &InboundSettings) -> Result<Option<mail::ListenTls>, VerbFailure> {
    match (&inbound.certificate_file, &inbound.key_file) {
        (Some(certificate), Some(key)) => {
            let tls = mail::ListenTls::from_pem(&bytes_of(certificate)?, &bytes_of(key)?);
            Ok(Some(tls.map_err(VerbFailure::Mail)?))
        }
        (None, None) => Ok(None),
        _ => Err(VerbFailure::Mail("`mail.inbound` needs both `certificate_file` and `key_file`".to_owned())),
    }
}

/// The proxies whose word is taken, as configured.
pub fn trusted_proxies(http: &HttpSettings) -> Result<web::TrustedProxies, VerbFailure> {
    web::TrustedProxies::read(&http.trusted_proxies).map_err(|name| VerbFailure::Content {
        path: "http.trusted_proxies".to_owned(),
        problem: format!("`{name}` is no address and no network, such as `10.0.0.0/8`"),
    })
}

/// The host of files, where one is configured: another one than that of the pages.
pub fn files_url(http: &HttpSettings, public_url: &str) -> Result<Option<String>, VerbFailure> {
    let Some(url) = &http.files_url else { return Ok(None) };
    let url = url.trim_end_matches('/').to_ascii_lowercase();
    let wrong = |problem: &str| VerbFailure::Content {
        path: "http.files_url".to_owned(),
        problem: problem.to_owned(),
    };
    let Some((scheme, host)) = url.split_once("://") else { return Err(wrong("it is no address")) };
    if !matches!(scheme, "http" | "https") || host.is_empty() || host.contains(['/', '?', '#', '@']) {
        return Err(wrong("write `https://HOST`, without a path"));
    }
    if public_url.split_once("://").is_some_and(|(_, pages)| pages.eq_ignore_ascii_case(host)) {
        return Err(wrong("it is the host of the pages: files need another one"));
    }
    Ok(Some(url))
}

/// How people show who they are.
pub fn key_rules(config: &Config) -> Result<KeyRules, VerbFailure> {
    let mut openid: Vec<OpenIdProvider> = Vec::new();
    for known in &config.openid {
        let wrong = |problem: &str| VerbFailure::Content {
            path: format!("openid `{}`", known.key),
            problem: problem.to_owned(),
        };
        let is_key = !known.key.is_empty()
            && known
                .key
                .bytes()
                .all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == b'-');
        if !is_key || openid.iter().any(|other| other.key == known.key) {
            return Err(wrong("its key is none, or another has it: small letters, digits and `-`"));
        }
        if known.create_contacts && (known.account.is_none() || known.domains.is_empty()) {
            return Err(wrong("`create_contacts` needs an `account` and the `domains` of its addresses"));
        }
        if known.account.is_none() && known.domains.is_empty() {
            return Err(wrong(
                "it vouches for people of the provider: name the `domains` of the addresses that it may vouch for",
            ));
        }
        let secret = match (&known.client_secret_file, &known.client_secret_env) {
            (Some(_), Some(_)) => return Err(wrong("its secret is in a file or in a variable, not in both")),
            (Some(file), None) => Some(self::secret(file)?),
            (None, Some(name)) => Some(variable(name).ok_or_else(|| wrong("its variable is not set"))?),
            (None, None) => None,
        };
        openid.push(OpenIdProvider {
            key: known.key.clone(),
            provider: desk::ProviderId(known.provider.clone()),
            account: known.account.clone(),
            issuer: known.issuer.clone(),
            client: known.client_id.clone(),
            secret,
            label: known.label.clone(),
            is_shown: known.shown.unwrap_or(known.account.is_none()),
            makes_contacts: known.create_contacts,
            domains: known.domains.clone(),
            second_factor_classes: known.second_factor_acr.clone(),
        });
    }
    let mut directories = Vec::new();
    for known in &config.scim {
        let wrong =
            |problem: &str| VerbFailure::Content { path: "scim".to_owned(), problem: problem.to_owned() };
        let token = match (&known.token_file, &known.token_env) {
            (Some(file), None) => secret(file)?,
            (None, Some(name)) => variable(name).ok_or_else(|| wrong("its variable is not set"))?,
            _ => return Err(wrong("its token is in a file or in a variable, in one of them")),
        };
        if token.len() < 32 {
            return Err(wrong(
                "its token is shorter than 32 characters: make one with `openssl rand -hex 32`",
            ));
        }
        if known.account.is_some() && known.domains.is_empty() {
            return Err(wrong(
                "it keeps contacts of an `account`: name the `domains` of the addresses that it may give",
            ));
        }
        let provider = desk::ProviderId(known.provider.clone());
        directories.push(Directory::new(provider, known.account.clone(), known.domains.clone(), &token));
    }
    let mut sealing = Vec::new();
    for known in &config.sign_in.sealing_keys {
        let wrong =
            |problem: String| VerbFailure::Content { path: "sign_in.sealing_keys".to_owned(), problem };
        let text = match (&known.file, &known.env) {
            (Some(file), None) => secret(file)?,
            (None, Some(name)) => {
                variable(name).ok_or_else(|| wrong(format!("the variable `{name}` is not set")))?
            }
            _ => {
                return Err(wrong(format!(
                    "the secret of `{}` is in a `file` or in an `env`, in one of them",
                    known.name
                )));
            }
        };
        sealing.push(SealingKey::new(&known.name, &text).map_err(wrong)?);
    }
    let idle = IdleTimes {
        staff_seconds: i64::from(config.sign_in.idle_minutes_staff) * 60,
        contact_seconds: i64::from(config.sign_in.idle_minutes_contacts) * 60,
    };
    let mails_per_domain = MailsPerDomain(config.sign_in.mails_per_domain);
    let issuers = if config.sign_in.allow_loopback_issuers {
        IssuerReach::AlsoThisMachine
    } else {
        IssuerReach::Public
    };
    Ok(KeyRules { standing: false, openid, issuers, directories, sealing, idle, mails_per_domain })
}

/// A variable of the environment that holds a secret.
#[expect(
    clippy::disallowed_methods,
    reason = "secrets enter the house here, where the configuration names them"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|secret| !secret.is_empty())
}

/// The text of a file that holds a secret, without the line end that editors add.
pub fn secret(file: &Path) -> Result<String, VerbFailure> {
    let text = String::from_utf8_lossy(&bytes_of(file)?).into_owned();
    Ok(text.trim_end().to_owned())
}

pub fn bytes_of(file: &Path) -> Result<Vec<u8>, VerbFailure> {
    std::fs::read(file).map_err(|source| VerbFailure::File {
        attempt: "reading",
        path: file.display().to_string(),
        source,
    })
}

/// How the checkpoint of each day is signed. The key is made where there is none, for its owner alone.
pub fn seal(config: &Config) -> Result<operations::Seal, VerbFailure> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let file = &config.checkpoints.key_file;
    let shown = file.display().to_string();
    if !file.exists() {
        let made = || {
            let mut options = std::fs::OpenOptions::new();
            let mut out = options.write(true).create_new(true).mode(0o600).open(file)?;
            out.write_all(&operations::new_sealing_key())?;
            out.sync_all()
        };
        made().map_err(|source| VerbFailure::File { attempt: "making", path: shown.clone(), source })?;
    }
    operations::Seal::new(&bytes_of(file)?, Some(config.checkpoints.file.clone()))
        .map_err(|problem| VerbFailure::Content { path: shown, problem })
}

/// An environment over a store.
pub fn environment(
    store: Database,
    clock: ProductClock,
    transport: Transport,
    installation: Installation,
) -> Arc<Environment> {
    Arc::new(Environment::new(store, clock, transport, installation))
}

/// The store of a demonstration's folder, and its clock.
///
/// # Errors
/// There is no store in the folder, or it cannot be opened.
pub async fn demonstration(folder: &Path) -> Result<(Database, ProductClock), VerbFailure> {
    let path = folder.join("entente.sqlite");
    must_stand(&path)?;
    let store = sqlite(&path, None).await?;
    let clock = operations::restore_clock(&store, None).await?;
    Ok((store, clock))
}

/// An environment for a verb that runs beside a server, which is `installation`: no letter leaves from it, but what it
/// notes of letters that are to leave is what the server would have noted.
pub fn beside(store: Database, clock: ProductClock, installation: Installation) -> Arc<Environment> {
    environment(store, clock, Transport::Maildir(MaildirTransport::new("outgoing")), installation)
}

/// Addresses to listen on, already bound, so that whoever is told of them can connect.
pub struct Doors {
    pub http: TcpListener,
    pub smtp: Option<TcpListener>,
}

/// Binds an address.
pub async fn bind(address: &str) -> Result<TcpListener, VerbFailure> {
    TcpListener::bind(address)
        .await
        .map_err(|source| VerbFailure::Listen { address: address.to_owned(), source })
}

/// How letters are taken in.
pub struct PostSettings {
    pub host_name: String,
    pub size_limit_bytes: usize,
    pub trusted: Vec<IpAddr>,
    pub checked_by: Option<String>,
    pub check_senders: bool,
    pub tls: Option<mail::ListenTls>,
    pub fetch: Vec<FetchFrom>,
}

/// How long what is under way may take once the process is told to stop.
const ENDING: Duration = Duration::from_secs(15);

/// Serves until the process is told to stop, then lets what is under way end.
pub async fn run(
    environment: Arc<Environment>,
    doors: Doors,
    post: PostSettings,
    settings: WebSettings,
) -> Result<(), VerbFailure> {
    open_many_files();
    let (stop, stopped) = watch::channel(false);
    let mut rounds = tokio::spawn(Rounds::run(Arc::clone(&environment), stopped.clone()));
    let following = tokio::spawn(follow_changes(Arc::clone(&environment), stopped.clone()));
    let mut letters = doors.smtp.map(|listener| {
        let config = mail::ListenConfig {
            hostname: post.host_name,
            size_limit_bytes: post.size_limit_bytes,
            tls: post.tls,
            ..mail::ListenConfig::default()
        };
        let mut room = PostRoom::new(Arc::clone(&environment), post.trusted).checked_by(post.checked_by);
        if post.check_senders {
            match mail::SenderChecker::asking_name_servers() {
                Ok(checker) => room = room.checking(Arc::new(checker)),
                Err(wrong) => tracing::warn!(wrong, "senders are not checked: there is no name server"),
            }
        }
        let room = Arc::new(room);
        let mut stopped = stopped.clone();
        tokio::spawn(async move {
            let until = async move {
                let _ = stopped.wait_for(|stop| *stop).await;
            };
            mail::Listener::new(config, room).serve(listener, until).await
        })
    });
    let fetching = post.fetch.into_iter().flat_map(|from| {
        let room = Arc::new(PostRoom::new(Arc::clone(&environment), Vec::new()));
        let removing = from.removing(Arc::clone(&environment), stopped.clone());
        let (of, stopped) = (Arc::clone(&environment), stopped.clone());
        let fetching = async move {
            let fetch = || from.clone().fetch(Arc::clone(&room), stopped.clone());
            of.pulse.keep_going(Loop::Fetching, fetch).await;
        };
        [tokio::spawn(fetching), tokio::spawn(removing)]
    });
    let fetching: Vec<_> = fetching.collect();
    let settings = WebSettings { stopped: Some(stopped.clone()), ..settings };
    let router = web::router(Arc::clone(&environment), settings);
    let mut until = stopped.clone();
    let until = async move {
        let _ = until.wait_for(|stop| *stop).await;
    };
    let mut server = tokio::spawn(serve_http::serve(doors.http, router, Patience::default(), until));
    let listening = async {
        match &mut letters {
            Some(letters) => drop(letters.await),
            None => std::future::pending().await,
        }
    };
    // Without one of these the rest would look alive and be none: whoever started the program starts it again.
    let ended = tokio::select! {
        () = told_to_stop() => None,
        _ = &mut rounds => Some("the rounds"),
        _ = &mut server => Some("the door of pages"),
        () = listening => Some("the listener for mail"),
    };
    let _ = stop.send(true);
    if let Some(part) = ended {
        return Err(VerbFailure::Ended { part });
    }
    let until = Instant::now() + ENDING;
    let _ = timeout_at(until, server).await;
    let _ = timeout_at(until, rounds).await;
    let _ = timeout_at(until, following).await;
    for one in fetching {
        let _ = timeout_at(until, one).await;
    }
    if let Some(letters) = letters {
        let _ = timeout_at(until, letters).await;
    }
    Ok(())
}

async fn told_to_stop() {
    let mut terminated = match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(signal) => signal,
        Err(_) => return std::future::pending().await,
    };
    tokio::select! {
        _ = terminated.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}

/// Raises the number of files that may be open to the most that the machine allows. Many start a program with 1024 for
/// the sake of `select(2)`, which this one does not use: a browser that looks on holds a connection, and so does each
/// call to another program.
fn open_many_files() {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    // Where that is refused it is as it was.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
}

/// Starts the threads that serve. Two are enough for what a desk does, and each costs memory.
pub fn runtime() -> Result<tokio::runtime::Runtime, VerbFailure> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(16)
        .enable_all()
        .build()
        .map_err(VerbFailure::Machine)
}

#[cfg(test)]
mod tests {
    use super::{key_rules, listen_tls, transport};
    use crate::config::Config;

    #[test]
    fn half_of_a_pair_is_told_and_not_left_out() {
        let told = |more: &str| {
            let text = format!("[database]\nurl = \"sqlite:desk.sqlite\"\n{more}");
            let config: Config = toml_edit::de::from_str(&text).expect("a configuration");
            let inbound = config.mail.inbound.as_ref().map(listen_tls).transpose();
            let told = inbound.err().or_else(|| transport(&config, "desk.example").err());
            told.map(|failure| failure.to_string())
        };
        let (inbound, outbound) =
            ("[mail.inbound]\nlisten = \"127.0.0.1:0\"\n", "[mail.outbound]\nport = 25\n");
        let outbound = format!("{outbound}host = \"mail.example\"\n");
        for half in ["certificate_file = \"a.pem\"", "key_file = \"a.pem\""] {
            let told = told(&format!("{inbound}{half}")).expect("half of a pair");
            assert!(told.contains("both `certificate_file` and `key_file`"), "{told}");
        }
        for half in ["user = \"desk\"", "password_file = \"secret\""] {
            let told = told(&format!("{outbound}{half}")).expect("half of a pair");
            assert!(told.contains("`user` and `password_file`"), "{told}");
        }
        assert_eq!(told(inbound), None);
    }

    #[test]
    fn a_directory_of_an_account_names_the_domains_of_its_addresses() {
        let folder = harness::TemporaryFolder::new("wire");
        let token = folder.join("token");
        std::fs::write(&token, "0123456789abcdef0123456789abcdef\n").expect("written");
        let rules = |more: &str| {
            let text = format!(
                "[database]\nurl = \"sqlite:desk.sqlite\"\n[[scim]]\nprovider = \"boreal\"\n\
                 token_file = \"{token}\"\n{more}"
            );
            let config: Config = toml_edit::de::from_str(&text).expect("a configuration");
            key_rules(&config)
        };
        let refused = rules("account = \"kervinel\"").expect_err("no domain");
        assert!(refused.to_string().contains("domains"), "{refused}");
        let rules = [
            rules("").expect("of the provider's people"),
            rules("account = \"kervinel\"\ndomains = [\"kervinel.example\"]").expect("of contacts"),
        ];
        let domains = rules.map(|known| known.directories[0].domains.concat());
        assert_eq!(domains, ["", "kervinel.example"]);
    }
}
