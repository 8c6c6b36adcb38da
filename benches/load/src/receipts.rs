//! How long a sender waits for the receipt of a letter: from the 250 to the file that the desk hands over.

use std::collections::HashMap;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::Failure;
use crate::arguments::Arguments;
use crate::burst::{Outcome, Sender, Words};
use crate::mail::{MailSender, MailTarget};

/// For how long nothing may leave before what is missing counts as lost.
const PATIENCE: Duration = Duration::from_secs(30);

/// Sends for a while over several connections, waits for the receipts, and says how long each took. False when one is
/// missing, doubled, or later than `--limit-seconds`.
pub fn receipts(arguments: &Arguments) -> Result<bool, Failure> {
    let target = MailTarget::of(arguments)?;
    let folder = Path::new(arguments.required("--maildir")?).join("new");
    let connections: u64 = arguments.number_or("--connections", 8)?;
    let lasting = Duration::from_secs_f64(arguments.number_or("--seconds", 10.0)?);
    let limit: f64 = arguments.number_or("--limit-seconds", 2.0)?;
    let (next, begun) = (AtomicU64::new(micros(SystemTime::now())), Instant::now());
    let taken: HashMap<u64, u64> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..connections)
            .map(|_| {
                scope.spawn(|| {
                    let (mut sender, mut taken) = (MailSender::to(&target), Vec::new());
                    while begun.elapsed() < lasting {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        match sender.send(&Words { number, pick: "" }) {
                            Outcome::Done { .. } => taken.push((number, micros(SystemTime::now()))),
                            Outcome::Refused(complaint) => eprintln!("refused: {complaint}"),
                        }
                    }
                    taken
                })
            })
            .collect();
        running.into_iter().flat_map(|one| one.join().expect("a sender does not panic")).collect()
    });
    let seconds = begun.elapsed().as_secs_f64();
    let mut left: HashMap<u64, Vec<u64>> = HashMap::new();
    let mut read = std::collections::HashSet::new();
    let mut last = Instant::now();
    while left.len() < taken.len() && last.elapsed() < PATIENCE {
        let before = left.len();
        for entry in std::fs::read_dir(&folder)?.flatten() {
            if !read.insert(entry.file_name()) {
                continue;
            }
            let Some(number) = answered(&entry.path())?.filter(|number| taken.contains_key(number)) else {
                continue;
            };
            let meta = entry.metadata()?;
            // The change of the inode is the moment at which the letter got its place in the folder.
            let at = meta.ctime() as u64 * 1_000_000 + meta.ctime_nsec() as u64 / 1_000;
            left.entry(number).or_default().push(at);
        }
        if left.len() > before {
            last = Instant::now();
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    let doubled = left.values().filter(|at| at.len() > 1).count();
    let mut waits: Vec<f64> = taken
        .iter()
        .filter_map(|(number, taken_at)| Some(left.get(number)?[0].saturating_sub(*taken_at) as f64 / 1e6))
        .collect();
    waits.sort_by(f64::total_cmp);
    let missing = taken.len() - waits.len();
    let at = |share: f64| {
        let rank = (waits.len() as f64 * share).ceil() as usize;
        waits.get(rank.clamp(1, waits.len().max(1)) - 1).copied().unwrap_or(f64::NAN)
    };
    println!(
        "{} taken in {seconds:.1} s ({:.1}/s), receipts: p50 {:.2} s, p99 {:.2} s, p100 {:.2} s, {missing} missing, {doubled} doubled",
        taken.len(),
        taken.len() as f64 / seconds,
        at(0.50),
        at(0.99),
        at(1.0),
    );
    Ok(missing == 0 && doubled == 0 && at(1.0) <= limit)
}

/// The number in the Message-ID that a letter answers.
fn answered(path: &Path) -> Result<Option<u64>, Failure> {
    let bytes = std::fs::read(path)?;
    let text = String::from_utf8_lossy(&bytes);
    let answers = text.lines().find_map(|line| line.strip_prefix("In-Reply-To: <"));
    Ok(answers.and_then(|rest| rest.split_once('@')?.0.parse().ok()))
}

fn micros(at: SystemTime) -> u64 {
    at.duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_micros() as u64)
}
