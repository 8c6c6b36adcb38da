use crate::failure::VerbFailure;
use crate::log::LogFormat;
use operations::{AccountStorage, PostRules, RequestRates};
use serde::Deserialize;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

/// Settings of an installation, with their defaults.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    #[serde(default)]
    pub http: HttpSettings,
    pub database: DatabaseSettings,
    #[serde(default)]
    pub mail: MailSettings,
    #[serde(default)]
    pub sign_in: SignInSettings,
    #[serde(default)]
    pub webhooks: WebhookSettings,
    #[serde(default)]
    pub privacy: PrivacySettings,
    #[serde(default)]
    pub storage: StorageSettings,
    /// What looks at files before they are handed on.
    #[serde(default)]
    pub scanner: Option<ScannerSettings>,
    /// Identity providers that sign people in.
    #[serde(default)]
    pub openid: Vec<OpenIdSettings>,
    #[serde(default)]
    pub checkpoints: CheckpointSettings,
    #[serde(default)]
    pub log: LogSettings,
    /// Directories that keep people.
    #[serde(default)]
    pub scim: Vec<ScimSettings>,
    /// Documents to adopt at start; a version that is in force already is left as it is.
    #[serde(default)]
    pub agreements: Vec<PathBuf>,
    /// Files of providers, people and contracts to load at start.
    #[serde(default)]
    pub load: Vec<PathBuf>,
    /// The folder `outgoing` beside the configuration, for letters that go nowhere else.
    #[serde(skip)]
    pub outgoing: PathBuf,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogSettings {
    /// How a line of the log is written.
    pub format: LogFormat,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CheckpointSettings {
    /// File of the key that signs (PKCS 8); made at the first start when it is not there.
    pub key_file: PathBuf,
    /// File that each checkpoint is added to.
    pub file: PathBuf,
}

impl Default for CheckpointSettings {
    fn default() -> Self {
        Self { key_file: PathBuf::from("checkpoint.key"), file: PathBuf::from("checkpoints.jsonl") }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PrivacySettings {
    /// File in which erasures are listed outside the database, one a line.
    pub erasures_file: PathBuf,
}

impl Default for PrivacySettings {
    fn default() -> Self {
        Self { erasures_file: PathBuf::from("erasures.jsonl") }
    }
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StorageSettings {
    /// Mebibytes that the files of one account's requests may take; 0 for no limit.
    pub mib_per_account: Option<u64>,
}

impl StorageSettings {
    /// How much one account may store.
    pub fn limit(&self) -> AccountStorage {
        match self.mib_per_account {
            None => AccountStorage::default(),
            Some(0) => AccountStorage { bytes_at_most: None },
            Some(mib) => AccountStorage { bytes_at_most: Some(mib.saturating_mul(1 << 20)) },
        }
    }
}

/// Where a scanner listens that speaks as clamd does.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum ScannerSettings {
    /// `HOST:PORT`.
    Tcp(String),
    /// A socket of this machine.
    Unix(PathBuf),
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WebhookSettings {
    /// Whether webhooks may lead to this machine itself, without TLS too.
    pub allow_loopback: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SignInSettings {
    /// Whether the provider's people have to have a second factor.
    pub second_factor: bool,
    /// Whether identity providers may run on this machine itself, without TLS too.
    pub allow_loopback_issuers: bool,
    /// Minutes without use after which a session of the provider's people ends.
    pub idle_minutes_staff: u32,
    /// And one of contacts.
    pub idle_minutes_contacts: u32,
    /// Sign-in mails to addresses of one domain within an hour, at most.
    pub mails_per_domain: usize,
    /// Keys that seal second factors at rest: the first seals, the others open what they sealed.
    pub sealing_keys: Vec<SealingKeySettings>,
}

/// A key that seals second factors.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealingKeySettings {
    /// Its name, kept with what it seals.
    pub name: String,
    /// File of its secret.
    #[serde(default)]
    pub file: Option<PathBuf>,
    /// Variable of the environment that holds it, in place of a file.
    #[serde(default)]
    pub env: Option<String>,
}

impl Default for SignInSettings {
    fn default() -> Self {
        Self {
            second_factor: true,
            allow_loopback_issuers: false,
            idle_minutes_staff: 120,
            idle_minutes_contacts: 480,
            mails_per_domain: 20,
            sealing_keys: Vec::new(),
        }
    }
}

/// A directory that keeps people by SCIM.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScimSettings {
    /// Whose people it keeps.
    pub provider: String,
    /// The account whose contacts alone it keeps.
    #[serde(default)]
    pub account: Option<String>,
    /// Domains of the addresses that it may give; needed with an account.
    #[serde(default)]
    pub domains: Vec<String>,
    /// File of the token by which it is known.
    #[serde(default)]
    pub token_file: Option<PathBuf>,
    /// Variable of the environment that holds it, in place of a file.
    #[serde(default)]
    pub token_env: Option<String>,
}

/// An identity provider that signs people in.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenIdSettings {
    /// Its name in addresses of this installation.
    pub key: String,
    /// Whose people it vouches for.
    pub provider: String,
    /// The account for whose contacts alone it vouches.
    #[serde(default)]
    pub account: Option<String>,
    /// Its address, as its tokens write it.
    pub issuer: String,
    /// The name of this installation there.
    pub client_id: String,
    /// File of the secret of this installation there.
    #[serde(default)]
    pub client_secret_file: Option<PathBuf>,
    /// Variable of the environment that holds it, in place of a file.
    #[serde(default)]
    pub client_secret_env: Option<String>,
    /// What the button says.
    pub label: String,
    /// Whether the button stands where everybody signs in; it does unless the provider is an account's.
    #[serde(default)]
    pub shown: Option<bool>,
    /// Whether people of the account whom the desk does not know become its contacts.
    #[serde(default)]
    pub create_contacts: bool,
    /// Domains of the addresses that it may vouch for; needed unless it vouches for contacts of one account.
    #[serde(default)]
    pub domains: Vec<String>,
    /// Classes of proof (`acr`) that count as a second factor.
    #[serde(default)]
    pub second_factor_acr: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HttpSettings {
    /// Address to listen on.
    pub listen: String,
    /// Address under which people reach the pages; `http://` and the listening address when absent.
    pub public_url: Option<String>,
    /// Address of another host that hands files over and does nothing else.
    pub files_url: Option<String>,
    /// Addresses and networks of proxies whose `X-Forwarded-For` says where a request comes from.
    pub trusted_proxies: Vec<String>,
    /// How many requests are answered in a minute.
    pub requests_per_minute: Option<RequestRateSettings>,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:8080".to_owned(),
            public_url: None,
            files_url: None,
            trusted_proxies: Vec::new(),
            requests_per_minute: None,
        }
    }
}

impl HttpSettings {
    /// Whether people come through a proxy that was not named, so that all seem to be one. The program itself speaks no
    /// TLS, so that pages under `https://` have a proxy in front of them.
    pub fn tells_nobody_apart(&self) -> bool {
        let is_here = |host: &str| ["127.", "[::1]", "localhost"].iter().any(|here| host.starts_with(here));
        let Some(url) = &self.public_url else { return false };
        let (scheme, host) = url.split_once("://").unwrap_or(("http", url));
        let has_proxy = scheme.eq_ignore_ascii_case("https") || (is_here(&self.listen) && !is_here(host));
        self.trusted_proxies.is_empty() && has_proxy
    }
}

/// How many requests are answered in a minute, by whom they come from.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RequestRateSettings {
    /// Of one person.
    pub person: u32,
    /// From one address.
    pub address: u32,
    /// From one network.
    pub network: u32,
}

