//! `wss://`: TLS around the connection, whom to trust, and what is wrong with a certificate in words.

use std::io;
use std::path::Path;
use std::sync::Arc;

use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};

use super::Transport;

/// Whom a client trusts.
#[derive(Debug, Clone)]
pub struct Trust {
    config: Arc<ClientConfig>,
}

impl Transport for TlsStream<TcpStream> {
    fn tcp(&self) -> &TcpStream {
        self.get_ref().0
    }
}

impl Trust {
    /// Trusts the authorities that browsers trust.
    ///
    /// # Errors
    /// In words, where TLS cannot be had at all.
    pub fn public() -> Result<Self, String> {
        let mut roots = RootCertStore::empty();
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        Self::of(roots)
    }

    /// Trusts the authorities in a PEM file, and no others.
    ///
    /// # Errors
    /// In words, where the file cannot be read or holds no certificate.
    pub fn in_file(path: &Path) -> Result<Self, String> {
        let shown = path.display();
        let pem = std::fs::read(path).map_err(|error| format!("cannot read {shown}: {error}"))?;
        Self::in_pem(&pem).map_err(|why| format!("{shown}: {why}"))
    }

    /// Trusts the authorities in PEM text, and no others.
    ///
    /// # Errors
    /// In words, where it holds no certificate, or one that is none.
    pub fn in_pem(pem: &[u8]) -> Result<Self, String> {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let certificate = certificate.map_err(|error| format!("it is no PEM: {error}"))?;
            roots.add(certificate).map_err(|error| format!("a certificate in it cannot be used: {error}"))?;
        }
        if roots.is_empty() {
            return Err("there is no certificate in it; one begins with -----BEGIN CERTIFICATE-----".into());
        }
        Self::of(roots)
    }

    /// Trusts anybody: what is sent may be read and answered by whoever stands between.
    ///
    /// # Errors
    /// In words, where TLS cannot be had at all.
    pub fn anybody() -> Result<Self, String> {
        let provider = Arc::new(ring::default_provider());
        let verifier = Arc::new(Anybody(Arc::clone(&provider)));
        let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let builder = builder.map_err(|error| error.to_string())?.dangerous();
        let config = builder.with_custom_certificate_verifier(verifier).with_no_client_auth();
        Ok(Self { config: Arc::new(config) })
    }

    fn of(roots: RootCertStore) -> Result<Self, String> {
        let provider = Arc::new(ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let builder = builder.map_err(|error| error.to_string())?;
        Ok(Self { config: Arc::new(builder.with_root_certificates(roots).with_no_client_auth()) })
    }

    /// Speaks TLS with the server of that name.
    pub(super) async fn wrap(&self, host: &str, stream: TcpStream) -> Result<TlsStream<TcpStream>, String> {
        let name = ServerName::try_from(host.to_owned());
        let name = name.map_err(|_| format!("TLS: {host:?} is no name that a certificate can be for"))?;
        let connector = TlsConnector::from(Arc::clone(&self.config));
        connector.connect(name, stream).await.map_err(|error| explain(host, &error))
    }
}

/// What went wrong, and what can be done about it.
fn explain(host: &str, error: &io::Error) -> String {
    let source = error.get_ref().and_then(|source| source.downcast_ref::<Error>());
    let why = match source {
        Some(Error::InvalidCertificate(why)) => match why {
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                format!("the server's certificate is not for {host:?}; use a name that it is for")
            }
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                "the server's certificate has expired; renew it, or trust it all the same by --insecure"
                    .into()
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                "the server's certificate is not valid yet; is the clock right?".into()
            }
            CertificateError::UnknownIssuer => {
                "the server's certificate is of an authority that is not trusted; give that by --ca".into()
            }
            why => format!("the server's certificate cannot be trusted: {why}"),
        },
        Some(Error::InvalidMessage(_)) => {
            "what answers there does not speak TLS; is it ws:// and not wss://?".into()
        }
        _ => error.to_string(),
    };
    format!("TLS: {why}")
}

/// Verifies that the server has the key to its certificate, and nothing of what the certificate says.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
