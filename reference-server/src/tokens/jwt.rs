//! JSON Web Tokens: signed by somebody whom the server trusts, and good for a while.
//!
//! Pure but for the reading of the keys: it is told the time.

use std::path::Path;
use std::time::Duration;

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use roomwire_protocol::{AvatarUrl, DisplayName, User};
use serde_json::{Map, Value};

use super::{Person, Unknown, signature};
use crate::config::{ConfigError, JwtAlgorithm, JwtSettings};

/// HS256 asks for a secret as long as its hash: a shorter one can be guessed from any token.
const SECRET_MIN: usize = 32;

/// The keys, and what is asked of a token that one of them has signed.
pub(super) struct Keys {
    trusted: Vec<DecodingKey>,
    validation: Validation,
    leeway: Duration,
    user_claim: String,
    name_claim: Option<String>,
    picture_claim: Option<String>,
}

impl Keys {
    pub(super) fn read(settings: &JwtSettings) -> Result<Self, ConfigError> {
        signature::install();
        let keys = settings.keys.iter().map(|path| {
            read_key(path, settings.algorithm).map_err(|why| ConfigError::File {
                name: "jwt-key",
                path: path.clone(),
                why,
            })
        });
        let keys = keys.collect::<Result<_, _>>()?;
        Ok(Self::new(keys, settings))
    }

    fn new(keys: Vec<DecodingKey>, settings: &JwtSettings) -> Self {
        let mut validation = Validation::new(match settings.algorithm {
            JwtAlgorithm::Hs256 => Algorithm::HS256,
            JwtAlgorithm::Rs256 => Algorithm::RS256,
            JwtAlgorithm::Es256 => Algorithm::ES256,
        });
        // The time is looked at below, since it has to be known until when a token is good.
        validation.validate_exp = false;
        match &settings.audience {
            Some(audience) => {
                validation.set_audience(&[audience]);
                validation.set_required_spec_claims(&["exp", "aud"]);
            }
            None => validation.set_required_spec_claims(&["exp"]),
        }
        Self {
            trusted: keys,
            validation,
            leeway: settings.leeway,
            user_claim: settings.user_claim.clone(),
            name_claim: settings.name_claim.clone(),
            picture_claim: settings.picture_claim.clone(),
        }
    }

    /// Whom a token stands for at this time, and until when. Times are since 1970.
    pub(super) fn person(&self, token: &str, now: Duration) -> Result<(Person, Duration), Unknown> {
        let claims = self.claims(token).ok_or(Unknown::Nobody)?;
        let until = time(&claims, "exp").ok_or(Unknown::Nobody)?.saturating_add(self.leeway);
        if now >= until {
            return Err(Unknown::Expired);
        }
        if claims.contains_key("nbf") {
            let begin = time(&claims, "nbf").ok_or(Unknown::Nobody)?;
            if now.saturating_add(self.leeway) < begin {
                return Err(Unknown::Nobody);
            }
        }
        let user = match claims.get(&self.user_claim) {
            Some(Value::String(user)) => User::parse(user),
            // Some give their users numbers.
            Some(Value::Number(user)) if user.is_u64() => User::parse(&user.to_string()),
            _ => return Err(Unknown::Nobody),
        };
        // A name that does not fit is no reason to keep anybody out.
        let text = |claim: &Option<String>| claims.get(claim.as_ref()?)?.as_str();
        let person = Person {
            user: user.map_err(|_| Unknown::Nobody)?,
            display_name: text(&self.name_claim).and_then(|name| DisplayName::parse(name).ok()),
            avatar_url: text(&self.picture_claim).and_then(|address| AvatarUrl::parse(address).ok()),
        };
        Ok((person, until))
    }

    /// What a token says, where one of the keys has signed it.
    fn claims(&self, token: &str) -> Option<Map<String, Value>> {
        for key in &self.trusted {
            match decode(token, key, &self.validation) {
                Ok(data) => return Some(data.claims),
                // It may have been another key.
                Err(error) if matches!(error.kind(), ErrorKind::InvalidSignature) => {}
                Err(_) => return None,
            }
        }
        None
    }
}

/// A time in seconds, which may have a fraction.
fn time(claims: &Map<String, Value>, name: &str) -> Option<Duration> {
    Duration::try_from_secs_f64(claims.get(name)?.as_f64()?).ok()
}

fn read_key(path: &Path, algorithm: JwtAlgorithm) -> Result<DecodingKey, String> {
    let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
    parse_key(&bytes, algorithm)
}

