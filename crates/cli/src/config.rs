use crate::failure::VerbFailure;
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
    /// Documents to adopt at start; a version that is in force already is left as it is.
    #[serde(default)]
    pub agreements: Vec<PathBuf>,
    /// Files of providers, people and contracts to load at start.
    #[serde(default)]
    pub load: Vec<PathBuf>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HttpSettings {
    /// Address to listen on.
    pub listen: String,
    /// Address under which people reach the pages; `http://` and the listening address when absent.
    pub public_url: Option<String>,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self { listen: "127.0.0.1:8080".to_owned(), public_url: None }
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
    /// Letters out; into a folder beside the database when absent.
    pub outbound: Option<OutboundSettings>,
    /// Name of this host in Message-IDs and greetings.
    pub host_name: Option<String>,
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
}

/// Room for thirty megabytes of files, which a letter carries as forty-one.
pub const DEFAULT_SIZE_LIMIT_MIB: usize = 64;

fn default_size_limit_mib() -> usize {
    DEFAULT_SIZE_LIMIT_MIB
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
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
    },
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encryption {
    /// No letter leaves unencrypted.
    #[default]
    Required,
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
        for file in config.agreements.iter_mut().chain(&mut config.load) {
            *file = folder.join(&*file);
        }
        Ok(config)
    }
}
