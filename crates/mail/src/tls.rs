//! Certificates for the listener, and trust for connections to others.

use std::sync::Arc;

use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore, ServerConfig};

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
