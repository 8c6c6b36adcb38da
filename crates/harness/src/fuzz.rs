use crate::chance::Chance;
use crate::garble::garble;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Inputs of a run that is no long one.
const INPUTS: u64 = 3_000;
/// Bytes of an input at most.
const BYTES_AT_MOST: usize = 4_096;

/// Gives a reader of foreign bytes garbled ones, and fails with the seed and the bytes where it panics or takes longer
/// than a second.
///
/// The inputs are made from `seeds`, from the files of `tests/security/corpus/NAME`, and from `words`, which the reader
/// knows. With `ENTENTE_LONG=1` it goes on for `ENTENTE_FUZZ_SECONDS` (60), else for some thousand inputs.
/// `ENTENTE_SEED` makes other inputs.
///
/// # Panics
/// Where the reader does.
pub fn fuzz(name: &str, seeds: &[&[u8]], words: &[&str], read: impl Fn(&[u8])) {
    let set = |name: &str| std::env::var(name).ok().and_then(|value| value.parse::<u64>().ok());
    let seed = set("ENTENTE_SEED").unwrap_or(20_261_125);
    let is_long = std::env::var("ENTENTE_LONG").is_ok_and(|long| long == "1");
    let until =
        is_long.then(|| Instant::now() + Duration::from_secs(set("ENTENTE_FUZZ_SECONDS").unwrap_or(60)));
    let mut corpus: Vec<Vec<u8>> = seeds.iter().map(|seed| seed.to_vec()).collect();
    corpus.extend(kept(name));
    assert!(!corpus.is_empty(), "{name} has nothing to begin from");
    // What text brings that its reader seldom meets.
    let words: Vec<&[u8]> =
        words.iter().map(|word| word.as_bytes()).chain(["é\u{202e}\u{0}\u{ffff}😀".as_bytes()]).collect();
    let mut chance = Chance(seed);
    let mut count = 0_u64;
    while until.map_or(count < INPUTS, |until| Instant::now() < until) {
        let input = match usize::try_from(count).ok().and_then(|place| corpus.get(place)) {
            Some(whole) => whole.clone(),
            None => garble(&mut chance, &corpus, &words, BYTES_AT_MOST),
        };
        count += 1;
        let begun = Instant::now();
        let outcome = catch_unwind(AssertUnwindSafe(|| read(&input)));
        let shown = || String::from_utf8_lossy(&input).into_owned();
        assert!(outcome.is_ok(), "{name}, seed {seed}, input {count}: it panics at {input:?}\n{}", shown());
        let took = begun.elapsed();
        assert!(
            took < Duration::from_secs(1),
            "{name}, seed {seed}, input {count}: {took:?} for\n{}",
            shown()
        );
    }
}

/// The inputs that were worth keeping.
fn kept(name: &str) -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).map(Path::to_path_buf);
    let folder = root.unwrap_or_default().join("tests/security/corpus").join(name);
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.sort();
    files.iter().filter_map(|file| std::fs::read(file).ok()).collect()
}
