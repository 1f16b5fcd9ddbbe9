//! Who speaks, where not any token will do.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use ring::{hmac, rand::SystemRandom};
use roomwire_server::{Config, Identity, JwtAlgorithm, JwtSettings, Server};
use serde_json::{Value, json};
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;

use crate::client::{Client, PATIENCE, data, in_time};
use crate::files::Folder;
use crate::raw::{Raw, UPGRADE};

async fn server_that_knows(identity: Identity) -> Server {
    let config = Config { identity, ..Config::on_free_port() };
    Server::bind(config).await.unwrap()
}

/// The code with which a heartbeat with this token is answered, and the reason.
async fn heartbeat(client: &mut Client, token: &str) -> (i64, String) {
    client.text(json!({ "token": token, "type": 1, "payLoad": "" }).to_string()).await;
    let answer = client.next().await;
    let reason = if answer["data"] == "" {
        String::new()
    } else {
        assert!(!answer.to_string().contains(token), "{answer}");
        data(&answer)["reason"].as_str().unwrap().to_owned()
    };
    (answer["code"].as_i64().unwrap(), reason)
}

fn refused(code: i64, reason: &str) -> (i64, String) {
    (code, reason.to_owned())
}

fn accepted() -> (i64, String) {
    (100, String::new())
}

