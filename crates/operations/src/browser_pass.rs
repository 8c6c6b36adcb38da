use crate::environment::{Environment, random_bytes};
use crate::error::Failure;
use crate::key_ring::Signed;
use crate::signed_link::SignedLink;
use data_encoding::HEXLOWER;
use desk::Person;
use serde::{Deserialize, Serialize};

/// What a browser keeps of whoever came in by it. It lets nobody in: passwords that are tried there are counted apart,
/// so that whoever guesses elsewhere does not keep its owner out.
///
/// Source: OWASP, Slow Down Online Guessing Attacks with Device Cookies.
const PASS: SignedLink = SignedLink { by: Signed::BrowserPasses, missing: "browser" };

/// Seconds that a browser is known without anybody coming in by it: half a year.
pub const PASS_SECONDS: i64 = Signed::BrowserPasses.life_seconds();

#[derive(Debug, Serialize, Deserialize)]
struct Browser {
    browser: String,
}

/// A new pass, for the browser by which somebody has just come in.
pub(crate) async fn browser_pass(environment: &Environment, person: &Person) -> Result<String, Failure> {
    let browser = Browser { browser: HEXLOWER.encode(&random_bytes::<16>()) };
    PASS.sign(environment, &person.provider, person.id, browser).await
}

/// The browser of a pass, when somebody with this address came in by it.
pub(crate) async fn browser_of(
    environment: &Environment,
    pass: &str,
    address: &str,
) -> Result<Option<String>, Failure> {
    if pass.is_empty() {
        return Ok(None);
    }
    match PASS.follow::<Browser>(environment, pass).await {
        Ok((viewer, known)) => Ok(Some(known.browser).filter(|_| viewer.person.email == address)),
        Err(Failure::NotFound { .. }) => Ok(None),
        Err(failure) => Err(failure),
    }
}
