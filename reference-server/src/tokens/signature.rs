//! The signatures of JSON Web Tokens, checked by `ring`, which does TLS here too.

use jsonwebtoken::crypto::{CryptoProvider, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{ErrorKind, Result};
use jsonwebtoken::signature::{Error, Verifier};
use jsonwebtoken::{Algorithm, DecodingKey};
use ring::hmac;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey, VerificationAlgorithm,
};

static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: |_, _| Err(ErrorKind::UnsupportedAlgorithm.into()),
    verifier_factory: verifier,
    key_utils: KeyUtils::new_unimplemented(),
};

/// Sees to it that signatures can be checked. A program around this server that has chosen something else for it
/// keeps what it has.
pub(super) fn install() {
    let _ = PROVIDER.install_default();
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "that is what the library asks for")]
fn verifier(algorithm: &Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>> {
    let kind: Option<&'static dyn VerificationAlgorithm> = match algorithm {
        Algorithm::HS256 => None,
        Algorithm::RS256 => Some(&RSA_PKCS1_2048_8192_SHA256),
        Algorithm::ES256 => Some(&ECDSA_P256_SHA256_FIXED),
        _ => return Err(ErrorKind::UnsupportedAlgorithm.into()),
    };
    // HMAC with the bytes of a public key is the classical way to be fooled.
    if key.family() != algorithm.family() {
        return Err(ErrorKind::InvalidKeyFormat.into());
    }
    let key = key.try_get_as_bytes()?.to_vec();
    Ok(Box::new(Checked { algorithm: *algorithm, kind, key }))
}

struct Checked {
    algorithm: Algorithm,
    /// `None` for HMAC.
    kind: Option<&'static dyn VerificationAlgorithm>,
    key: Vec<u8>,
}

impl Verifier<Vec<u8>> for Checked {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> std::result::Result<(), Error> {
        let checked = match self.kind {
            None => hmac::verify(&hmac::Key::new(hmac::HMAC_SHA256, &self.key), message, signature),
            Some(kind) => UnparsedPublicKey::new(kind, &self.key).verify(message, signature),
        };
        checked.map_err(|_| Error::new())
    }
}

impl JwtVerifier for Checked {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}
