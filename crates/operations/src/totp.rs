//! Codes that change every half minute (RFC 6238), and codes on paper.

use calendar::Instant;
use hmac::{Hmac, Mac};
use sha1::Sha1;

/// Seconds for which a code stands (RFC 6238, section 5.2).
const STEP_SECONDS: i64 = 30;

/// Letters in which keys are written (RFC 4648, section 6).
const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The step that a code belongs to, when it is one of now, of just before or of just after: clocks
/// are never quite the same (RFC 6238, section 6).
pub(crate) fn step_of(key: &str, code: &str, now: Instant) -> Option<u64> {
    let key = decoded(key)?;
    let code: String = code.chars().filter(|letter| !letter.is_whitespace()).collect();
    let present = u64::try_from(now.milliseconds() / 1000 / STEP_SECONDS).ok()?;
    // Every step is compared, so that the time taken tells nothing.
    let mut found = None;
    for step in present.saturating_sub(1)..=present + 1 {
        let expected = code_at(&key, step);
        let differs = expected.len() != code.len()
            || expected.bytes().zip(code.bytes()).fold(0, |differs, (one, other)| differs | (one ^ other))
                != 0;
        if !differs {
            found = Some(step);
        }
    }
    found
}

/// The code of a step (RFC 4226, section 5.3), six digits.
fn code_at(key: &[u8], step: u64) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(key).expect("a key may have any length");
    mac.update(&step.to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let place = usize::from(digest[19] & 0x0f);
    let part = [digest[place] & 0x7f, digest[place + 1], digest[place + 2], digest[place + 3]];
    format!("{:06}", u32::from_be_bytes(part) % 1_000_000)
}

/// A key as people type it.
pub(crate) fn encoded(key: &[u8]) -> String {
    let mut letters = String::new();
    let (mut held, mut bits) = (0_u32, 0);
    for byte in key {
        held = (held << 8) | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            letters.push(char::from(LETTERS[((held >> bits) & 31) as usize]));
        }
        held &= (1 << bits) - 1;
    }
    if bits > 0 {
        letters.push(char::from(LETTERS[((held << (5 - bits)) & 31) as usize]));
    }
    letters
}

fn decoded(letters: &str) -> Option<Vec<u8>> {
    let mut key = Vec::new();
    let (mut held, mut bits) = (0_u32, 0);
    for letter in letters.bytes() {
        let value = LETTERS.iter().position(|known| *known == letter)?;
        held = (held << 5) | u32::try_from(value).ok()?;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            key.push(u8::try_from((held >> bits) & 255).ok()?);
            held &= (1 << bits) - 1;
        }
    }
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::{code_at, decoded, encoded, step_of};
    use calendar::Instant;

    /// Source: RFC 6238, appendix B, the last six of eight digits.
    #[test]
    fn codes_are_those_of_the_standard() {
        let key = b"12345678901234567890";
        for (seconds, code) in
            [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (20_000_000_000, "353130")]
        {
            assert_eq!(code_at(key, seconds / 30), code);
        }
    }

    #[test]
    fn a_code_counts_a_little_before_and_after_and_no_longer() {
        let key = encoded(b"12345678901234567890");
        assert_eq!(key, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        let at = |seconds: i64| Instant::from_milliseconds(seconds * 1000);
        for (seconds, step) in [(59, Some(1)), (30, Some(1)), (89, Some(1)), (0, Some(1)), (120, None)] {
            assert_eq!(step_of(&key, "287 082", at(seconds)), step, "{seconds}");
        }
        assert_eq!(step_of(&key, "28708", at(59)), None);
        assert_eq!(step_of("not a key!", "287082", at(59)), None);
    }

    #[test]
    fn keys_are_read_as_they_were_written() {
        for length in 0..40_u8 {
            let key: Vec<u8> = (0..length).map(|byte| byte.wrapping_mul(37)).collect();
            assert_eq!(decoded(&encoded(&key)).as_deref(), Some(&key[..]));
        }
    }
}