impl Default for RequestRateSettings {
    fn default() -> Self {
        let RequestRates { person, address, network } = RequestRates::default();
        Self { person, address, network }
    }
}

impl From<RequestRateSettings> for RequestRates {
    fn from(set: RequestRateSettings) -> Self {
        Self { person: set.person, address: set.address, network: set.network }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseSettings {
    /// `sqlite:FILE` or `postgres://…`.
    pub url: String,
    /// Connections to PostgreSQL at most.
    #[serde(default)]
    pub connections: Option<u32>,
    /// Pages that the embedded database may grow to at most.
    #[serde(default)]
    pub max_pages: Option<u32>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MailSettings {
    /// Letters in.
    pub inbound: Option<InboundSettings>,
    /// Letters fetched from elsewhere.
    pub fetch: Vec<FetchSettings>,
    /// Letters out; into the folder `outgoing` beside the configuration when absent.
    pub outbound: Option<OutboundSettings>,
    /// Name of this host in Message-IDs and greetings.
    pub host_name: Option<String>,
    /// Whether letters ask for answers at `mailbox+…@`, where the server that receives for the
    /// mailbox passes such addresses on.
    pub reply_addresses: bool,
    /// Addresses from which telephone systems send what was said to them, or `@domains` of them.
    pub telephone_systems: Vec<String>,
    /// Letters that go by themselves to one stranger within a day, at most.
    pub strangers_per_address: Option<u64>,
    /// Letters that go by themselves to all strangers of one domain within a day, at most.
    pub strangers_per_domain: Option<u64>,
    /// Letters that go by themselves to all strangers of the installation within a day, at most.
    pub strangers_in_all: Option<u64>,
    /// Requests that one person opens by letter within an hour and is written to about by itself, at most.
    pub requests_per_person: Option<u64>,
}

impl MailSettings {
    /// How the desk behaves by mail.
    pub fn rules(&self) -> PostRules {
        let usual = PostRules::default();
        PostRules {
            strangers_per_address: self.strangers_per_address.unwrap_or(usual.strangers_per_address),
            strangers_per_domain: self.strangers_per_domain.unwrap_or(usual.strangers_per_domain),
            strangers_in_all: self.strangers_in_all.unwrap_or(usual.strangers_in_all),
            requests_per_person: self.requests_per_person.unwrap_or(usual.requests_per_person),
            reply_addresses: self.reply_addresses,
            telephone_systems: self.telephone_systems.clone(),
        }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InboundSettings {
    /// Address to listen on; SMTP and LMTP are told apart by the greeting.
    pub listen: String,
    /// Largest letter taken, in mebibytes.
    #[serde(default = "default_size_limit_mib")]
    pub size_limit_mib: usize,
    /// Servers that have checked the From of what they hand over.
    #[serde(default)]
    pub trusted: Vec<IpAddr>,
    /// The name under which the server that hands over from there, or from this machine, writes
    /// `Authentication-Results`: then its word alone says whose From is believed.
    #[serde(default)]
    pub checked_by: Option<String>,
    /// Whether the From of what others hand over is checked here, by SPF, DKIM and DMARC.
    #[serde(default = "yes")]
    pub check_senders: bool,
    /// File of the certificate chain with which STARTTLS is offered (PEM).
    #[serde(default)]
    pub certificate_file: Option<PathBuf>,
    /// File of its key (PEM).
    #[serde(default)]
    pub key_file: Option<PathBuf>,
}

fn yes() -> bool {
    true
}

/// Room for thirty megabytes of files, which a letter carries as forty-one.
pub const DEFAULT_SIZE_LIMIT_MIB: usize = 64;

fn default_size_limit_mib() -> usize {
    DEFAULT_SIZE_LIMIT_MIB
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
#[expect(clippy::large_enum_variant, reason = "there is one of them")]
pub enum OutboundSettings {
    /// Into a folder.
    Maildir { maildir: PathBuf },
    /// To a mail server.
    Smtp {
        host: String,
        port: u16,
        /// `required`, `opportunistic` or `none`.
        #[serde(default)]
        encryption: Encryption,
        #[serde(default)]
        user: Option<String>,
        /// File that holds the password.
        #[serde(default)]
        password_file: Option<PathBuf>,
        /// Where access tokens come from, in place of a password.
        #[serde(default)]
        oauth: Option<OauthSettings>,
        /// File of authorities to trust beside the usual ones (PEM).
        #[serde(default)]
        authorities_file: Option<PathBuf>,
        /// Keys with which letters are signed (DKIM).
        #[serde(default)]
        dkim: Vec<DkimSettings>,
    },
}

/// Letters fetched from elsewhere, for a mailbox of a provider.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FetchSettings {
    /// The mailbox of the provider.
    pub mailbox: String,
    /// A maildir of this machine, whose letters a server has checked.
    #[serde(default)]
    pub maildir: Option<PathBuf>,
    /// An mbox of this machine, whose letters a server has checked.
    #[serde(default)]
    pub mbox: Option<PathBuf>,
    /// Host of an IMAP server.
    #[serde(default)]
    pub host: Option<String>,
    /// Its port; 993 when absent.
    #[serde(default)]
    pub port: Option<u16>,
    /// `implicit` (the default), `start_tls` or `none`.
    #[serde(default)]
    pub encryption: FetchEncryption,
    /// Name to sign in with; the mailbox when absent.
    #[serde(default)]
    pub user: Option<String>,
    /// File of the password.
    #[serde(default)]
    pub password_file: Option<PathBuf>,
    /// Where access tokens come from, in place of a password.
    #[serde(default)]
    pub oauth: Option<OauthSettings>,
    /// File of authorities to trust beside the usual ones (PEM).
    #[serde(default)]
    pub authorities_file: Option<PathBuf>,
    /// File of the certificate to show to a server that asks for one (PEM), and of its key.
    #[serde(default)]
    pub certificate_file: Option<PathBuf>,
    /// Its key (PEM).
    #[serde(default)]
    pub certificate_key_file: Option<PathBuf>,
    /// The folder that is read.
    #[serde(default = "inbox")]
    pub folder: String,
    /// Where taken letters go; they stay, marked, when absent.
    #[serde(default)]
    pub move_to: Option<String>,
    /// Whether taken letters are removed.
    #[serde(default)]
    pub delete: bool,
    /// The name under which that server writes `Authentication-Results`: then its word alone says whose From is
    /// believed. Without it nobody's is, but in folders of this machine.
    #[serde(default)]
    pub checked_by: Option<String>,
}

impl FetchSettings {
    /// The port of its server.
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(match self.encryption {
            FetchEncryption::Implicit => 993,
            FetchEncryption::StartTls | FetchEncryption::None => 143,
        })
    }
}

fn inbox() -> String {
    "INBOX".to_owned()
}

/// Whether the way to an IMAP server is encrypted.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FetchEncryption {
    /// From the first byte.
    #[default]
    Implicit,
    /// By STARTTLS.
    StartTls,
    /// Never; for a server on this machine.
    None,
}

/// Where access tokens of OAuth 2 come from.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OauthSettings {
    /// Token endpoint.
    pub endpoint: String,
    /// Name of this client.
    pub client: String,
    /// File of its secret.
    #[serde(default)]
    pub secret_file: Option<PathBuf>,
    /// File of the refresh token that the owner of the mailbox granted.
    #[serde(default)]
    pub refresh_token_file: Option<PathBuf>,
    /// What is asked for.
    #[serde(default)]
    pub scope: Option<String>,
}

impl OauthSettings {
    fn place_in(&mut self, folder: &Path) {
        for file in self.secret_file.iter_mut().chain(&mut self.refresh_token_file) {
            *file = folder.join(&*file);
        }
    }
}

/// A key of a domain.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DkimSettings {
    /// The domain of the mailboxes.
    pub domain: String,
    /// Under which selector its record stands.
    pub selector: String,
    /// File of the RSA key (PEM).
    pub key_file: PathBuf,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encryption {
    /// No letter leaves unencrypted.
    #[default]
    Required,
    /// Encrypted from the first byte, as on port 465.
    Implicit,
    /// Encrypted where the server offers it.
    Opportunistic,
    /// Never; for a server on this machine.
    None,
}

impl Config {
    /// Reads a configuration file; paths in it are relative to its folder.
    pub fn read(path: &Path) -> Result<Self, VerbFailure> {
        let shown = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|source| VerbFailure::File {
            attempt: "reading",
            path: shown.clone(),
            source,
        })?;
        let mut config: Self = toml_edit::de::from_str(&text)
            .map_err(|error| VerbFailure::Content { path: shown, problem: error.to_string() })?;
        let folder = path.parent().unwrap_or(Path::new("."));
        config.place_in(folder);
        Ok(config)
    }

    /// Finds every path from a folder; one written in full stays.
    fn place_in(&mut self, folder: &Path) {
        for file in self.agreements.iter_mut().chain(&mut self.load) {
            *file = folder.join(&*file);
        }
        self.checkpoints.key_file = folder.join(&self.checkpoints.key_file);
        self.checkpoints.file = folder.join(&self.checkpoints.file);
        self.privacy.erasures_file = folder.join(&self.privacy.erasures_file);
        if let Some(ScannerSettings::Unix(path)) = &mut self.scanner {
            *path = folder.join(&*path);
        }
        if let Some(file) = self.database.url.strip_prefix("sqlite:") {
            self.database.url = format!("sqlite:{}", folder.join(file).display());
        }
        if let Some((before, file)) = self.database.url.split_once("sslrootcert=")
            && !["/", "%2F", "%2f", "'", "system"].iter().any(|whole| file.starts_with(whole))
        {
            self.database.url = format!("{before}sslrootcert={}", folder.join(file).display());
        }
        for secret in self.openid.iter_mut().filter_map(|known| known.client_secret_file.as_mut()) {
            *secret = folder.join(&*secret);
        }
        for key in self.sign_in.sealing_keys.iter_mut().filter_map(|known| known.file.as_mut()) {
            *key = folder.join(&*key);
        }
        for token in self.scim.iter_mut().filter_map(|known| known.token_file.as_mut()) {
            *token = folder.join(&*token);
        }
        match &mut self.mail.outbound {
            Some(OutboundSettings::Maildir { maildir }) => *maildir = folder.join(&*maildir),
            Some(OutboundSettings::Smtp { password_file, authorities_file, oauth, dkim, .. }) => {
                let keys = dkim.iter_mut().map(|key| &mut key.key_file);
                for file in password_file.iter_mut().chain(authorities_file).chain(keys) {
                    *file = folder.join(&*file);
                }
                if let Some(oauth) = oauth {
                    oauth.place_in(folder);
                }
            }
            None => {}
        }
        for fetch in &mut self.mail.fetch {
            let places = [
                &mut fetch.maildir,
                &mut fetch.mbox,
                &mut fetch.password_file,
                &mut fetch.authorities_file,
                &mut fetch.certificate_file,
                &mut fetch.certificate_key_file,
            ];
            for place in places.into_iter().flatten() {
                *place = folder.join(&*place);
            }
            if let Some(oauth) = &mut fetch.oauth {
                oauth.place_in(folder);
            }
        }
        if let Some(inbound) = &mut self.mail.inbound {
            for file in inbound.certificate_file.iter_mut().chain(&mut inbound.key_file) {
                *file = folder.join(&*file);
            }
        }
        self.outgoing = folder.join("outgoing");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placed(text: &str) -> Config {
        let mut config: Config = toml_edit::de::from_str(text).expect("a configuration");
        config.place_in(Path::new("/etc/desk"));
        config
    }

    #[test]
    fn the_room_of_an_account_is_set_in_mebibytes() {
        let limit = |set: &str| {
            placed(&format!("[database]\nurl = \"sqlite:desk.sqlite\"\n{set}")).storage.limit().bytes_at_most
        };
        assert_eq!(limit(""), Some(20 << 30));
        assert_eq!(limit("[storage]\nmib_per_account = 3"), Some(3 << 20));
        assert_eq!(limit("[storage]\nmib_per_account = 0"), None, "no limit");
    }

    #[test]
    fn a_proxy_that_was_not_named_is_noticed_wherever_it_stands() {
        let is_told = |http: &str| {
            let text = format!("[database]\nurl = \"sqlite:desk.sqlite\"\n[http]\n{http}");
            placed(&text).http.tells_nobody_apart()
        };
        for (http, told) in [
            ("public_url = \"https://desk.example\"", true),
            ("listen = \"10.0.0.5:8080\"\npublic_url = \"https://desk.example\"", true),
            ("public_url = \"http://desk.example\"", true),
            ("public_url = \"https://localhost\"", true),
            ("listen = \"10.0.0.5:8080\"\npublic_url = \"http://10.0.0.5:8080\"", false),
            ("public_url = \"http://localhost:8080\"", false),
            ("listen = \"127.0.0.1:8080\"", false),
            ("public_url = \"https://desk.example\"\ntrusted_proxies = [\"10.0.0.0/8\"]", false),
        ] {
            assert_eq!(is_told(http), told, "{http}");
        }
    }

    #[test]
    fn an_authority_beside_a_configuration_named_alone_is_found_there() {
        let text = "[database]\nurl = \"postgres://desk@db.example/desk?sslrootcert=ca.pem\"";
        let mut config: Config = toml_edit::de::from_str(text).unwrap();
        config.place_in(Path::new(""));
        assert_eq!(config.database.url, "postgres://desk@db.example/desk?sslrootcert=ca.pem");
    }

    #[test]
    fn every_path_is_found_from_the_folder_of_the_file() {
        let config = placed(
            "agreements = [\"a.md\"]\nload = [\"/srv/b.toml\"]\n[database]\nurl = \"sqlite:desk.sqlite\"\n\
             [mail.outbound]\nmaildir = \"out\"",
        );
        assert_eq!(config.agreements, [Path::new("/etc/desk/a.md")]);
        assert_eq!(config.load, [Path::new("/srv/b.toml")]);
        assert_eq!(config.database.url, "sqlite:/etc/desk/desk.sqlite");
        assert!(matches!(config.mail.outbound, Some(OutboundSettings::Maildir { maildir })
            if maildir == Path::new("/etc/desk/out")));
        assert_eq!(config.outgoing, Path::new("/etc/desk/outgoing"));

        let config = placed(
            "[database]\nurl = \"sqlite:/var/desk.sqlite\"\n[mail.outbound]\nhost = \"h.example\"\nport = 25\n\
             user = \"u\"\npassword_file = \"secret\"",
        );
        assert_eq!(config.database.url, "sqlite:/var/desk.sqlite");
        assert!(
            matches!(config.mail.outbound, Some(OutboundSettings::Smtp { password_file: Some(file), .. })
            if file == Path::new("/etc/desk/secret"))
        );

        for (url, placed_url) in [
            ("postgres://desk@127.0.0.1:5432/desk", "postgres://desk@127.0.0.1:5432/desk"),
            (
                "postgres://db.example/desk?sslrootcert=ca.pem",
                "postgres://db.example/desk?sslrootcert=/etc/desk/ca.pem",
            ),
            (
                "host=db.example sslrootcert=ca.pem user=desk",
                "host=db.example sslrootcert=/etc/desk/ca.pem user=desk",
            ),
            ("host=db.example sslrootcert=/etc/ca.pem", "host=db.example sslrootcert=/etc/ca.pem"),
            ("host=db.example sslrootcert=system", "host=db.example sslrootcert=system"),
        ] {
            assert_eq!(placed(&format!("[database]\nurl = \"{url}\"")).database.url, placed_url);
        }
    }
}
