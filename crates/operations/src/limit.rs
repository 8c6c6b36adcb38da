use crate::error::Failure;
use calendar::Instant;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, PoisonError};

/// What may be done so often and no more, each by its own measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Limit {
    /// Requests of one person, by whatever door.
    RequestOfPerson,
    /// Requests from one address.
    RequestFromAddress,
    /// Requests from one network.
    RequestFromNetwork,
    /// Sign-ins asked for from one network.
    SignInFromNetwork,
    /// Passwords tried from one network, whatever the address.
    PasswordFromNetwork,
    /// Codes tried for one sign-in.
    CodeForSignIn,
    /// Second factors tried by one person.
    SecondFactorOfPerson,
    /// Tokens that are none, from one network.
    TokenFromNetwork,
    /// People whom one person asks in.
    InvitationOfPerson,
    /// Reports of browsers from one network.
    ReportFromNetwork,
    /// Reports of browsers in all.
    ReportOfAnybody,
}

/// How many requests are answered, by whom they come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestRates {
    /// In a minute, of one person.
    pub person: u32,
    /// In a minute, from one address.
    pub address: u32,
    /// In a minute, from one network.
    pub network: u32,
}

impl Default for RequestRates {
    fn default() -> Self {
        Self { person: 3000, address: 3000, network: 12_000 }
    }
}

impl RequestRates {
    /// How many at once, and after how many milliseconds one more: a hundred seconds' worth may come together.
    fn measure(self, limit: Limit) -> (i64, i64) {
        let per_minute = match limit {
            Limit::RequestOfPerson => self.person,
            Limit::RequestFromAddress => self.address,
            _ => self.network,
        };
        let per_minute = i64::from(per_minute.max(1));
        let every = (60_000 / per_minute).max(1);
        ((per_minute * 5 / 3).max(1), every)
    }
}

impl Limit {
    /// How many at once, and after how many milliseconds one more.
    fn measure(self) -> (i64, i64) {
        match self {
            Self::SignInFromNetwork | Self::PasswordFromNetwork => (60, 10_000),
            Self::CodeForSignIn => (5, 600_000),
            Self::SecondFactorOfPerson => (10, 60_000),
            Self::TokenFromNetwork => (100, 1000),
            Self::InvitationOfPerson => (30, 120_000),
            Self::ReportFromNetwork => (10, 60_000),
            Self::ReportOfAnybody => (60, 5000),
            Self::RequestOfPerson | Self::RequestFromAddress | Self::RequestFromNetwork => {
                RequestRates::default().measure(self)
            }
        }
    }
}

/// How many are watched at most. Whoever floods with ever new names costs no more memory than this; they then make
/// those forgotten who have been quiet longest for what they did, and nobody who is at their measure.
const WATCHED_AT_MOST: usize = 50_000;

/// How often what was done lately, in this process.
#[derive(Debug, Default)]
pub struct Limits {
    /// When a bucket will be full again, in milliseconds of the product's time.
    full_at: Mutex<HashMap<(Limit, u64), i64>>,
}

impl Limits {
    /// Counts one more by a name, or says when to come back. Where the name is empty it is not known who comes, and
    /// nobody is counted: all who are unknown would shut one another out.
    ///
    /// # Errors
    /// [`Failure::TooMany`] when it is one too many; it is not counted then.
    pub fn take(&self, limit: Limit, name: &str, now: Instant) -> Result<(), Failure> {
        if name.is_empty() { Ok(()) } else { self.take_by(limit, limit.measure(), name, now) }
    }

    /// Counts one more request by the rates of an installation, or says when to come back.
    ///
    /// # Errors
    /// As [`Limits::take`].
    pub fn take_request(
        &self,
        limit: Limit,
        rates: RequestRates,
        name: &str,
        now: Instant,
    ) -> Result<(), Failure> {
        self.take_by(limit, rates.measure(limit), name, now)
    }

