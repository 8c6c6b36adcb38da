//! Certificates for the listener, and trust for connections to others.

use std::sync::Arc;

use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore, ServerConfig};

use crate::certificate::Certificate;

/// The certificate and the key of a listener.
#[derive(Clone)]
pub struct ListenTls(pub(crate) Arc<ServerConfig>);

impl PartialEq for ListenTls {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for ListenTls {}

impl std::fmt::Debug for ListenTls {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str("ListenTls(..)")
    }
}

impl ListenTls {
    /// Reads a chain of certificates, the own one first, and its key, as PEM.
    ///
    /// # Errors
    /// When they cannot be read, or do not belong together.
    pub fn from_pem(certificates: &[u8], key: &[u8]) -> Result<Self, String> {
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(certificates)
            .collect::<Result<_, _>>()
            .map_err(|wrong| format!("the certificates cannot be read: {wrong}"))?;
        if chain.is_empty() {
            return Err("there is no certificate in the file".to_owned());
        }
        let key =
            PrivateKeyDer::from_pem_slice(key).map_err(|wrong| format!("the key cannot be read: {wrong}"))?;
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|wrong| wrong.to_string())?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(|wrong| format!("the certificate and the key do not fit: {wrong}"))?;
        Ok(ListenTls(Arc::new(config)))
    }
}

/// The certificate by which this side shows who it is, and its key.
#[derive(Clone)]
pub struct ClientCertificate {
    chain: Vec<CertificateDer<'static>>,
    key: Arc<PrivateKeyDer<'static>>,
}

impl std::fmt::Debug for ClientCertificate {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str("ClientCertificate(..)")
    }
}

impl ClientCertificate {
    /// Reads a chain of certificates, the own one first, and its key, as PEM.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn from_pem(certificates: &[u8], key: &[u8]) -> Result<Self, String> {
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(certificates)
            .collect::<Result<_, _>>()
            .map_err(|wrong| format!("the client certificate cannot be read: {wrong}"))?;
        if chain.is_empty() {
            return Err("there is no client certificate in the file".to_owned());
        }
        let key = PrivateKeyDer::from_pem_slice(key)
            .map_err(|wrong| format!("the key of the client certificate cannot be read: {wrong}"))?;
        Ok(Self { chain, key: Arc::new(key) })
    }
}

/// From and until when all certificates of a chain hold (PEM), in seconds since 1970 in UTC.
///
/// # Errors
/// When there is none, or one cannot be read.
pub fn hold_together(certificates: &[u8]) -> Result<(i64, i64), String> {
    let mut held: Option<(i64, i64)> = None;
    for der in CertificateDer::pem_slice_iter(certificates) {
        let read = der.map_err(|wrong| wrong.to_string())?;
        let (from, until) = Certificate::read(&read).ok_or("it is no certificate")?.valid;
        held = Some(held.map_or((from, until), |held| (held.0.max(from), held.1.min(until))));
    }
    held.ok_or_else(|| "there is no certificate in the file".to_owned())
}

/// Trust in the usual authorities, and in those of a PEM file besides.
///
/// `own` is shown to servers that ask who comes.
///
/// # Errors
/// When the file cannot be read as certificates, or the own certificate does not fit its key.
pub(crate) fn trusting(
    more: Option<&[u8]>,
    own: Option<&ClientCertificate>,
) -> Result<Arc<ClientConfig>, String> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    if let Some(pem) = more {
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let certificate =
                certificate.map_err(|wrong| format!("the authorities cannot be read: {wrong}"))?;
            roots.add(certificate).map_err(|wrong| format!("the authorities cannot be used: {wrong}"))?;
        }
    }
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|wrong| wrong.to_string())?
        .with_root_certificates(roots);
    let config = match own {
        None => config.with_no_client_auth(),
        Some(own) => config
            .with_client_auth_cert(own.chain.clone(), own.key.clone_key())
            .map_err(|wrong| format!("the client certificate and its key do not fit: {wrong}"))?,
    };
    Ok(Arc::new(config))
}

#[cfg(test)]
mod tests {
    use super::hold_together;

    #[test]
    fn a_chain_holds_while_all_of_it_does() {
        let made = |from: i32, until: i32| {
            let key = rcgen::KeyPair::generate().expect("a key");
            let mut parameters = rcgen::CertificateParams::new(Vec::new()).expect("parameters");
            parameters.not_before = rcgen::date_time_ymd(from, 1, 1);
            parameters.not_after = rcgen::date_time_ymd(until, 1, 1);
            parameters.self_signed(&key).expect("a certificate").pem()
        };
        let chain = format!("{}{}", made(2020, 2048), made(2021, 2055));
        // 2021-01-01 and 2048-01-01, counted elsewhere.
        assert_eq!(hold_together(chain.as_bytes()), Ok((1_609_459_200, 2_461_449_600)));
        assert!(hold_together(b"").is_err() && hold_together(b"-----BEGIN CERTIFICATE-----\n").is_err());
    }
}