fn parse_key(bytes: &[u8], algorithm: JwtAlgorithm) -> Result<DecodingKey, String> {
    let pem = bytes.windows(11).any(|part| part == b"-----BEGIN ");
    if algorithm == JwtAlgorithm::Hs256 {
        if pem {
            return Err(
                "this is a PEM file, which is no secret for HS256: is --jwt-algorithm RS256 or ES256 meant?"
                    .to_owned(),
            );
        }
        let mut secret = bytes;
        while let [rest @ .., b'\n' | b'\r'] = secret {
            secret = rest;
        }
        if secret.len() < SECRET_MIN {
            let length = secret.len();
            return Err(format!(
                "a secret for HS256 has {SECRET_MIN} bytes at least, and this one has {length}"
            ));
        }
        return Ok(DecodingKey::from_secret(secret));
    }
    if bytes.windows(11).any(|part| part == b"PRIVATE KEY") {
        return Err(
            "this is a private key: give the public one that belongs to it, and keep this one to yourself"
                .to_owned(),
        );
    }
    let key = match algorithm {
        JwtAlgorithm::Rs256 => DecodingKey::from_rsa_pem(bytes),
        _ => DecodingKey::from_ec_pem(bytes),
    };
    let key = key.map_err(|_| match algorithm {
        JwtAlgorithm::Rs256 => "expected an RSA public key as PEM, with BEGIN PUBLIC KEY".to_owned(),
        _ => "expected a public key on the curve P-256 as PEM, with BEGIN PUBLIC KEY".to_owned(),
    })?;
    // One byte for the form, and two numbers of 32: other curves have longer ones.
    if algorithm == JwtAlgorithm::Es256 && key.try_get_as_bytes().is_ok_and(|point| point.len() != 65) {
        return Err("this key is not on the curve P-256, which ES256 needs".to_owned());
    }
    Ok(key)
}

#[cfg(test)]
mod tests {
    use ring::hmac;
    use serde_json::json;

    use super::*;

    const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";

    fn settings() -> JwtSettings {
        JwtSettings {
            keys: Vec::new(),
            algorithm: JwtAlgorithm::Hs256,
            audience: None,
            leeway: Duration::from_secs(10),
            user_claim: "sub".to_owned(),
            name_claim: Some("name".to_owned()),
            picture_claim: None,
        }
    }

    fn keys(settings: &JwtSettings) -> Keys {
        signature::install();
        let keys = [b"another secret that signs nothing here.", SECRET]
            .map(|secret| parse_key(secret, JwtAlgorithm::Hs256));
        Keys::new(keys.into_iter().collect::<Result<_, _>>().unwrap(), settings)
    }

