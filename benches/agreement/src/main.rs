//! What agreements cost: compiling each of the shipped ones and a document of fifty pages, and
//! counting a hundred thousand running clocks anew after a change of hours.
//!
//! Milliseconds of CPU of the one thread that works, median of nine rounds.

use agreement::{Options, compile, compile_in_force};
use calendar::Instant;
use meters::{ClockChange, Course, Happening, Progress};
use std::fmt::Write;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use terms::{FactValue, Facts, Terms, Verdict};

const ROUNDS: usize = 9;
const CLOCKS: usize = 100_000;

fn main() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../agreements");
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).expect("the agreements").flatten().map(|entry| entry.path()).collect();
    paths.sort();
    // With a name, that agreement alone, for a profile.
    if let Some(wanted) = std::env::args().nth(1) {
        paths.retain(|path| path.file_stem().is_some_and(|stem| stem == wanted.as_str()));
        for path in paths.iter().cycle().take(40) {
            compiled(&wanted, &std::fs::read_to_string(path).expect("an agreement"));
        }
        return;
    }
    for path in paths.iter().filter(|path| path.extension().is_some_and(|extension| extension == "md")) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        compiled(&name, &std::fs::read_to_string(path).expect("an agreement"));
    }
    compiled("fifty pages", &fifty_pages());
    recounted("business hours", "4 business hours");
    recounted("business days", "3 business days");
}

fn compiled(name: &str, text: &str) {
    let compilation = compile(text, name, &Options::default());
    assert!(compilation.terms.is_some(), "{name} compiles: {:?}", compilation.diagnostics.first());
    let cpu = median(|| {
        black_box(compile(black_box(text), name, &Options::default()));
    });
    let in_force = median(|| {
        black_box(compile_in_force(black_box(text), name, &Options::default()));
    });
    println!(
        "compile {name:<16} {:>4} kB  {cpu:>8.2} ms, in force alone {in_force:>8.2} ms",
        text.len() / 1000
    );
}

/// Five hundred lines of prose with a rule, an exception and an example every half page.
fn fifty_pages() -> String {
    let mut text = head("");
    let sentence = "Le prestataire assure le service décrit à la présente clause avec le soin que l’on attend \
                    d’un professionnel, et le client lui donne accès à ce qu’il lui faut pour cela. ";
    for page in 0..100 {
        let _ = write!(text, "## {}.1 Service {page}\n\n", page + 10);
        for _ in 0..4 {
            let _ = write!(text, "{}\n\n", sentence.repeat(2));
        }
        let _ = write!(
            text,
            "La réponse vient sous 4 heures ouvrables, sous 2 heures ouvrables par téléphone.\n\n```terms\n\
             [promise.service_{page}]\nfr = \"Service {page}\"\nstart = \"received\"\nstop = [\"answered\"]\n\
             within = \"4 business hours\"\ncalendar = \"office\"\nstrength = \"objective\"\n\
             [[promise.service_{page}.case]]\nwhen = {{ channel = \"phone\" }}\nwithin = \"2 business hours\"\n\
             ```\n\n```examples\n[[example]]\ntitle = \"Au téléphone\"\ngiven = {{ channel = \"phone\" }}\n\
             events = [{{ at = \"2026-03-02T10:00:00+01:00\", do = \"received\" }}]\n\
             expect = [{{ promise = \"service_{page}\", due = \"2026-03-02T12:00:00+01:00\" }}]\n```\n\n"
        );
    }
    text
}

fn head(closed: &str) -> String {
    format!(
        "# Contrat\n\n```terms\n[agreement]\nformat = 1\nkey = \"contrat\"\nversion = \"1\"\n\
         effective = 2026-01-01\nlanguages = [\"fr\"]\nzone = \"Europe/Paris\"\n```\n\n## 1 Heures\n\n\
         De 9 h à 12 h et de 13 h à 17 h.\n\n```terms\n[holidays.closed]\n\
         days = [{{ date = \"01-01\" }}, {{ easter = 1 }}, {{ date = \"05-01\" }}, {{ date = \"07-14\" }}, \
         {{ date = \"12-25\" }}{closed}]\n\n\
         [calendar.office]\nopen = {{ mon-fri = [\"09:00-12:00\", \"13:00-17:00\"] }}\n\
         holidays = [\"closed\"]\nbusiness_day = \"7 hours\"\n```\n\n"
    )
}

fn terms_of(closed: &str, target: &str) -> Terms {
    let text = format!(
        "{}## 2 Réponse\n\nVite.\n\n```terms\n[promise.response]\nstart = \"received\"\nstop = \"answered\"\n\
         within = \"{target}\"\nbusiness_day = \"length\"\nday_one = \"next\"\ncalendar = \"office\"\n\
         strength = \"binding\"\n```\n",
        head(closed)
    );
    let compilation = compile(&text, "contrat.md", &Options::default());
    compilation.terms.unwrap_or_else(|| panic!("{:?}", compilation.diagnostics))
}

/// Every clock counted anew after a day was closed, as the desk would do it.
fn recounted(name: &str, target: &str) {
    let (before, after) = (terms_of("", target), terms_of(", { date = \"03-04\" }", target));
    let facts = Facts::new().with("channel", FactValue::text("email"));
    let course = Course::new(&before);
    let first = Instant::parse("2026-03-02T09:00:00+01:00").expect("an instant").seconds();
    let requests: Vec<Progress> = (0..CLOCKS)
        .map(|number| {
            // Two days of arrivals, before the day that is closed.
            let at = Instant::from_seconds(first + (number as i64 * 7_919) % (2 * 86_400));
            let mut progress = Progress::default();
            let happening = Happening::new("received", at);
            let changes = course.happen(&progress, &facts, &facts, Verdict::Covered, &happening);
            changes.expect("the calendar opens").iter().for_each(|change| progress.apply(change));
            progress
        })
        .collect();
    let course = Course::new(&after);
    let mut moved = 0;
    let cpu = median(|| {
        moved = 0;
        for progress in &requests {
            let changes: Vec<ClockChange> = course.recount(progress, &facts).expect("the calendar opens");
            moved += black_box(changes).len();
        }
    });
    println!("recount {CLOCKS} clocks, {name:<15} {cpu:>8.2} ms, {moved} moved");
    assert!(moved > CLOCKS / 4, "the closed day moves many");
}

/// Milliseconds of CPU of this thread, median of the rounds.
fn median(mut work: impl FnMut()) -> f64 {
    let mut rounds: Vec<u64> = (0..ROUNDS)
        .map(|_| {
            let before = cpu_nanoseconds();
            work();
            cpu_nanoseconds() - before
        })
        .collect();
    rounds.sort_unstable();
    rounds[ROUNDS / 2] as f64 / 1e6
}

fn cpu_nanoseconds() -> u64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}
