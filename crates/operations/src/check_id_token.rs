//! Whether a token of an identity provider says who somebody is.
//!
//! Source: OpenID Connect Core 1.0, section 3.1.3.7; RFC 7515, RFC 7517, RFC 7518, RFC 8037.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use calendar::Instant;
use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;

/// What a token has to be for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expected<'a> {
    pub(crate) issuer: &'a str,
    pub(crate) client: &'a str,
    pub(crate) nonce: &'a str,
    pub(crate) now: Instant,
}

/// What a token that holds says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    /// Who, for ever, at this issuer.
    pub(crate) subject: String,
    /// The address, where the issuer says that it was proven to be theirs.
    pub(crate) email: Option<String>,
    pub(crate) name: Option<String>,
    /// How they proved who they are (RFC 8176).
    pub(crate) methods: Vec<String>,
    /// The class of the proof, by a name of the issuer's.
    pub(crate) class: Option<String>,
    /// When they proved it, where the issuer says so.
    pub(crate) proved_at: Option<Instant>,
}

/// Why a token does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum TokenFault {
    #[error("it is no signed token: {0}")]
    Form(&'static str),
    #[error("no key of the issuer fits")]
    Key,
    #[error("the signature is not the issuer's")]
    Signature,
    #[error("{0} is not what was asked for")]
    Claim(&'static str),
}

/// A key as an issuer publishes it (RFC 7517).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct PublishedKey {
    kty: String,
    #[serde(default)]
    pub(crate) kid: Option<String>,
    #[serde(default, rename = "use")]
    purpose: Option<String>,
    #[serde(default)]
    alg: Option<String>,
    #[serde(default)]
    crv: Option<String>,
    #[serde(default)]
    n: Option<String>,
    #[serde(default)]
    e: Option<String>,
    #[serde(default)]
    x: Option<String>,
    #[serde(default)]
    y: Option<String>,
}

/// The keys of an issuer.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct PublishedKeys {
    keys: Vec<Value>,
}

impl PublishedKeys {
    /// Those that are understood; others are for others.
    pub(crate) fn understood(self) -> Vec<PublishedKey> {
        self.keys.into_iter().take(64).filter_map(|key| serde_json::from_value(key).ok()).collect()
    }
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(default)]
    kid: Option<String>,
    #[serde(default)]
    typ: Option<String>,
    #[serde(default)]
    crit: Option<Value>,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Value,
    exp: f64,
    iat: f64,
    #[serde(default)]
    nbf: Option<f64>,
    #[serde(default)]
    nonce: Option<String>,
    #[serde(default)]
    azp: Option<String>,
    #[serde(default)]
    email: Option<String>,
    // Only the word `true` counts: what else is said of an address proves nothing.
    #[serde(default)]
    email_verified: Option<Value>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    amr: Option<Vec<String>>,
    #[serde(default)]
    acr: Option<String>,
    #[serde(default)]
    auth_time: Option<f64>,
}

/// Seconds by which two clocks may differ.
const SKEW_SECONDS: f64 = 60.0;
/// Seconds that a token may have been under way.
const AGE_SECONDS: f64 = 600.0;
/// Bytes of a token at most.
const TOKEN_BYTES: usize = 32 * 1024;

/// Name of the key that a token says it is signed by, before anything of it is believed.
pub(crate) fn key_name(token: &str) -> Result<Option<String>, TokenFault> {
    let (header, ..) = parts(token)?;
    Ok(header.kid)
}

/// Checks a token to the last claim.
pub(crate) fn check_id_token(
    token: &str,
    keys: &[PublishedKey],
    expected: &Expected<'_>,
) -> Result<Identity, TokenFault> {
    let (header, signed, claims, signature) = parts(token)?;
    // The kind of signature is ours to choose: none at all, and none by a shared key, is among them.
    let kind = match header.alg.as_str() {
        "RS256" => "RSA",
        "ES256" => "EC",
        "EdDSA" => "OKP",
        _ => return Err(TokenFault::Form("its kind of signature is not taken")),
    };
    let fits = |key: &&PublishedKey| {
        key.kty == kind
            && key.purpose.as_deref().is_none_or(|purpose| purpose == "sig")
            && key.alg.as_deref().is_none_or(|alg| alg == header.alg)
            && (header.kid.is_none() || key.kid == header.kid)
    };
    let mut fitting = keys.iter().filter(fits);
    let (Some(key), None) = (fitting.next(), fitting.next()) else { return Err(TokenFault::Key) };
    verify(key, &header.alg, signed, &signature)?;
    let claims: Claims =
        serde_json::from_slice(&claims).map_err(|_| TokenFault::Form("its claims cannot be read"))?;
    check_claims(&claims, expected)?;
    let is_verified = claims.email_verified == Some(Value::Bool(true));
    Ok(Identity {
        subject: claims.sub,
        email: claims.email.filter(|_| is_verified).map(|email| email.trim().to_lowercase()),
        name: claims.name,
        methods: claims.amr.unwrap_or_default(),
        class: claims.acr,
        proved_at: claims.auth_time.and_then(instant).map(|at| at.min(expected.now)),
    })
}

/// An instant of whole seconds since 1970; none where it is no sound one.
fn instant(seconds: f64) -> Option<Instant> {
    const LATEST: f64 = 4_102_444_800.0;
    #[expect(clippy::cast_possible_truncation, reason = "it lies between 1970 and 2100")]
    (0.0..LATEST).contains(&seconds).then(|| Instant::from_milliseconds(seconds as i64 * 1000))
}

