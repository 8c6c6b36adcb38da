use crate::args::UserVerb;
use crate::config::Config;
use crate::failure::{Outcome, VerbFailure};
use crate::print::line;
use crate::{serve, wire};
use operations::{LINK_SECONDS, Scope, issue_token};
use store::Purpose;

const TOKEN_SECONDS: i64 = 90 * 24 * 3600;

/// Makes a sign-in link or an API token for everybody who has an address.
pub fn run(verb: UserVerb) -> Result<Outcome, VerbFailure> {
    let (config, address) = match &verb {
        UserVerb::Link { config, address } | UserVerb::Token { config, address, .. } => (config, address),
    };
    let config = Config::read(config)?;
    wire::runtime()?.block_on(async {
        let environment = serve::environment(&config).await?;
        let people = environment.store.people_by_email(&address.to_lowercase()).await?;
        if people.is_empty() {
            eprintln!("entente: nobody has the address {address}");
            return Ok(Outcome::No);
        }
        for person in people {
            let (purpose, scopes, seconds): (_, &[Scope], _) = match verb {
                UserVerb::Link { .. } => (Purpose::Link, &[], LINK_SECONDS),
                UserVerb::Token { read_only: true, .. } => (Purpose::ApiToken, &[Scope::Read], TOKEN_SECONDS),
                UserVerb::Token { .. } => (Purpose::ApiToken, &[Scope::Read, Scope::Write], TOKEN_SECONDS),
            };
            let expires_at = Some(environment.now().plus_seconds(seconds));
            let secret = issue_token(&environment, &person, purpose, scopes, expires_at).await?;
            match verb {
                UserVerb::Link { .. } => {
                    line!("{}/entrer/{}", environment.installation.public_url, secret.token)
                }
                UserVerb::Token { .. } => line!("{}", secret.token),
            }
        }
        Ok(Outcome::Done)
    })
}
