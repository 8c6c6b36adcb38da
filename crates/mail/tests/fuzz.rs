//! Letters that nobody wrote: the corpus, cut, crossed and garbled from a seed. Reading them never panics, takes
//! bounded time, gives the same twice, and leaves HTML that is clean.
//!
//! `ENTENTE_FUZZ_SECONDS` says for how long (an hour with `ENTENTE_LONG`), `ENTENTE_SEED` where to begin. A letter
//! that fails is kept in `tests/found`, and belongs into the corpus then.
#![allow(
    clippy::disallowed_methods,
    reason = "a test that runs for a time reads the clock and the environment"
)]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

use harness::{garbled, letters_in};
use mail::{parse, place_images};

/// What is wrong with how a letter is read, if something is.
fn trouble(bytes: &[u8]) -> Option<String> {
    let begun = Instant::now();
    let letter = match catch_unwind(AssertUnwindSafe(|| parse(bytes))) {
        Ok(letter) => letter,
        Err(_) => return Some("reading panics".to_owned()),
    };
    // An unoptimised build on a busy machine; what grows faster than the letter takes minutes.
    if begun.elapsed() > Duration::from_secs(20) {
        return Some(format!("reading takes {:?}", begun.elapsed()));
    }
    if parse(bytes) != letter {
        return Some("a second reading gives something else".to_owned());
    }
    let written = serde_json::to_string(&letter).expect("a letter is plain data");
    if written.contains('\0') {
        return Some("NUL is left".to_owned());
    }
    if let Some(html) = &letter.html {
        let again = |html: &str| place_images(html, |id| Some(format!("cid:{id}"))).unwrap_or_default();
        let once = again(html);
        if again(&once) != once {
            return Some(format!("HTML is not clean: {html}\n{once}"));
        }
    }
    None
}

#[test]
fn garbled_letters_are_read_in_peace() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let corpus = letters_in(&folder.join("corpus"));
    let number = |name: &str| std::env::var(name).ok().and_then(|said| said.parse::<u64>().ok());
    let usual = if std::env::var_os("ENTENTE_LONG").is_some() { 3_600 } else { 5 };
    let seconds = number("ENTENTE_FUZZ_SECONDS").unwrap_or(usual);
    let seed = number("ENTENTE_SEED").unwrap_or(20_261_125);
    let (begun, mut tried) = (Instant::now(), 0_u64);
    while begun.elapsed() < Duration::from_secs(seconds) {
        let bytes = garbled(&corpus, seed, tried);
        if let Some(trouble) = trouble(&bytes) {
            let found = folder.join("found");
            std::fs::create_dir_all(&found).expect("a folder");
            std::fs::write(found.join(format!("{seed}-{tried}.eml")), &bytes).expect("kept");
            panic!("seed {seed}, letter {tried}: {trouble}");
        }
        tried += 1;
    }
    println!("{tried} garbled letters of {} in {seconds} s", corpus.len());
    assert!(tried > 50, "only {tried} in {seconds} s");
}
