//! Servers behind TLS: what is right is judged like any other, and what is wrong with a certificate is said.

use std::sync::Arc;

use rcgen::{CertificateParams, Issuer, KeyPair, date_time_ymd};
use roomwire_conformance::catalog;
use roomwire_conformance::client::tls::Trust;
use roomwire_conformance::client::{OpenError, Target, open};
use roomwire_conformance::exit_code::Exit;
use roomwire_conformance::program::Upgrade;
use roomwire_conformance::run::{Settings, run};
use roomwire_conformance::subject::Subject;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::suite::reference_server;

/// A TLS proxy before a reference server, and the authority of its certificate.
struct Secure {
    port: u16,
    ca: String,
    server: roomwire_server::Server,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Secure {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Starts one with a certificate for this name, which expired long ago or not.
async fn secure(name: &str, expired: bool) -> Secure {
    let authority_key = KeyPair::generate().unwrap();
    let mut authority = CertificateParams::new(Vec::<String>::new()).unwrap();
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let ca = authority.self_signed(&authority_key).unwrap().pem();
    let issuer = Issuer::new(authority, authority_key);
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    if expired {
        params.not_before = date_time_ymd(2018, 1, 1);
        params.not_after = date_time_ymd(2018, 10, 8);
    }
    let certificate = params.signed_by(&key, &issuer).unwrap();
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        )
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let server = reference_server().await;
    let upstream = server.local_addr();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let task = tokio::spawn(async move {
        let mut connections = tokio::task::JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            connections.spawn(async move {
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                let Ok(mut server) = TcpStream::connect(upstream).await else { return };
                // How it ends is the affair of both ends.
                let _ = tokio::io::copy_bidirectional(&mut stream, &mut server).await;
            });
        }
    });
    Secure { port, ca, server, task }
}

fn target(host: &str, port: u16, trust: Option<Trust>) -> Target {
    Target { trust, ..Target::new(format!("wss://{host}:{port}/").parse().unwrap()) }
}

async fn error(target: &Target) -> String {
    match open(target, &Upgrade::default()).await {
        Err(OpenError::Unreachable(why)) => why,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_behind_tls_is_judged_like_any_other() {
    let secure = secure("localhost", false).await;
    let mut cases = catalog::cases();
    cases.retain(|case| case.id.starts_with("chat/") || case.id.starts_with("heartbeat/"));
    for trust in [Trust::in_pem(secure.ca.as_bytes()), Trust::anybody()] {
        let target = target("localhost", secure.port, Some(trust.unwrap()));
        let settings = Settings::default();
        let exit = run(&mut Subject::Running, target, "tls", &cases, &settings, &mut |_| {}).await;
        assert_eq!(exit, Exit::Conforms);
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_certificate_is_said() {
    let good = secure("localhost", false).await;
    let trust = |pem: &str| Some(Trust::in_pem(pem.as_bytes()).unwrap());
    let unknown = error(&target("localhost", good.port, None)).await;
    assert!(unknown.contains("--ca"), "{unknown}");
    let elsewhere = secure("example.com", false).await;
    let wrong_host = error(&target("localhost", elsewhere.port, trust(&elsewhere.ca))).await;
    assert!(wrong_host.contains("not for \"localhost\""), "{wrong_host}");
    let old = secure("localhost", true).await;
    let expired = error(&target("localhost", old.port, trust(&old.ca))).await;
    assert!(expired.contains("has expired; renew it"), "{expired}");
    for careless in [&elsewhere, &old] {
        let trusting = target("localhost", careless.port, Some(Trust::anybody().unwrap()));
        assert!(
            open(&trusting, &Upgrade::default()).await.is_ok(),
            "--insecure asks for no name and no date"
        );
    }
    let plain = error(&target("127.0.0.1", good.server.local_addr().port(), trust(&good.ca))).await;
    assert!(plain.contains("does not speak TLS"), "{plain}");
}

#[test]
fn a_file_without_a_certificate_is_refused() {
    assert!(Trust::in_pem(b"").unwrap_err().contains("no certificate"));
    assert!(Trust::in_pem(b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n").is_err());
    assert!(Trust::in_file(std::path::Path::new("/nowhere/ca.pem")).unwrap_err().contains("/nowhere/ca.pem"));
}
