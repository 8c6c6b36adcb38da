//! Signatures of what is told to other programs.
//!
//! Source: Standard Webhooks specification 1.0, “Signature scheme”.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// How every secret begins.
const BEGINNING: &str = "whsec_";

/// A secret as it is shown: 32 bytes behind `whsec_`.
pub(crate) fn secret_of(bytes: [u8; 32]) -> String {
    format!("{BEGINNING}{}", STANDARD.encode(bytes))
}

/// The value of `webhook-signature`: one signature a secret, divided by spaces.
pub(crate) fn sign_webhook(secrets: &[String], id: &str, timestamp: i64, payload: &str) -> String {
    let each = secrets.iter().filter_map(|secret| {
        let key = STANDARD.decode(secret.strip_prefix(BEGINNING)?).ok()?;
        let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(&key).ok()?;
        mac.update(format!("{id}.{timestamp}.{payload}").as_bytes());
        Some(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
    });
    each.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::{secret_of, sign_webhook};

    #[test]
    fn the_example_of_the_specification_is_signed_alike() {
        // Source: Standard Webhooks, test vector of the reference libraries.
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned();
        let signed =
            sign_webhook(&[secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, "{\"test\": 2432232314}");
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn each_secret_signs() {
        let (one, other) = (secret_of([1; 32]), secret_of([2; 32]));
        let signed = sign_webhook(&[one, other.clone()], "msg_1", 0, "{}");
        let parts: Vec<&str> = signed.split(' ').collect();
        assert_eq!(parts.len(), 2);
        assert_eq!(parts[1], sign_webhook(&[other], "msg_1", 0, "{}"));
        assert_ne!(parts[0], parts[1]);
    }
}
