//! TLS to a checked address, with the certificate of the host's name: the client library knows only the one that it connects to.

use super::client;
use crate::error::{Error, Result};
use crate::site::Sink as Config;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use std::sync::Arc;

/// # Errors
/// [`Error::Config`] where a certificate or key cannot be used.
pub(super) fn config(config: &Config, host: &str) -> Result<ClientConfig> {
    let roots = Arc::new(roots(config)?);
    let wrong =
        |found: String| Error::config(&config.place, found, "certificates that can be used", "correct the files");
    let inner = WebPkiServerVerifier::builder(Arc::clone(&roots)).build().map_err(|error| wrong(error.to_string()))?;
    let name = ServerName::try_from(host.to_string()).map_err(|error| wrong(error.to_string()))?;
    let builder = ClientConfig::builder().with_root_certificates(roots);
    let mut made = match &config.client_identity {
        None => builder.with_no_client_auth(),
        Some((certificate, key)) => {
            let no_pem = |path, which| client::no_pem(path, &config.place, which);
            let chain = CertificateDer::pem_slice_iter(&client::read(certificate, &config.place, "client_cert")?)
                .collect::<std::result::Result<Vec<_>, _>>()
                .map_err(|_| no_pem(certificate, "client_cert"))?;
            let key = PrivateKeyDer::from_pem_slice(&client::read(key, &config.place, "client_key")?)
                .map_err(|_| no_pem(key, "client_key"))?;
            builder.with_client_auth_cert(chain, key).map_err(|error| wrong(error.to_string()))?
        }
    };
    made.dangerous().set_certificate_verifier(Arc::new(OfHost { inner, name }));
    Ok(made)
}

/// `ca_cert`, else the system's.
fn roots(config: &Config) -> Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    match &config.ca_cert {
        Some(path) => {
            let pem = client::read(path, &config.place, "ca_cert")?;
            let all: Vec<_> = CertificateDer::pem_slice_iter(&pem).filter_map(std::result::Result::ok).collect();
            roots.add_parsable_certificates(all);
        }
        None => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    if roots.is_empty() {
        let place = format!("{}.ca_cert", config.place);
        return Err(Error::config(place, "no certificate of an authority", "a PEM file", "set ca_cert"));
    }
    Ok(roots)
}

/// Checks a certificate against the host that the site names, whatever address was connected to.
#[derive(Debug)]
struct OfHost {
    inner: Arc<WebPkiServerVerifier>,
    name: ServerName<'static>,
}

impl ServerCertVerifier for OfHost {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _address: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> std::result::Result<ServerCertVerified, rustls::Error> {
        self.inner.verify_server_cert(end_entity, intermediates, &self.name, ocsp, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        self.inner.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        self.inner.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}
