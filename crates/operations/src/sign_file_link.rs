//! Links to files on a host of their own, where no cookie counts: signed, for a minute, for one person and one file.

use crate::environment::{Environment, random_bytes};
use crate::error::Failure;
use crate::sign_in::viewer;
use crate::view_ticket::{FileView, read_file};
use crate::viewer::{Via, Viewer};
use aws_lc_rs::hmac;
use calendar::Instant;
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use desk::{FileId, PersonId, ProviderId};
use serde::{Deserialize, Serialize};
use store::StoreError;

/// For how long a link leads to its file.
const LINK_SECONDS: i64 = 60;
/// Under which name the store keeps the secret that signs.
const KEY: &str = "file-link-key";
/// Bytes of a signature.
const SIGNATURE_BYTES: usize = 32;

/// What a link says, and what is signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Claim {
    provider: ProviderId,
    person: PersonId,
    number: String,
    file: FileId,
    until: Instant,
}

/// The last part of a link by which one person gets one file of a request for a minute. Nothing is handed on by
/// this: whether they may have it is looked at when the link is followed.
///
/// # Errors
/// When the store fails.
pub async fn sign_file_link(
    environment: &Environment,
    viewer: &Viewer,
    number: &str,
    file: FileId,
) -> Result<String, Failure> {
    let claim = Claim {
        provider: viewer.provider.id.clone(),
        person: viewer.person.id,
        number: number.to_owned(),
        file,
        until: environment.now().plus_seconds(LINK_SECONDS),
    };
    let mut bytes = serde_json::to_vec(&claim).expect("a claim is plain data");
    let signature = hmac::sign(&key(environment).await?, &bytes);
    bytes.extend_from_slice(signature.as_ref());
    Ok(BASE64URL_NOPAD.encode(&bytes))
}

/// The file that a link leads to, for the person it was made for, by the rights that they have now.
///
/// # Errors
/// - the link is none, is over, or was changed; the file is not theirs any more: [`Failure::NotFound`] for all of it;
/// - the file is held: [`Failure::Invalid`];
/// - the store fails.
pub async fn follow_file_link(
    environment: &Environment,
    link: &str,
) -> Result<(Viewer, String, FileView, Vec<u8>), Failure> {
    let missing = || Failure::NotFound { what: "file" };
    let bytes = BASE64URL_NOPAD.decode(link.as_bytes()).map_err(|_| missing())?;
    let place = bytes.len().checked_sub(SIGNATURE_BYTES).ok_or_else(missing)?;
    let (said, signature) = bytes.split_at(place);
    hmac::verify(&key(environment).await?, said, signature).map_err(|_| missing())?;
    let claim: Claim = serde_json::from_slice(said).map_err(|_| missing())?;
    if claim.until < environment.now() {
        return Err(missing());
    }
    let viewer = match viewer(environment, &claim.provider, claim.person, Via::Session).await {
        Err(Failure::NotSignedIn) => return Err(missing()),
        viewer => viewer?,
    };
    let (shown, bytes) = read_file(environment, &viewer, &claim.number, claim.file).await?;
    Ok((viewer, claim.number, shown, bytes))
}

async fn key(environment: &Environment) -> Result<hmac::Key, Failure> {
    let fresh = HEXLOWER.encode(&random_bytes::<32>());
    let kept = environment.store.setting_or_put(KEY, &fresh).await?;
    let secret = HEXLOWER
        .decode(kept.as_bytes())
        .map_err(|_| StoreError::Corrupt { what: "the key of links to files".to_owned() })?;
    Ok(hmac::Key::new(hmac::HMAC_SHA256, &secret))
}
