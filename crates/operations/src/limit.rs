use crate::error::Failure;
use calendar::Instant;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, PoisonError};

/// What may be done so often and no more, each by its own measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Limit {
    /// Sign-in mails to one address.
    MailToAddress,
    /// Sign-ins asked for from one network.
    SignInFromNetwork,
    /// Passwords tried for one address.
    PasswordForAddress,
    /// Codes tried for one sign-in.
    CodeForSignIn,
    /// Second factors tried by one person.
    SecondFactorOfPerson,
    /// Tokens that are none, from one network.
    TokenFromNetwork,
    /// People whom one person asks in.
    InvitationOfPerson,
}

impl Limit {
    /// How many at once, and after how many seconds one more.
    fn measure(self) -> (i64, i64) {
        match self {
            Self::MailToAddress => (3, 1200),
            Self::SignInFromNetwork => (60, 10),
            Self::PasswordForAddress => (10, 60),
            Self::CodeForSignIn => (5, 600),
            Self::SecondFactorOfPerson => (10, 60),
            Self::TokenFromNetwork => (100, 1),
            Self::InvitationOfPerson => (30, 120),
        }
    }
}

/// How many are watched at most. Whoever floods with ever new names costs no more memory than this;
/// they then make some forgotten, which lets a few more tries through and locks nobody out.
const WATCHED_AT_MOST: usize = 50_000;

/// How often what was done lately, in this process.
#[derive(Debug, Default)]
pub struct Limits {
    /// When a bucket will be full again, in milliseconds of the product's time.
    full_at: Mutex<HashMap<(Limit, u64), i64>>,
}

impl Limits {
    /// Counts one more by a name, or says when to come back.
    ///
    /// # Errors
    /// [`Failure::TooMany`] when it is one too many; it is not counted then.
    pub fn take(&self, limit: Limit, name: &str, now: Instant) -> Result<(), Failure> {
        let (at_once, every_seconds) = limit.measure();
        let now = now.milliseconds();
        let mut hasher = DefaultHasher::new();
        name.hash(&mut hasher);
        let mut full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        if full_at.len() >= WATCHED_AT_MOST {
            full_at.retain(|_, full| *full > now);
            if full_at.len() >= WATCHED_AT_MOST {
                full_at.clear();
            }
        }
        let full = full_at.entry((limit, hasher.finish())).or_insert(now);
        let then = (*full).max(now) + every_seconds * 1000;
        let over = then - now - at_once * every_seconds * 1000;
        if over > 0 {
            return Err(Failure::TooMany { retry_after_seconds: over.div_euclid(1000) + 1 });
        }
        *full = then;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Limit, Limits, WATCHED_AT_MOST};
    use crate::error::Failure;
    use calendar::Instant;

    #[test]
    fn so_many_at_once_then_one_at_a_time() {
        let limits = Limits::default();
        let at = |seconds: i64| Instant::from_milliseconds(1_000_000 + seconds * 1000);
        let take = |name: &str, seconds| limits.take(Limit::MailToAddress, name, at(seconds));
        for _ in 0..3 {
            assert!(take("a@b.example", 0).is_ok());
        }
        let refused = take("a@b.example", 0);
        assert!(matches!(refused, Err(Failure::TooMany { retry_after_seconds: 1201 })), "{refused:?}");
        assert!(take("other@b.example", 0).is_ok());
        assert!(take("a@b.example", 1199).is_err());
        assert!(take("a@b.example", 1200).is_ok());
        assert!(take("a@b.example", 1201).is_err());
        assert!(limits.take(Limit::PasswordForAddress, "a@b.example", at(0)).is_ok());
    }

    #[test]
    fn a_flood_of_names_costs_no_more_memory() {
        let limits = Limits::default();
        for number in 0..WATCHED_AT_MOST + 1000 {
            let _ = limits.take(Limit::MailToAddress, &number.to_string(), Instant::from_milliseconds(5));
        }
        assert!(limits.full_at.lock().expect("sound").len() <= WATCHED_AT_MOST);
    }
}
