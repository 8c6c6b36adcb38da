use crate::config::Config;
use crate::failure::{Outcome, VerbFailure};
use crate::print::line;
use crate::{serve, wire};
use desk::{PersonId, ProviderId};
use operations::{Failure, trust_mail_keys_of};
use serde_json::json;
use std::path::Path;

/// Trusts the certificates and keys of a file: whoever runs the installation says so, and no person of the desk.
pub fn run(
    config: &Path,
    file: &Path,
    provider: &str,
    address: Option<&str>,
) -> Result<Outcome, VerbFailure> {
    let path = file.display().to_string();
    let bytes = std::fs::read(file).map_err(|source| VerbFailure::File {
        attempt: "reading",
        path: path.clone(),
        source,
    })?;
    let config = Config::read(config)?;
    wire::runtime()?.block_on(async {
        let environment = serve::environment(&config).await?;
        let provider = ProviderId(provider.to_owned());
        if environment.store.provider(&provider).await?.is_none() {
            eprintln!("entente: there is no provider {}", provider.as_str());
            return Ok(Outcome::No);
        }
        match trust_mail_keys_of(&environment, &provider, PersonId(0), &bytes, address).await {
            Ok(keys) => {
                for key in keys {
                    let shown = json!({
                        "provider": provider.as_str(),
                        "scheme": key.scheme,
                        "fingerprint": key.fingerprint,
                        "addresses": key.addresses,
                        "authority": key.is_authority,
                        "until": key.until.map(|until| until.to_string()),
                    });
                    line!("{shown}");
                }
                Ok(Outcome::Done)
            }
            Err(Failure::Store(failure)) => Err(failure.into()),
            Err(_) => {
                let problem =
                    "it holds no usable certificate or key, or none that names an address".to_owned();
                Err(VerbFailure::Content { path, problem })
            }
        }
    })
}