fn check_claims(claims: &Claims, expected: &Expected<'_>) -> Result<(), TokenFault> {
    let wrong = |claim| Err(TokenFault::Claim(claim));
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of our time are exact in 53 bits")]
    let now = expected.now.milliseconds() as f64 / 1000.0;
    if claims.iss != expected.issuer {
        return wrong("iss");
    }
    if claims.sub.is_empty() || claims.sub.len() > 255 {
        return wrong("sub");
    }
    let is_client = |value: &Value| value.as_str() == Some(expected.client);
    match &claims.aud {
        Value::String(_) if is_client(&claims.aud) => {}
        Value::Array(all) if all.iter().any(is_client) => {
            // A token for several says for whom it was made.
            if all.len() > 1 && claims.azp.is_none() {
                return wrong("azp");
            }
        }
        _ => return wrong("aud"),
    }
    if claims.azp.as_deref().is_some_and(|party| party != expected.client) {
        return wrong("azp");
    }
    if !claims.exp.is_finite() || now >= claims.exp + SKEW_SECONDS {
        return wrong("exp");
    }
    if !claims.iat.is_finite() || (now - claims.iat).abs() > AGE_SECONDS {
        return wrong("iat");
    }
    if claims.nbf.is_some_and(|nbf| !nbf.is_finite() || now + SKEW_SECONDS < nbf) {
        return wrong("nbf");
    }
    if claims.nonce.as_deref() != Some(expected.nonce) {
        return wrong("nonce");
    }
    Ok(())
}

type Parts<'a> = (Header, &'a str, Vec<u8>, Vec<u8>);

fn parts(token: &str) -> Result<Parts<'_>, TokenFault> {
    let wrong = TokenFault::Form;
    if token.len() > TOKEN_BYTES {
        return Err(wrong("it is too long"));
    }
    let (signed, signature) = token.rsplit_once('.').ok_or(wrong("it has no parts"))?;
    let (header, claims) = signed.split_once('.').ok_or(wrong("it has two parts"))?;
    let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| wrong("a part is not base64url"));
    let header: Header =
        serde_json::from_slice(&decode(header)?).map_err(|_| wrong("its head cannot be read"))?;
    if header.crit.is_some() {
        return Err(wrong("it asks for more than is understood"));
    }
    if header.typ.as_deref().is_some_and(|kind| !kind.eq_ignore_ascii_case("JWT")) {
        return Err(wrong("it is of another type"));
    }
    Ok((header, signed, decode(claims)?, decode(signature)?))
}

fn verify(key: &PublishedKey, alg: &str, signed: &str, signature: &[u8]) -> Result<(), TokenFault> {
    let bytes = |field: &Option<String>| {
        let text = field.as_deref().ok_or(TokenFault::Key)?;
        URL_SAFE_NO_PAD.decode(text).map_err(|_| TokenFault::Key)
    };
    let signed = signed.as_bytes();
    let held = match alg {
        "RS256" => {
            let (modulus, exponent) = (bytes(&key.n)?, bytes(&key.e)?);
            let start = modulus.iter().take_while(|byte| **byte == 0).count();
            let components = RsaPublicKeyComponents { n: &modulus[start..], e: &exponent[..] };
            components.verify(&RSA_PKCS1_2048_8192_SHA256, signed, signature)
        }
        "ES256" => {
            let (x, y) = (bytes(&key.x)?, bytes(&key.y)?);
            if key.crv.as_deref() != Some("P-256") || x.len() != 32 || y.len() != 32 {
                return Err(TokenFault::Key);
            }
            let point = [&[4][..], &x, &y].concat();
            UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(signed, signature)
        }
        _ => {
            if key.crv.as_deref() != Some("Ed25519") {
                return Err(TokenFault::Key);
            }
            UnparsedPublicKey::new(&ED25519, bytes(&key.x)?).verify(signed, signature)
        }
    };
    held.map_err(|_| TokenFault::Signature)
}

#[cfg(test)]
mod tests {
    use super::{Expected, TokenFault, check_id_token, key_name};
    use calendar::Instant;

    #[test]
    fn what_is_no_token_is_refused_whatever_it_holds() {
        let expected = Expected {
            issuer: "https://id.example",
            client: "desk",
            nonce: "n",
            now: Instant::from_milliseconds(0),
        };
        for token in
            ["", ".", "..", "a.b", "e30.e30.", "e30.e30.e30", "eyJhbGciOiJub25lIn0.e30.", "é.e30.e30"]
        {
            assert!(matches!(check_id_token(token, &[], &expected), Err(TokenFault::Form(_))), "{token}");
        }
        // {"alg":"RS256","alg":"none"}: a name that stands twice is understood by nobody twice alike.
        let twice = "eyJhbGciOiJSUzI1NiIsImFsZyI6Im5vbmUifQ.e30.e30";
        assert!(matches!(key_name(twice), Err(TokenFault::Form(_))));
    }

    #[test]
    fn garbled_tokens_are_read_in_peace() {
        let seeds: [&[u8]; 3] = [
            b"eyJhbGciOiJSUzI1NiIsImtpZCI6ImEifQ.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUifQ.c2ln",
            b"eyJhbGciOiJub25lIn0.e30.",
            b"a.b.c",
        ];
        let words = [".", "..", "eyJ", "e30", "=", "eyJhbGciOiJub25lIn0", "-_", "%2E"];
        harness::fuzz("id_token", &seeds, &words, |bytes| {
            let text = String::from_utf8_lossy(bytes);
            let _ = super::key_name(&text);
            let _ = super::parts(&text);
        });
    }
}
