use crate::environment::random_bytes;
use argon2::{Algorithm, Argon2, Params, Version};
use data_encoding::HEXLOWER;
use std::sync::LazyLock;
use tokio::sync::Semaphore;

/// Characters of a password of the provider's people at least (ASVS 5.0, 6.2.9).
pub(crate) const STAFF_CHARACTERS: usize = 15;

/// Characters of a customer's password at least.
pub(crate) const CONTACT_CHARACTERS: usize = 12;

/// Bytes of a password at most: more is work for the machine and no more safety.
const BYTES_AT_MOST: usize = 1024;

/// Long passwords that are known to attackers, in small letters: those of twelve characters and more
/// among the 100,000 most common ones of Have I Been Pwned (published by the British NCSC), the
/// 175,000 most common of Mark Burnett's ten million, the 49,000 of zxcvbn and the 20,000 of Django.
/// Shorter ones are refused for their length, so those lists would refuse no more if they stood here
/// whole (ASVS 5.0, 6.2.4 and 6.2.12).
const COMMON: &str = include_str!("../data/common_passwords.txt");

/// What an attacker tries of a desk like this one before anything else, besides what names its people
/// (ASVS 5.0, 6.1.2 and 6.2.11).
const CONTEXT: [&str; 16] = [
    "entente",
    "support",
    "assistance",
    "helpdesk",
    "ticket",
    "client",
    "portail",
    "portal",
    "contrat",
    "contract",
    "motdepasse",
    "password",
    "azerty",
    "qwerty",
    "bonjour",
    "bienvenue",
];

/// KiB of memory, passes and lanes of Argon2id (OWASP password storage, 2025).
const COST: (u32, u32, u32) = (19_456, 2, 1);

/// How many passwords are tried at a time: each takes memory and a core.
static TRYING: Semaphore = Semaphore::const_new(2);

/// A hash that no password has, so that an unknown address takes as long as a known one.
static NOBODY: LazyLock<String> = LazyLock::new(|| written(&random_bytes::<16>(), &random_bytes::<32>()));

/// What is wrong with a new password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weakness {
    /// It has fewer characters than it needs.
    Short,
    /// It is longer than what is taken.
    Long,
    /// It is known to attackers, or follows from a simple rule.
    Common,
    /// It holds the name or the address of whoever wants it.
    Own,
}

/// Whether a new password will do; there are no rules of composition. `own` are words that an
/// attacker knows of the person.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn check_new(password: &str, at_least: usize, own: &[&str]) -> Result<(), Weakness> {
    if password.len() > BYTES_AT_MOST {
        return Err(Weakness::Long);
    }
    let letters: Vec<char> = password.to_lowercase().chars().collect();
    if letters.len() < at_least {
        return Err(Weakness::Short);
    }
    let lower: String = letters.iter().collect();
    if COMMON.lines().any(|common| common == lower) || is_repetition(&letters) || is_sequence(&letters) {
        return Err(Weakness::Common);
    }
    let own: Vec<String> =
        own.iter().map(|word| word.to_lowercase()).filter(|word| word.chars().count() >= 3).collect();
    let rest = without(lower, own.iter().map(String::as_str));
    if rest.chars().count() < at_least / 2 {
        return Err(Weakness::Own);
    }
    let rest = without(rest, CONTEXT.into_iter());
    if rest.chars().count() < at_least / 2 { Err(Weakness::Common) } else { Ok(()) }
}

/// What is left of a text where words are taken out of it.
fn without<'a>(text: String, words: impl Iterator<Item = &'a str>) -> String {
    words.fold(text, |rest, word| rest.replace(word, ""))
}

/// Whether it is a shorter word said again (`passwordpassword`), or has hardly any letters.
fn is_repetition(letters: &[char]) -> bool {
    let distinct: std::collections::BTreeSet<&char> = letters.iter().collect();
    distinct.len() < 5
        || (1..=letters.len() / 2)
            .any(|period| letters.iter().zip(letters.iter().skip(period)).all(|(one, other)| one == other))
}

/// Whether it mostly goes up or down an alphabet, the digits or a row of the keyboard.
fn is_sequence(letters: &[char]) -> bool {
    const ROWS: [&str; 6] = [
        "abcdefghijklmnopqrstuvwxyz",
        "01234567890123456789",
        "qwertyuiopasdfghjklzxcvbnm",
        "azertyuiopqsdfghjklmwxcvbn",
        "qwertzuiopasdfghjklyxcvbnm",
        "1q2w3e4r5t6y7u8i9o0p",
    ];
    let follows = |one: char, other: char| {
        ROWS.iter().any(|row| {
            let pair = format!("{one}{other}");
            let turned = format!("{other}{one}");
            row.contains(&pair) || row.contains(&turned)
        })
    };
    let steps = letters.windows(2).filter(|pair| follows(pair[0], pair[1])).count();
    steps * 10 >= (letters.len() - 1) * 9
}

/// The hash of a password, with all that is needed to check it.
pub(crate) async fn hash(password: String) -> String {
    let _place = TRYING.acquire().await;
    blocking(move || {
        let salt: [u8; 16] = random_bytes();
        written(&salt, &digest(COST, &password, &salt))
    })
    .await
    .unwrap_or_default()
}

