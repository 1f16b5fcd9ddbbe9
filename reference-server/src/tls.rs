//! The certificate that a server shows, and its key.

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;

use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{self, ServerConfig};
use tokio_rustls::server::TlsStream;

use crate::config::{ConfigError, TlsFiles};
use crate::lock::Lock;

/// Speaks TLS with whoever comes, with the certificate that was read last.
pub(crate) struct Tls {
    files: TlsFiles,
    acceptor: Lock<TlsAcceptor>,
}

impl Tls {
    /// Reads certificate and key, and sees that they belong together.
    pub(crate) fn read(files: TlsFiles) -> Result<Self, ConfigError> {
        let acceptor = Lock::new(acceptor(&files)?);
        Ok(Self { files, acceptor })
    }

    /// Reads them again. Where that fails, those of before stay. Connections that are open keep theirs anyway.
    pub(crate) fn reload(&self) -> Result<(), ConfigError> {
        let new = acceptor(&self.files)?;
        *self.acceptor.lock() = new;
        Ok(())
    }

    /// The opening handshake of TLS. The caller sets a limit to the time.
    pub(crate) async fn accept(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        let acceptor = self.acceptor.lock().clone();
        acceptor.accept(stream).await
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").field("files", &self.files).finish_non_exhaustive()
    }
}

fn acceptor(files: &TlsFiles) -> Result<TlsAcceptor, ConfigError> {
    let wrong_cert = |why: String| file_error("tls-cert", &files.cert, why);
    let wrong_key = |why: String| file_error("tls-key", &files.key, why);
    let certs = CertificateDer::pem_file_iter(&files.cert)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| wrong_cert(words(error)))?;
    if certs.is_empty() {
        return Err(wrong_cert(
            "there is no certificate in it: expected PEM, with BEGIN CERTIFICATE".to_owned(),
        ));
    }
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|error| match error {
        pem::Error::NoItemsFound => {
            wrong_key("there is no private key in it: expected PEM, with BEGIN PRIVATE KEY".to_owned())
        }
        error => wrong_key(words(error)),
    })?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| wrong_cert(error.to_string()))?
        .with_no_client_auth()
        .with_single_cert(certs, key)
        .map_err(|error| match error {
            rustls::Error::InconsistentKeys(_) => wrong_key(format!(
                "it is not the key of the certificate in {}: give the two that were made together",
                files.cert.display()
            )),
            rustls::Error::InvalidCertificate(_) => wrong_cert(error.to_string()),
            error => wrong_key(error.to_string()),
        })?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn words(error: pem::Error) -> String {
    match error {
        pem::Error::Io(error) => error.to_string(),
        error => format!("{error}: expected PEM"),
    }
}

fn file_error(name: &'static str, path: &Path, why: String) -> ConfigError {
    ConfigError::File { name, path: path.to_owned(), why }
}
