//! What keeps a running desk going when something in it panics, and what tells whether it does.
//!
//! Source: ASVS 5.0, 16.5.4: an error that nobody foresaw ends neither the program nor what it does by itself.

use crate::error::Failure;
use futures_util::FutureExt;
use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Does one piece of work; a panic in it is a failure of that piece alone.
pub(crate) async fn caught<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    // What it left half done is in the store, whose transactions end with it.
    AssertUnwindSafe(work)
        .catch_unwind()
        .await
        .unwrap_or_else(|panic| Err(Failure::Panicked { said: said(panic.as_ref()) }))
}

/// What somebody who panicked said.
fn said(panic: &(dyn Any + Send)) -> String {
    let literal = panic.downcast_ref::<&str>().map(|said| (*said).to_owned());
    literal.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default()
}

/// What a running desk does again and again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loop {
    /// Clocks are kept.
    Clocks,
    /// Rules are followed.
    Rules,
    /// Requests are given to somebody.
    Assignment,
    /// What is asked once an hour.
    Hourly,
    /// Notices and other letters leave.
    Letters,
    /// Other programs are told.
    Webhooks,
    /// What was kept long enough is destroyed.
    Retention,
    /// Pages of the database that held what was erased are cleaned.
    Cleaning,
    /// Files are scanned.
    Scanning,
    /// Other nodes' changes are followed.
    Changes,
    /// Letters are fetched.
    Fetching,
    /// Letters are destroyed where they were fetched.
    Removal,
}

const LOOPS: usize = 12;

impl Loop {
    /// All of them.
    pub const ALL: [Self; LOOPS] = [
        Self::Clocks,
        Self::Rules,
        Self::Assignment,
        Self::Hourly,
        Self::Letters,
        Self::Webhooks,
        Self::Retention,
        Self::Cleaning,
        Self::Scanning,
        Self::Changes,
        Self::Fetching,
        Self::Removal,
    ];

    /// Its name for whoever watches.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Clocks => "clocks",
            Self::Rules => "rules",
            Self::Assignment => "assignment",
            Self::Hourly => "hourly",
            Self::Letters => "letters",
            Self::Webhooks => "webhooks",
            Self::Retention => "retention",
            Self::Cleaning => "cleaning",
            Self::Scanning => "scanning",
            Self::Changes => "changes",
            Self::Fetching => "fetching",
            Self::Removal => "removal",
        }
    }

    /// How long it may go without a pass that came to its end: what a pass may take when whoever it waits for is slow, and
    /// the wait until the next. None where a pass waits for others as long as they say nothing.
    const fn patience(self) -> Option<Duration> {
        match self {
            Self::Clocks | Self::Rules | Self::Assignment | Self::Webhooks | Self::Changes => {
                Some(Duration::from_secs(3 * 60))
            }
            // A mail server, a scanner or a large database may take its time.
            Self::Letters | Self::Scanning | Self::Removal => Some(Duration::from_secs(15 * 60)),
            // An hour passes between two, or all that is stored is written anew.
            Self::Hourly | Self::Retention | Self::Cleaning => Some(Duration::from_secs(2 * 3600)),
            Self::Fetching => None,
        }
    }
}

/// When each loop of this node last made a pass, and how often one panicked.
#[derive(Debug, Default)]
pub struct Pulse {
    beats: [Beat; LOOPS],
}

#[derive(Debug, Default)]
struct Beat {
    /// None until the first pass begins: a loop that has nothing to do on this node never makes one.
    passed_at: Mutex<Option<Instant>>,
    panics: AtomicU64,
}