    fn token(header: &Value, claims: &Value) -> String {
        let mut token =
            base64url(header.to_string().as_bytes()) + "." + &base64url(claims.to_string().as_bytes());
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, SECRET), token.as_bytes());
        token.push('.');
        token + &base64url(tag.as_ref())
    }

    fn base64url(bytes: &[u8]) -> String {
        const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let mut text = String::new();
        for chunk in bytes.chunks(3) {
            let number = chunk.iter().fold(0_usize, |number, byte| number << 8 | usize::from(*byte))
                << (8 * (3 - chunk.len()));
            text.extend((0..=chunk.len()).map(|at| char::from(LETTERS[number >> (18 - 6 * at) & 63])));
        }
        text
    }

    /// Whom a token with these claims stands for at second 1000: the user and until when, or why for nobody.
    fn person(keys: &Keys, claims: &Value) -> Result<(String, u64), Unknown> {
        let token = token(&json!({ "alg": "HS256", "typ": "JWT" }), claims);
        keys.person(&token, Duration::from_secs(1000))
            .map(|(person, until)| (person.user.as_str().to_owned(), until.as_secs()))
    }

    #[test]
    fn a_token_is_good_until_its_expiry_and_a_little_longer() {
        let keys = keys(&settings());
        assert_eq!(person(&keys, &json!({ "sub": "ann", "exp": 1001 })), Ok(("ann".into(), 1011)));
        assert_eq!(person(&keys, &json!({ "sub": "ann", "exp": 990.5 })), Ok(("ann".into(), 1000)));
        assert_eq!(person(&keys, &json!({ "sub": "ann", "exp": 990 })), Err(Unknown::Expired));
        assert_eq!(person(&keys, &json!({ "sub": "ann", "exp": 1e300 })), Err(Unknown::Nobody));
        assert_eq!(person(&keys, &json!({ "sub": "ann", "exp": -1 })), Err(Unknown::Nobody));
        assert_eq!(person(&keys, &json!({ "sub": "ann" })), Err(Unknown::Nobody), "one that never ends");
        assert_eq!(
            person(&keys, &json!({ "sub": "ann", "exp": 2000, "nbf": 1010 })),
            Ok(("ann".into(), 2010))
        );
        assert_eq!(person(&keys, &json!({ "sub": "ann", "exp": 2000, "nbf": 1011 })), Err(Unknown::Nobody));
    }

    #[test]
    fn the_audience_has_to_be_the_one_that_is_asked_for() {
        let none = keys(&settings());
        let some = keys(&JwtSettings { audience: Some("rooms".to_owned()), ..settings() });
        let claims = |audience: Value| json!({ "sub": "ann", "exp": 2000, "aud": audience });
        assert!(person(&some, &claims(json!("rooms"))).is_ok());
        assert!(person(&some, &claims(json!(["shop", "rooms"]))).is_ok());
        assert_eq!(person(&some, &claims(json!("shop"))), Err(Unknown::Nobody));
        assert_eq!(person(&some, &json!({ "sub": "ann", "exp": 2000 })), Err(Unknown::Nobody));
        assert_eq!(
            person(&none, &claims(json!("shop"))),
            Err(Unknown::Nobody),
            "it was made for somebody else"
        );
    }

    #[test]
    fn the_user_is_where_the_settings_say_and_names_come_along_where_they_fit() {
        let keys = keys(&JwtSettings { user_claim: "uid".to_owned(), ..settings() });
        let claims = json!({ "sub": "x", "uid": 7, "exp": 2000, "name": "Ann" });
        assert_eq!(person(&keys, &claims), Ok(("7".into(), 2010)));
        for uid in [json!("\n"), json!(""), json!(-7), json!(null), json!(["a"])] {
            assert_eq!(
                person(&keys, &json!({ "sub": "x", "uid": uid, "exp": 2000 })),
                Err(Unknown::Nobody),
                "{uid}"
            );
        }
        let header = json!({ "alg": "HS256" });
        let named = keys.person(&token(&header, &claims), Duration::ZERO).unwrap().0;
        assert_eq!(named.display_name.unwrap().as_str(), "Ann");
        let long = json!({ "uid": "ann", "exp": 2000, "name": "x".repeat(65) });
        assert_eq!(keys.person(&token(&header, &long), Duration::ZERO).unwrap().0.display_name, None);
    }

    #[test]
    fn what_nobody_has_signed_stands_for_nobody() {
        let keys = keys(&settings());
        let claims = json!({ "sub": "ann", "exp": 2000 });
        let good = token(&json!({ "alg": "HS256" }), &claims);
        let now = Duration::from_secs(1000);
        assert!(keys.person(&good, now).is_ok());
        let unsigned = token(&json!({ "alg": "none" }), &claims);
        let other_algorithm = token(&json!({ "alg": "HS384" }), &claims);
        let cut = good.rsplit_once('.').unwrap().0;
        let forged = good.replacen('.', ".x", 1);
        for bad in [
            unsigned.as_str(),
            &other_algorithm,
            cut,
            &format!("{cut}."),
            &forged,
            &good[1..],
            "",
            "a.b.c",
            "..",
            "ann",
        ] {
            assert_eq!(keys.person(bad, now).map(drop), Err(Unknown::Nobody), "{bad}");
        }
    }

    #[test]
    fn a_key_that_cannot_do_is_refused_with_the_reason() {
        let public = "-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----\n".as_bytes();
        let private = "-----BEGIN PRIVATE KEY-----\nMFkw\n-----END PRIVATE KEY-----\n".as_bytes();
        for (key, algorithm, words) in [
            (b"short\n".as_slice(), JwtAlgorithm::Hs256, "32 bytes at least, and this one has 5"),
            (public, JwtAlgorithm::Hs256, "is --jwt-algorithm RS256 or ES256 meant?"),
            (private, JwtAlgorithm::Rs256, "this is a private key"),
            (public, JwtAlgorithm::Rs256, "expected an RSA public key"),
            (SECRET, JwtAlgorithm::Es256, "expected a public key on the curve P-256"),
        ] {
            let said = parse_key(key, algorithm).unwrap_err();
            assert!(said.contains(words), "{said}");
        }
    }
}
