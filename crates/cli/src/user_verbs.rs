use crate::args::UserVerb;
use crate::config::Config;
use crate::failure::{Outcome, VerbFailure};
use crate::print::line;
use crate::{serve, wire};
use operations::{LINK_SECONDS, Scope, issue_token_here};
use serde_json::json;
use store::Purpose;

const TOKEN_SECONDS: i64 = 90 * 24 * 3600;

/// Makes a sign-in link or an API token for everybody who has an address.
pub fn run(verb: UserVerb) -> Result<Outcome, VerbFailure> {
    let (purpose, scopes, seconds): (_, &[Scope], _) = match verb {
        UserVerb::Link { .. } => (Purpose::Link, &[], LINK_SECONDS),
        UserVerb::Token { read_only: true, .. } => (Purpose::ApiToken, &[Scope::Read], TOKEN_SECONDS),
        UserVerb::Token { .. } => (Purpose::ApiToken, &[Scope::Read, Scope::Write], TOKEN_SECONDS),
    };
    let (UserVerb::Link { config, address, json: as_data }
    | UserVerb::Token { config, address, json: as_data, .. }) = verb;
    let config = Config::read(&config)?;
    wire::runtime()?.block_on(async {
        let environment = serve::environment(&config).await?;
        let people = environment.store.people_by_email(&address.to_lowercase()).await?;
        if people.is_empty() {
            eprintln!("entente: nobody has the address {address}");
            return Ok(Outcome::No);
        }
        let mut outcome = Outcome::No;
        for person in people {
            let expires_at = environment.now().plus_seconds(seconds);
            let made = issue_token_here(&environment, &person, purpose, scopes, Some(expires_at)).await?;
            let Some(made) = made else {
                eprintln!("entente: {} has left {}", person.name, person.provider);
                continue;
            };
            outcome = Outcome::Done;
            let (kind, secret) = match purpose {
                Purpose::Link => {
                    ("link", format!("{}/entrer/{}", environment.installation.public_url, made.token))
                }
                _ => ("token", made.token),
            };
            if as_data {
                let shown = json!({
                    "provider": person.provider.as_str(),
                    "person": person.id.to_string(),
                    kind: secret,
                    "expires_at": expires_at.to_string(),
                });
                line!("{shown}");
            } else {
                line!("{secret}");
            }
        }
        Ok(outcome)
    })
}
