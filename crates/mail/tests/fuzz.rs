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

use mail::{parse, place_images};

/// SplitMix64: the same numbers for the same seed.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound.max(1) as u64).expect("below a small bound")
    }
}

/// Words that readers of mail take for something.
const TELLING: [&[u8]; 22] = [
    b"\r\n\r\n",
    b"\n",
    b"\r",
    b"\0",
    b"--",
    b"=?utf-8?b?",
    b"?=",
    b"Content-Type: multipart/mixed; boundary=",
    b"Content-Type: message/rfc822\r\n\r\n",
    b"Content-Transfer-Encoding: base64\r\n",
    b"charset=utf-7",
    b"charset=iso-2022-jp",
    b"From: ",
    b"begin 644 x\r\n",
    b"<svg><style><img src=x onerror=hit()>",
    b"\xff\xfe",
    b"\x1b$B",
    b"\xf0\x9f",
    b";filename*0*=utf-8''%",
    b"=\r\n",
    b"(((((((",
    b",,,,,:;<>@",
];

fn garbled(corpus: &[Vec<u8>], chance: &mut Chance) -> Vec<u8> {
    let mut bytes = corpus[chance.below(corpus.len())].clone();
    for _ in 0..=chance.below(8) {
        let at = chance.below(bytes.len() + 1);
        match chance.below(8) {
            0 if !bytes.is_empty() => {
                let at = at.min(bytes.len() - 1);
                bytes[at] ^= 1 << chance.below(8);
            }
            1 => bytes.truncate(at),
            2 => {
                let word = TELLING[chance.below(TELLING.len())];
                bytes.splice(at..at, word.iter().copied());
            }
            3 => {
                let end = (at + chance.below(200)).min(bytes.len());
                bytes.drain(at..end);
            }
            4 => {
                let end = (at + chance.below(400)).min(bytes.len());
                let piece = bytes[at..end].repeat(1 + chance.below(20));
                bytes.splice(at..at, piece);
            }
            5 => {
                let other = &corpus[chance.below(corpus.len())];
                let from = chance.below(other.len() + 1);
                bytes.truncate(at);
                bytes.extend_from_slice(&other[from..]);
            }
            6 => bytes.insert(at, u8::try_from(chance.below(256)).expect("a byte")),
            _ => {
                let to = chance.below(bytes.len() + 1);
                let (at, to) = (at.min(to), at.max(to));
                bytes[at..to].reverse();
            }
        }
        bytes.truncate(200_000);
    }
    bytes
}

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
    let mut files: Vec<_> = std::fs::read_dir(folder.join("corpus"))
        .expect("the corpus")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|end| end == "eml"))
        .collect();
    files.sort();
    let corpus: Vec<Vec<u8>> = files.iter().map(|path| std::fs::read(path).expect("a letter")).collect();
    let number = |name: &str| std::env::var(name).ok().and_then(|said| said.parse::<u64>().ok());
    let usual = if std::env::var_os("ENTENTE_LONG").is_some() { 3_600 } else { 5 };
    let seconds = number("ENTENTE_FUZZ_SECONDS").unwrap_or(usual);
    let seed = number("ENTENTE_SEED").unwrap_or(20_261_125);
    let (begun, mut tried) = (Instant::now(), 0_u64);
    while begun.elapsed() < Duration::from_secs(seconds) {
        let bytes = garbled(&corpus, &mut Chance(seed.wrapping_add(tried.wrapping_mul(0x1000_0001))));
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
