//! Signing letters that leave.

use mail_auth::common::crypto::{RsaKey, Sha256};
use mail_auth::common::headers::HeaderWriter;
use mail_auth::dkim::{DkimSigner, Done};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;

/// The key with which a domain signs its letters. Source: RFC 6376.
pub struct DkimKey {
    signer: DkimSigner<RsaKey<Sha256>, Done>,
    domain: String,
}

impl std::fmt::Debug for DkimKey {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.debug_struct("DkimKey").field("domain", &self.domain).finish_non_exhaustive()
    }
}

impl DkimKey {
    /// The key of a domain under a selector: RSA, as a PKCS #8 or PKCS #1 PEM.
    ///
    /// # Errors
    /// When the PEM holds no such key.
    pub fn new(domain: &str, selector: &str, pem: &str) -> Result<Self, String> {
        let unreadable = |wrong: String| format!("the signing key of {domain} cannot be read: {wrong}");
        let der =
            PrivateKeyDer::from_pem_slice(pem.as_bytes()).map_err(|wrong| unreadable(wrong.to_string()))?;
        let key = RsaKey::<Sha256>::from_key_der(der).map_err(|wrong| unreadable(wrong.to_string()))?;
        let signer = DkimSigner::from_key(key).domain(domain).selector(selector).headers([
            "From",
            "To",
            "Subject",
            "Date",
            "Message-ID",
            "Reply-To",
            "In-Reply-To",
            "References",
            "Auto-Submitted",
            // Source: RFC 8058 section 4.
            "List-Unsubscribe",
            "List-Unsubscribe-Post",
            "MIME-Version",
            "Content-Type",
        ]);
        Ok(DkimKey { signer, domain: domain.to_owned() })
    }

    /// Whether a message is by an author of this domain.
    pub(crate) fn is_of(&self, message: &[u8]) -> bool {
        let head = &message[..message.len().min(8 * 1024)];
        let head = String::from_utf8_lossy(head).to_lowercase();
        let head = head.split("\r\n\r\n").next().unwrap_or_default().replace("\r\n ", " ");
        head.split("\r\n")
            .find(|line| line.starts_with("from:"))
            .and_then(|line| line.trim_end().trim_end_matches('>').rsplit_once('@'))
            .is_some_and(|(_, domain)| domain == self.domain.to_lowercase())
    }

    /// The message with its signature in front; as it was when it cannot be signed, since a letter
    /// without a signature is better than none.
    #[must_use]
    pub fn signed(&self, message: &[u8]) -> Vec<u8> {
        match self.signer.sign(message) {
            Ok(signature) => {
                let mut signed = signature.to_header().into_bytes();
                signed.extend_from_slice(message);
                signed
            }
            Err(wrong) => {
                tracing::warn!(%wrong, domain = self.domain, "a letter could not be signed");
                message.to_vec()
            }
        }
    }
}