#[tokio::test]
async fn a_file_of_tokens_says_who_is_who_and_can_be_read_again() {
    let folder = Folder::new();
    let path =
        folder.file("tokens.json", r#"{"secret-a": "ann", "secret-a2": "ann", "secret-b": {"user": "ben"}}"#);
    let server = server_that_knows(Identity::Tokens(path)).await;
    let mut ann = Client::connect(&server, "ann").await;
    assert_eq!(heartbeat(&mut ann, "ann").await, refused(401, "unauthenticated"), "a user is no token here");
    assert_eq!(heartbeat(&mut ann, "secret-a").await, accepted());
    assert_eq!(heartbeat(&mut ann, "secret-a2").await, accepted(), "another token of the same user");
    assert_eq!(heartbeat(&mut ann, "secret-b").await, refused(403, "wrong_user"));
    assert_eq!(heartbeat(&mut ann, "secret-a").await, accepted());

    folder.file("tokens.json", "{\n \"secret-a\": \"ann\",\n \"secret-b\" }");
    let errors = server.reload().unwrap_err();
    assert_eq!(errors.len(), 1);
    let said = errors[0].to_string();
    assert!(
        said.starts_with("--tokens ") && said.ends_with("line 3, column 13: here it stops being JSON"),
        "{said}"
    );
    assert_eq!(heartbeat(&mut ann, "secret-a").await, accepted(), "what was read before stays in use");

    folder.file("tokens.json", r#"{"secret-a2": "ann", "secret-a": "cid", "secret-c": "ben"}"#);
    server.reload().unwrap();
    assert_eq!(
        heartbeat(&mut ann, "secret-a").await,
        refused(403, "wrong_user"),
        "it is somebody else's now"
    );
    assert_eq!(heartbeat(&mut ann, "secret-a2").await, accepted());
    assert_eq!(heartbeat(&mut ann, "secret-b").await, refused(401, "unauthenticated"), "it was withdrawn");
    let mut cid = Client::connect(&server, "cid").await;
    assert_eq!(heartbeat(&mut cid, "secret-a").await, accepted());
}

#[tokio::test]
async fn names_of_the_file_stand_on_lists_where_a_join_has_none() {
    let folder = Folder::new();
    let text = r#"{"ann": {"user": "ann", "displayName": "Ann of the file", "avatarurl": "a.png"}}"#;
    let server = server_that_knows(Identity::Tokens(folder.file("tokens.json", text))).await;
    let mut ann = Client::connect(&server, "ann").await;
    for (join, user) in [
        (
            json!({ "topic": "t" }),
            json!({ "user": "ann", "displayName": "Ann of the file", "avatarurl": "a.png" }),
        ),
        (
            json!({ "topic": "t", "displayName": "A" }),
            json!({ "user": "ann", "displayName": "A", "avatarurl": "a.png" }),
        ),
    ] {
        let answers = ann.answers(ann.frame(3, &join)).await;
        assert_eq!(
            answers.iter().map(|frame| frame["code"].as_i64().unwrap()).collect::<Vec<_>>(),
            [201, 205]
        );
        assert_eq!(data(&answers[1])["users"], json!([user]));
    }
}

#[tokio::test]
async fn a_server_does_not_begin_with_a_file_that_it_cannot_read() {
    let folder = Folder::new();
    let path = folder.file("tokens.json", "{}");
    for (path, words) in
        [(path, "line 1, column 2: there are no users in it"), ("/nowhere".into(), "No such file")]
    {
        let config = Config { identity: Identity::Tokens(path), ..Config::on_free_port() };
        let error = Server::bind(config).await.unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[tokio::test]
async fn the_header_of_an_upgrade_is_looked_at_where_that_is_asked_for() {
    let folder = Folder::new();
    let identity = Identity::Tokens(folder.file("tokens.json", r#"{"secret": "ann", "two words": "ben"}"#));
    for (require_header, header, status) in [
        (true, "", 401),
        (true, "Authorization: other\r\n", 401),
        (true, "Authorization: Bearer other\r\n", 401),
        (true, "Authorization: Basic secret\r\n", 401),
        (true, "Authorization: \u{e4}\r\n", 401),
        (true, "Authorization: secret\r\n", 101),
        (true, "Authorization: bearer secret\r\n", 101),
        (true, "Authorization: two words\r\n", 101),
        (false, "", 101),
        (false, "Authorization: other\r\n", 101),
    ] {
        let config = Config { identity: identity.clone(), require_header, ..Config::on_free_port() };
        let server = Server::bind(config).await.unwrap();
        let mut raw = Raw::connect(&server).await;
        raw.send(format!("GET / HTTP/1.1\r\n{UPGRADE}{header}\r\n").as_bytes()).await;
        let head = raw.head().await;
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{header}{head}");
        assert_eq!(head.contains("www-authenticate"), status == 401);
    }
}

/// Signs a JSON Web Token.
fn token(name: &str, claims: &Value, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let header = json!({ "alg": name, "typ": "JWT" });
    let token = [header.to_string(), claims.to_string()].map(|part| base64url(part.as_bytes())).join(".");
    let signature = sign(token.as_bytes());
    format!("{token}.{}", base64url(&signature))
}

fn base64url(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let number =
            chunk.iter().fold(0, |number, byte| number << 8 | usize::from(*byte)) << (8 * (3 - chunk.len()));
        text.extend((0..=chunk.len()).map(|at| char::from(LETTERS[number >> (18 - 6 * at) & 63])));
    }
    text
}

type Sign = fn(&Value) -> String;

pub(crate) const SECRET: &str = "a secret that is long enough for HS256";

pub(crate) fn hs256(claims: &Value) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    token("HS256", claims, |text| hmac::sign(&key, text).as_ref().to_vec())
}

fn rs256(claims: &Value) -> String {
    let der = PrivateKeyDer::from_pem_file(key_file("rsa.pem")).unwrap();
    let key = RsaKeyPair::from_pkcs8(der.secret_der()).unwrap();
    let mut signature = vec![0; key.public().modulus_len()];
    token("RS256", claims, |text| {
        key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text, &mut signature).unwrap();
        signature
    })
}

pub(crate) fn es256(claims: &Value) -> String {
    let der = PrivateKeyDer::from_pem_file(key_file("ec.pem")).unwrap();
    let random = SystemRandom::new();
    let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der.secret_der(), &random).unwrap();
    token("ES256", claims, |text| key.sign(&random, text).unwrap().as_ref().to_vec())
}

fn key_file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/keys").join(name)
}

fn settings(algorithm: JwtAlgorithm, key: PathBuf) -> JwtSettings {
    JwtSettings {
        keys: vec![key],
        algorithm,
        audience: Some("rooms".to_owned()),
        leeway: Duration::ZERO,
        user_claim: "sub".to_owned(),
        name_claim: None,
        picture_claim: None,
    }
}

/// Seconds since 1970, so many from now.
fn seconds_from_now(seconds: f64) -> f64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs_f64() + seconds
}