impl Beat {
    fn passed_at(&self) -> Option<Instant> {
        *self.passed_at.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pulse {
    /// Makes one pass of a loop. A panic in it is counted and becomes a failure; a pass that ends otherwise, a failure that
    /// was foreseen among it, shows that the loop lives.
    ///
    /// # Errors
    /// Those of the pass, and [`Failure::Panicked`].
    pub async fn pass<T>(
        &self,
        of: Loop,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let beat = &self.beats[of as usize];
        beat.passed_at.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(Instant::now);
        let done = caught(work).await;
        if matches!(done, Err(Failure::Panicked { .. })) {
            beat.panics.fetch_add(1, Ordering::Relaxed);
        } else {
            *beat.passed_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        }
        done
    }

    /// The loops that have not made a pass for too long, and for how long.
    #[must_use]
    pub fn standing_still(&self) -> Vec<(Loop, Duration)> {
        let still = |of: Loop| {
            let since = self.since(of)?;
            (since > of.patience()?).then_some((of, since))
        };
        Loop::ALL.into_iter().filter_map(still).collect()
    }

    /// How long ago a loop made its last pass; none where it never began one.
    #[must_use]
    pub fn since(&self, of: Loop) -> Option<Duration> {
        self.beats[of as usize].passed_at().map(|at| at.elapsed())
    }

    /// How many passes of a loop panicked since the program started.
    #[must_use]
    pub fn panics(&self, of: Loop) -> u64 {
        self.beats[of as usize].panics.load(Ordering::Relaxed)
    }
}

/// The patience with what panics, at first and at most.
const FIRST_PATIENCE: Duration = Duration::from_secs(1);
const PATIENCE_AT_MOST: Duration = Duration::from_secs(60);

impl Pulse {
    /// Does work that ends only when it is told to, and begins it anew when it panics, with growing patience.
    pub async fn keep_going<F: Future<Output = ()>>(&self, of: Loop, mut work: impl FnMut() -> F) {
        let mut patience = FIRST_PATIENCE;
        loop {
            let begun = Instant::now();
            let done = async {
                work().await;
                Ok(())
            };
            let failure = match self.pass(of, done).await {
                Ok(()) => return,
                Err(failure) => failure,
            };
            // What held for a while begins anew at once.
            patience = if begun.elapsed() > PATIENCE_AT_MOST { FIRST_PATIENCE } else { patience * 2 };
            tracing::error!(
                of = of.as_str(),
                error = &failure as &dyn std::error::Error,
                "what runs all the time begins anew"
            );
            tokio::time::sleep(patience.min(PATIENCE_AT_MOST)).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Loop, Pulse};
    use crate::error::Failure;
    use std::cell::Cell;
    use std::time::Duration;
    use tokio::time::Instant;

    fn run<T>(work: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(work)
    }

    fn age(pulse: &Pulse, of: Loop, by: Duration) {
        *pulse.beats[of as usize].passed_at.lock().unwrap() = Instant::now().checked_sub(by);
    }

    #[test]
    fn a_pass_that_panics_is_a_failure_and_is_counted() {
        run(async {
            let pulse = Pulse::default();
            let panicked = pulse.pass(Loop::Rules, async { panic!("a rule of {}", 7) }).await;
            let Err::<(), _>(Failure::Panicked { said }) = panicked else { panic!("{panicked:?}") };
            assert_eq!((said.as_str(), pulse.panics(Loop::Rules)), ("a rule of 7", 1));
            assert_eq!(pulse.pass(Loop::Rules, async { Ok(3) }).await.unwrap(), 3);
            assert_eq!((pulse.panics(Loop::Rules), pulse.panics(Loop::Clocks)), (1, 0));
        });
    }

    #[test]
    fn a_loop_stands_still_when_it_only_panics_or_does_not_come_back() {
        run(async {
            let pulse = Pulse::default();
            assert_eq!(pulse.standing_still(), []);
            let quarter = Duration::from_secs(16 * 60);
            let failed = |failure: Failure| async { Err::<(), _>(failure) };
            for of in Loop::ALL {
                let _ = pulse.pass(of, failed(Failure::NotPermitted)).await;
            }
            assert_eq!(pulse.standing_still(), [], "a failure that was foreseen is a pass");
            for of in Loop::ALL {
                age(&pulse, of, quarter);
                let _ = pulse.pass(of, async { panic!("again") as Result<(), Failure> }).await;
            }
            let still: Vec<Loop> = pulse.standing_still().into_iter().map(|(of, _)| of).collect();
            let patient = [Loop::Hourly, Loop::Retention, Loop::Cleaning, Loop::Fetching];
            let expected: Vec<Loop> = Loop::ALL.into_iter().filter(|of| !patient.contains(of)).collect();
            assert_eq!(still, expected);
            assert!(pulse.standing_still().iter().all(|(_, since)| *since >= quarter));
            pulse.pass(Loop::Clocks, async { Ok(()) }).await.unwrap();
            assert!(!pulse.standing_still().iter().any(|(of, _)| *of == Loop::Clocks), "it goes on");
        });
    }

    #[test]
    fn what_runs_all_the_time_begins_anew_after_a_panic() {
        run(async {
            let (pulse, begun) = (Pulse::default(), Cell::new(0));
            let work = || async {
                begun.set(begun.get() + 1);
                assert!(begun.get() > 1, "the first time it panics");
            };
            tokio::time::timeout(Duration::from_secs(20), pulse.keep_going(Loop::Fetching, work))
                .await
                .unwrap();
            assert_eq!((begun.get(), pulse.panics(Loop::Fetching)), (2, 1));
        });
    }
}