    fn take_by(
        &self,
        limit: Limit,
        (at_once, every): (i64, i64),
        name: &str,
        now: Instant,
    ) -> Result<(), Failure> {
        let now = now.milliseconds();
        let mut hasher = DefaultHasher::new();
        name.hash(&mut hasher);
        let mut full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        if full_at.len() >= WATCHED_AT_MOST {
            full_at.retain(|_, full| *full > now);
            forget_quietest(&mut full_at);
        }
        let full = full_at.entry((limit, hasher.finish())).or_insert(now);
        let then = (*full).max(now) + every;
        let over = then - now - at_once * every;
        if over > 0 {
            return Err(Failure::TooMany { retry_after_seconds: over.div_euclid(1000) + 1 });
        }
        *full = then;
        Ok(())
    }
}

/// Makes room for half as many: those go whose bucket is full soonest, who did the least lately.
fn forget_quietest(full_at: &mut HashMap<(Limit, u64), i64>) {
    if full_at.len() < WATCHED_AT_MOST {
        return;
    }
    let mut order: Vec<(i64, (Limit, u64))> = full_at.iter().map(|(name, full)| (*full, *name)).collect();
    let middle = order.len() / 2;
    let (quiet, _, _) = order.select_nth_unstable_by_key(middle, |(full, _)| *full);
    for (_, name) in quiet {
        full_at.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::{Limit, Limits, RequestRates, WATCHED_AT_MOST};
    use crate::error::Failure;
    use calendar::Instant;

    #[test]
    fn so_many_at_once_then_one_at_a_time() {
        let limits = Limits::default();
        let at = |seconds: i64| Instant::from_milliseconds(1_000_000 + seconds * 1000);
        let take = |name: &str, seconds| limits.take(Limit::CodeForSignIn, name, at(seconds));
        for _ in 0..5 {
            assert!(take("a@b.example", 0).is_ok());
        }
        let refused = take("a@b.example", 0);
        assert!(matches!(refused, Err(Failure::TooMany { retry_after_seconds: 601 })), "{refused:?}");
        assert!(take("other@b.example", 0).is_ok());
        assert!(take("a@b.example", 599).is_err());
        assert!(take("a@b.example", 600).is_ok());
        assert!(take("a@b.example", 601).is_err());
        assert!(limits.take(Limit::PasswordFromNetwork, "a@b.example", at(0)).is_ok());
    }

    /// Source: ASVS 5.0, 15.4.1.
    #[test]
    fn threads_that_ask_at_once_never_get_more_than_the_measure() {
        let now = Instant::from_milliseconds(1_000_000);
        let rounds = if std::env::var_os("ENTENTE_LONG").is_some() { 2_000 } else { 100 };
        for round in 0..rounds {
            let (limits, name) = (Limits::default(), format!("somebody {round}"));
            let together = std::sync::Barrier::new(8);
            let ask = || {
                together.wait();
                (0..200).filter(|_| limits.take(Limit::PasswordFromNetwork, &name, now).is_ok()).count()
            };
            let granted: usize = std::thread::scope(|scope| {
                let threads: Vec<_> = (0..8).map(|_| scope.spawn(ask)).collect();
                threads.into_iter().map(|thread| thread.join().unwrap()).sum()
            });
            let (at_once, _) = Limit::PasswordFromNetwork.measure();
            assert_eq!(i64::try_from(granted), Ok(at_once), "round {round}");
        }
    }

    #[test]
    fn an_installation_may_have_rates_of_its_own() {
        let limits = Limits::default();
        let rates = RequestRates { person: 60, ..RequestRates::default() };
        let at = |seconds: i64| Instant::from_milliseconds(1_000_000 + seconds * 1000);
        let ask = |seconds| limits.take_request(Limit::RequestOfPerson, rates, "somebody", at(seconds));
        assert!((0..100).all(|_| ask(0).is_ok()));
        assert!(ask(0).is_err());
        assert!(ask(1).is_ok() && ask(1).is_err());
        assert_eq!(RequestRates::default().measure(Limit::RequestFromNetwork), (20_000, 5));
    }

    #[test]
    fn a_flood_of_names_costs_no_more_memory() {
        let limits = Limits::default();
        let take = |name: &str| limits.take(Limit::PasswordFromNetwork, name, Instant::from_milliseconds(5));
        while take("guessed@b.example").is_ok() {}
        for number in 0..2 * WATCHED_AT_MOST {
            let _ = take(&number.to_string());
        }
        assert!(limits.full_at.lock().expect("sound").len() <= WATCHED_AT_MOST);
        assert!(take("guessed@b.example").is_err(), "and lets nobody begin anew who is at their measure");
    }
}
