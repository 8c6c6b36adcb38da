//! Letters that nobody wrote, from bytes to the stored request: the corpus of the mail room, cut, crossed and
//! garbled from a seed, is taken in whole. The desk always says that it has it, keeps each once whatever comes
//! twice, and every request that stands can be looked at afterwards.
//!
//! `ENTENTE_FUZZ_SECONDS` says for how many seconds of a processor (an hour with `ENTENTE_LONG`; PostgreSQL works in
//! processes of its own and takes a third), `ENTENTE_SEED` where to begin. A letter that fails is kept in `tests/found`,
//! and belongs into the corpus then.
#![allow(
    clippy::disallowed_methods,
    reason = "a test that runs for a time reads the clock and the environment"
)]

#[path = "sample/desk.rs"]
mod sample;

use harness::{fuzz_seconds, garbled, letters_in, process_cpu_time};
use mail::TakeAnswer;
use operations::{Failure, PostRoom, list_kept_mail, settle, show_letter, view_ticket};
use sample::{Desk, postgres, sqlite};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// How many letters one desk takes before another begins, so that no run grows for ever.
const LETTERS_OF_A_DESK: u64 = 400;

/// What is wrong with how a letter is taken in, if something is. `seen` requests stood before.
async fn trouble(desk: &Desk, room: &PostRoom, bytes: &[u8], seen: &mut u32) -> Option<String> {
    let begun = process_cpu_time();
    let mailbox = desk.provider.mailbox.clone();
    for believed in [true, false] {
        let checks = (!believed).then(|| "spf=fail dkim=none dmarc=fail".to_owned());
        let answer = room.take_message(&mailbox, bytes.to_vec(), believed, checks).await;
        if answer != TakeAnswer::Durable {
            return Some(format!("it is answered {answer:?}"));
        }
        let agent = desk.viewer(1).await;
        loop {
            let number = format!("{}-{}", desk.provider.prefix, *seen + 1);
            let view = match view_ticket(&desk.environment, &agent, &number).await {
                Ok(view) => view,
                Err(Failure::NotFound { .. }) => break,
                Err(failure) => return Some(format!("its request cannot be looked at: {failure}")),
            };
            if !believed {
                return Some("a second copy opened a second request".to_owned());
            }
            *seen += 1;
            for message in view.messages.iter().filter(|message| message.has_form) {
                if let Err(failure) = show_letter(&desk.environment, &agent, &number, message.id).await {
                    return Some(format!("its form cannot be shown: {failure}"));
                }
            }
        }
    }
    let took = process_cpu_time() - begun;
    (took > Duration::from_secs(10)).then(|| format!("it takes {took:?}"))
}

async fn garbled_letters_are_stored_in_peace(make: impl AsyncFn() -> Desk, share: u64) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let corpus = letters_in(&folder.join("../mail/tests/corpus"));
    let number = |name: &str| std::env::var(name).ok().and_then(|said| said.parse::<u64>().ok());
    let within = Duration::from_secs(fuzz_seconds(5) / share);
    let seed = number("ENTENTE_SEED").unwrap_or(20_261_126);
    let (begun, mut tried) = (process_cpu_time(), 0_u64);
    // Some are always tried, however little time there is.
    let over = |tried: u64| tried >= 10 && process_cpu_time() - begun >= within;
    while !over(tried) {
        let desk = make().await;
        let room = PostRoom::new(Arc::clone(&desk.environment), Vec::new());
        let (mut seen, first) = (0, tried);
        while tried < first + LETTERS_OF_A_DESK && !over(tried) {
            let bytes = garbled(&corpus, seed, tried);
            if let Some(trouble) = trouble(&desk, &room, &bytes, &mut seen).await {
                let found = folder.join("tests/found");
                std::fs::create_dir_all(&found).expect("a folder");
                std::fs::write(found.join(format!("{seed}-{tried}.eml")), &bytes).expect("kept");
                panic!("seed {seed}, letter {tried}: {trouble}");
            }
            tried += 1;
        }
        // What the desk owes for them leaves, and nothing of it fails.
        settle(&desk.environment).await.expect("rounds");
        let kept = list_kept_mail(&desk.environment, &desk.viewer(7).await).await.expect("kept");
        let unread = kept.letters.iter().filter(|letter| letter.why == "unreadable").count();
        assert_eq!(unread, 0, "reading failed on letters of seed {seed} before {tried}");
    }
    let worked = (process_cpu_time() - begun).as_secs_f64();
    eprintln!("stored letters: {tried} inputs of {} in {worked:.1} seconds of a processor", corpus.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn garbled_letters_are_stored() {
    garbled_letters_are_stored_in_peace(sqlite, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn garbled_letters_are_stored_postgres() {
    garbled_letters_are_stored_in_peace(postgres, 3).await;
}