#[tokio::test]
async fn a_json_web_token_of_each_algorithm_stands_for_its_user_and_no_other_algorithm_does() {
    let folder = Folder::new();
    let secret = folder.file("secret", &format!("{SECRET}\n"));
    let all: [(JwtAlgorithm, PathBuf, Sign); 3] = [
        (JwtAlgorithm::Hs256, secret, hs256),
        (JwtAlgorithm::Rs256, key_file("rsa.pub.pem"), rs256),
        (JwtAlgorithm::Es256, key_file("ec.pub.pem"), es256),
    ];
    let claims = json!({ "sub": "ann", "aud": "rooms", "exp": seconds_from_now(1000.0) });
    for (algorithm, key, sign) in &all {
        let server = server_that_knows(Identity::Jwt(settings(*algorithm, key.clone()))).await;
        for (_, _, other) in &all {
            let mut client = Client::connect(&server, "ann").await;
            let expected = if std::ptr::fn_addr_eq(*other, *sign) {
                accepted()
            } else {
                refused(401, "unauthenticated")
            };
            assert_eq!(heartbeat(&mut client, &other(&claims)).await, expected, "{algorithm:?}");
        }
        let mut client = Client::connect(&server, "ann").await;
        for bad in [
            json!({ "sub": "ann", "aud": "shop", "exp": seconds_from_now(1000.0) }),
            json!({ "sub": "ann", "aud": "rooms", "exp": seconds_from_now(-1.0) }),
            json!({ "sub": "", "aud": "rooms", "exp": seconds_from_now(1000.0) }),
        ] {
            assert_eq!(heartbeat(&mut client, &sign(&bad)).await, refused(401, "unauthenticated"), "{bad}");
        }
        // The same claims under another signature of the right length.
        let good = sign(&claims);
        let other = sign(&json!({ "sub": "ben", "aud": "rooms", "exp": seconds_from_now(1000.0) }));
        let forged = format!("{}.{}", good.rsplit_once('.').unwrap().0, other.rsplit_once('.').unwrap().1);
        assert_eq!(heartbeat(&mut client, &forged).await, refused(401, "unauthenticated"));
        assert_eq!(heartbeat(&mut client, &good).await, accepted());
    }
}

#[tokio::test]
async fn a_public_key_is_no_secret_for_hs256() {
    let config = |algorithm, key: &str| Config {
        identity: Identity::Jwt(settings(algorithm, key_file(key))),
        ..Config::on_free_port()
    };
    for (config, words) in [
        (config(JwtAlgorithm::Hs256, "rsa.pub.pem"), "no secret for HS256"),
        (config(JwtAlgorithm::Rs256, "rsa.pem"), "this is a private key"),
        (config(JwtAlgorithm::Rs256, "ec.pub.pem"), "expected an RSA public key"),
        (config(JwtAlgorithm::Es256, "rsa.pub.pem"), "expected a public key on the curve P-256"),
        (config(JwtAlgorithm::Es256, "ec-p384.pub.pem"), "not on the curve P-256"),
    ] {
        let error = Server::bind(config).await.unwrap_err().to_string();
        assert!(error.starts_with("--jwt-key ") && error.contains(words), "{error}");
    }
}

#[tokio::test]
async fn a_token_that_expires_is_refused_from_then_on_and_another_one_of_its_user_goes_on() {
    let folder = Folder::new();
    let server =
        server_that_knows(Identity::Jwt(settings(JwtAlgorithm::Hs256, folder.file("secret", SECRET)))).await;
    let claims =
        |user: &str, seconds: f64| json!({ "sub": user, "aud": "rooms", "exp": seconds_from_now(seconds) });
    let short = hs256(&claims("ann", 1.0));
    let mut ann = Client::connect(&server, "ann").await;
    assert_eq!(heartbeat(&mut ann, &short).await, accepted());
    let expired = async {
        loop {
            let answer = heartbeat(&mut ann, &short).await;
            if answer != accepted() {
                return answer;
            }
        }
    };
    assert_eq!(in_time("its expiry", expired).await, refused(401, "unauthenticated"));
    let join = json!({ "token": short, "type": 3, "payLoad": r#"{"topic":"t"}"# }).to_string();
    ann.text(join).await;
    assert_eq!(data(&ann.next().await)["message"], "token: it has expired");
    assert_eq!(heartbeat(&mut ann, &hs256(&claims("ben", 1000.0))).await, refused(403, "wrong_user"));
    let long = hs256(&claims("ann", PATIENCE.as_secs_f64() * 10.0));
    assert_eq!(heartbeat(&mut ann, &long).await, accepted(), "the connection is still ann's");
}