/// Whether a password is the one of a hash; without a hash it is not, and that takes as long.
pub(crate) async fn verify(password: String, stored: Option<String>) -> bool {
    if password.len() > BYTES_AT_MOST {
        return false;
    }
    let _place = TRYING.acquire().await;
    let is_somebody = stored.is_some();
    let stored = stored.unwrap_or_else(|| NOBODY.clone());
    let fits = blocking(move || {
        let Some((cost, salt, expected)) = read(&stored) else { return false };
        // All bytes are compared, whatever the first ones are.
        let found = digest(cost, &password, &salt);
        found.iter().zip(&expected).fold(0, |differs, (one, other)| differs | (one ^ other)) == 0
    });
    fits.await.unwrap_or(false) && is_somebody
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    tokio::task::spawn_blocking(work).await.ok()
}

fn digest((memory, passes, lanes): (u32, u32, u32), password: &str, salt: &[u8]) -> [u8; 32] {
    let params = Params::new(memory, passes, lanes, Some(32)).expect("the costs are within bounds");
    let mut out = [0; 32];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(password.as_bytes(), salt, &mut out)
        .expect("password and salt are within bounds");
    out
}

fn written(salt: &[u8], digest: &[u8; 32]) -> String {
    let (memory, passes, lanes) = COST;
    format!("argon2id:{memory}:{passes}:{lanes}:{}:{}", HEXLOWER.encode(salt), HEXLOWER.encode(digest))
}

type Stored = ((u32, u32, u32), Vec<u8>, Vec<u8>);

fn read(stored: &str) -> Option<Stored> {
    let parts: Vec<&str> = stored.split(':').collect();
    let ["argon2id", memory, passes, lanes, salt, digest] = parts[..] else { return None };
    let cost = (memory.parse().ok()?, passes.parse().ok()?, lanes.parse().ok()?);
    let bytes = |text: &str| HEXLOWER.decode(text.as_bytes()).ok();
    let (salt, digest) = (bytes(salt)?, bytes(digest)?);
    (digest.len() == 32 && salt.len() >= 8).then_some((cost, salt, digest))
}

#[cfg(test)]
mod tests {
    use super::{CONTACT_CHARACTERS, STAFF_CHARACTERS, Weakness, check_new, hash, verify};

    #[test]
    fn long_enough_and_unknown_is_all_that_is_asked() {
        let own = ["Noé", "Tremblay", "noe.tremblay", "boreal"];
        for (password, outcome) in [
            ("quatre chevaux lents", Ok(())),
            ("ÉÉéàù où êtes-vous ?", Ok(())),
            ("correcthorsebatte", Ok(())),
            ("court", Err(Weakness::Short)),
            ("passwordpassword", Err(Weakness::Common)),
            ("123456789012345", Err(Weakness::Common)),
            ("qwertyuiopasdfgh", Err(Weakness::Common)),
            ("aaaaaaaaaaaaaaaaaa", Err(Weakness::Common)),
            ("noe.tremblay-boreal", Err(Weakness::Own)),
            ("Assistance-Boreal-26", Err(Weakness::Common)),
            ("Support.Portail.2026", Err(Weakness::Common)),
            ("support de la tour 7", Ok(())),
        ] {
            assert_eq!(check_new(password, STAFF_CHARACTERS, &own), outcome, "{password}");
        }
        assert_eq!(check_new(&"é".repeat(600), STAFF_CHARACTERS, &own), Err(Weakness::Long));
    }

    #[test]
    fn what_breaches_made_known_is_refused_however_it_is_written() {
        assert!(
            super::COMMON.lines().filter(|known| known.chars().count() >= STAFF_CHARACTERS).count() > 250
        );
        for known in super::COMMON.lines() {
            assert!(known.chars().count() >= CONTACT_CHARACTERS, "{known} is refused for its length");
            for written in [known.to_owned(), known.to_uppercase()] {
                assert_eq!(check_new(&written, CONTACT_CHARACTERS, &[]), Err(Weakness::Common), "{written}");
            }
        }
        // The list is the reason, and not a rule: a letter less is taken.
        assert_eq!(check_new("startfinding", CONTACT_CHARACTERS, &[]), Err(Weakness::Common));
        assert_eq!(check_new("startfindings", CONTACT_CHARACTERS, &[]), Ok(()));
    }

    #[tokio::test]
    async fn a_hash_fits_its_password_alone() {
        let stored = hash("quatre chevaux lents".to_owned()).await;
        assert!(!stored.contains("chevaux"));
        assert!(verify("quatre chevaux lents".to_owned(), Some(stored.clone())).await);
        assert!(!verify("quatre chevaux lent".to_owned(), Some(stored.clone())).await);
        assert!(!verify("quatre chevaux lents".to_owned(), None).await);
        assert!(!verify("quatre chevaux lents".to_owned(), Some("unreadable".to_owned())).await);
        assert_ne!(stored, hash("quatre chevaux lents".to_owned()).await, "each has a salt of its own");
    }
}
