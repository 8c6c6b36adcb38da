use crate::chance::Chance;
use crate::cpu_time::{fuzz_seconds, thread_cpu_time};
use crate::garble::garble;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Inputs of a run that is no long one, at most.
const INPUTS: u64 = 3_000;
/// Seconds of a processor that a run takes that is no long one, at most.
const SAMPLE_SECONDS: u64 = 5;
/// Bytes of an input at most, where no seed has half as many.
const BYTES_AT_MOST: usize = 4_096;
/// For how long a processor may work on one input.
const INPUT_WITHIN: Duration = Duration::from_secs(1);

/// Gives a reader of foreign bytes garbled ones, and fails with the seed and the bytes where it panics or a processor
/// works on one for more than a second.
///
/// The inputs are made from `seeds`, from the files of `tests/security/corpus/NAME`, and from `words`, which the reader
/// knows. It goes on for some thousand inputs, or for as many seconds of a processor as `ENTENTE_FUZZ_SECONDS` says, an
/// hour with `ENTENTE_LONG=1`. `ENTENTE_SEED` makes other inputs. No coverage steers it: what does that (cargo-fuzz)
/// wants a compiler that is not the stable one.
///
/// # Panics
/// Where the reader does.
pub fn fuzz(name: &str, seeds: &[&[u8]], words: &[&str], read: impl Fn(&[u8])) {
    let seed = std::env::var("ENTENTE_SEED").ok().and_then(|value| value.parse().ok()).unwrap_or(20_261_125);
    let seconds = fuzz_seconds(0);
    let (inputs, within) = if seconds == 0 { (INPUTS, SAMPLE_SECONDS) } else { (u64::MAX, seconds) };
    let within = Duration::from_secs(within);
    let mut corpus: Vec<Vec<u8>> = seeds.iter().map(|seed| seed.to_vec()).collect();
    corpus.extend(kept(name));
    assert!(!corpus.is_empty(), "{name} has nothing to begin from");
    let longest = corpus.iter().map(Vec::len).max().unwrap_or_default();
    let bytes_at_most = BYTES_AT_MOST.max(2 * longest);
    // What text brings that its reader seldom meets.
    let words: Vec<&[u8]> =
        words.iter().map(|word| word.as_bytes()).chain(["é\u{202e}\u{0}\u{ffff}😀".as_bytes()]).collect();
    let mut chance = Chance(seed);
    let mut count = 0_u64;
    let begun = thread_cpu_time();
    // What is kept is read whatever that takes.
    let whole = corpus.len() as u64;
    while count < whole || (count < inputs && thread_cpu_time() - begun < within) {
        let input = match usize::try_from(count).ok().and_then(|place| corpus.get(place)) {
            Some(whole) => whole.clone(),
            None => garble(&mut chance, &corpus, &words, bytes_at_most),
        };
        count += 1;
        let from = thread_cpu_time();
        let outcome = catch_unwind(AssertUnwindSafe(|| read(&input)));
        let took = thread_cpu_time() - from;
        let shown = || String::from_utf8_lossy(&input).into_owned();
        assert!(outcome.is_ok(), "{name}, seed {seed}, input {count}: it panics at {input:?}\n{}", shown());
        assert!(took < INPUT_WITHIN, "{name}, seed {seed}, input {count}: {took:?} for\n{}", shown());
    }
    let worked = thread_cpu_time() - begun;
    eprintln!("{name}: {count} inputs in {:.1} seconds of a processor", worked.as_secs_f64());
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
