//! A panic in what a desk does by itself ends nothing but the pass in which it comes. It is planted where every program
//! can be made to panic: in whoever writes its log.

use harness::TemporaryFolder;
use mail::{MaildirTransport, Transport, list_maildir};
use operations::{Loop, Rounds};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use store::{Database, SqliteConfig};
use tokio::sync::watch;
use tracing::field::{Field, Visit};
use tracing::span;

#[path = "sample/desk.rs"]
mod sample;

/// A log that panics the first times that it is told certain words.
struct Panicking {
    at: &'static [&'static str],
    told: &'static AtomicUsize,
    times: usize,
}

struct Said<'a> {
    at: &'a [&'static str],
    found: bool,
}

impl Visit for Said<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let said = format!("{value:?}");
        self.found |= field.name() == "message" && self.at.iter().any(|at| said.contains(at));
    }
}

impl tracing::Subscriber for Panicking {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }
    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn event(&self, event: &tracing::Event<'_>) {
        let mut said = Said { at: self.at, found: false };
        event.record(&mut said);
        assert!(!said.found || self.told.fetch_add(1, Ordering::SeqCst) >= self.times, "planted");
    }
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panic_ends_no_round() {
    static TOLD: AtomicUsize = AtomicUsize::new(0);
    let plant = Panicking { at: &["a notice could not be handed over"], told: &TOLD, times: 2 };
    tracing::subscriber::set_global_default(plant).expect("this program tests nothing else");
    let folder = TemporaryFolder::new("panics");
    let store = Database::open_sqlite(&SqliteConfig::at(folder.join("desk.sqlite"))).await.expect("a store");
    let outgoing = folder.path().join("outgoing");
    // Where the maildir should stand is a file: nothing can be handed over.
    std::fs::write(&outgoing, "in the way").expect("written");
    let transport = Transport::Maildir(MaildirTransport::new(&outgoing));
    let desk = sample::desk_with(store, folder, transport).await;
    let environment = Arc::clone(&desk.environment);
    let (stop, stopped) = watch::channel(false);
    let rounds = tokio::spawn(Rounds::run(Arc::clone(&environment), stopped));
    desk.receive(sample::LETTER, true).await;

    let forward = || environment.clock.move_to(environment.now().plus_seconds(120));
    until("two panics", || {
        forward();
        TOLD.load(Ordering::SeqCst) >= 2
    })
    .await;
    std::fs::remove_file(&outgoing).expect("out of the way");
    until("the letter leaves", || {
        forward();
        list_maildir(&outgoing, 10).is_ok_and(|letters| !letters.is_empty())
    })
    .await;
    let pulse = &environment.pulse;
    assert_eq!((pulse.panics(Loop::Letters), pulse.panics(Loop::Clocks)), (2, 0));
    assert_eq!(pulse.standing_still(), []);
    for of in [Loop::Clocks, Loop::Rules, Loop::Assignment, Loop::Letters, Loop::Webhooks, Loop::Retention] {
        assert!(pulse.since(of).is_some_and(|since| since < Duration::from_secs(60)), "{of:?} goes on");
    }
    let _ = stop.send(true);
    tokio::time::timeout(Duration::from_secs(30), rounds)
        .await
        .expect("in time")
        .expect("no panic reached it");
}

async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..400 {
        if is_so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{what}: not within twenty seconds");
}
