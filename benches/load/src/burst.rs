use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::Failure;
use crate::arguments::Arguments;
use crate::http::{HttpSender, HttpTarget};
use crate::mail::{MailSender, MailTarget};
use crate::process::cpu_seconds;

/// As many deeds as fit into a time, or a number of them, over several connections at once.
pub struct Burst {
    target: Target,
    pid: Option<u32>,
    connections: usize,
    end: End,
    picks: Vec<String>,
}

enum Target {
    Http(HttpTarget),
    Mail(MailTarget),
}

enum End {
    After(Duration),
    Count(u64),
}

/// What a burst showed.
pub struct Figures {
    pub done: u64,
    /// Answers other than 2xx (or 250), and connections that broke.
    pub refused: u64,
    pub seconds: f64,
    pub p50_ms: f64,
    pub p99_ms: f64,
    /// CPU of the server, user and system, per deed; NaN without a pid.
    pub cpu_ms: f64,
    pub bytes: u64,
}

/// What a deed came to.
pub enum Outcome {
    Done { bytes: u64 },
    Refused(String),
}

impl Burst {
    pub fn of(arguments: &Arguments) -> Result<Burst, Failure> {
        let target = match arguments.text("--smtp") {
            Some(_) => Target::Mail(MailTarget::of(arguments)?),
            None => Target::Http(HttpTarget::of(arguments)?),
        };
        let end = match arguments.text("--requests") {
            Some(_) => End::Count(arguments.number("--requests")?),
            None => End::After(Duration::from_secs_f64(arguments.number_or("--seconds", 4.0)?)),
        };
        let picks = match arguments.text("--targets") {
            Some(file) => std::fs::read_to_string(file)
                .map_err(|error| format!("could not read {file}: {error}"))?
                .lines()
                .map(str::to_owned)
                .collect(),
            None => Vec::new(),
        };
        Ok(Burst {
            target,
            pid: arguments.text("--pid").map(|_| arguments.number("--pid")).transpose()?,
            connections: arguments.number_or("--connections", 2)?,
            end,
            picks,
        })
    }

    /// The same for another length of time.
    pub fn lasting(mut self, seconds: f64) -> Burst {
        self.end = End::After(Duration::from_secs_f64(seconds));
        self
    }

    pub fn run(&self) -> Result<Figures, Failure> {
        let stop = AtomicBool::new(false);
        let started = AtomicU64::new(0);
        let cpu_before = self.pid.map(cpu_seconds).transpose()?;
        let begun = Instant::now();
        let workers: Vec<Worker> = std::thread::scope(|scope| {
            let running: Vec<_> = (0..self.connections)
                .map(|seed| {
                    let (stop, started) = (&stop, &started);
                    scope.spawn(move || self.work(seed as u64, stop, started))
                })
                .collect();
            if let End::After(duration) = self.end {
                std::thread::sleep(duration);
                stop.store(true, Ordering::Relaxed);
            }
            running.into_iter().map(|worker| worker.join().expect("a worker does not panic")).collect()
        });
        let seconds = begun.elapsed().as_secs_f64();
        let cpu_after = self.pid.map(cpu_seconds).transpose()?;
        let mut latencies: Vec<u32> = Vec::new();
        let (mut refused, mut bytes) = (0, 0);
        for worker in &workers {
            latencies.extend(&worker.latencies_us);
            refused += worker.refused;
            bytes += worker.bytes;
            if let Some(complaint) = &worker.complaint {
                eprintln!("refused, for example: {complaint}");
            }
        }
        latencies.sort_unstable();
        let done = latencies.len() as u64;
        let cpu = match (cpu_before, cpu_after) {
            (Some(before), Some(after)) => (after - before) * 1000.0 / done as f64,
            _ => f64::NAN,
        };
        Ok(Figures {
            done,
            refused,
            seconds,
            p50_ms: percentile_ms(&latencies, 0.50),
            p99_ms: percentile_ms(&latencies, 0.99),
            cpu_ms: cpu,
            bytes,
        })
    }

    /// Bytes of the body of one answer.
    pub fn size_of_one(&self) -> Result<u64, Failure> {
        let mut sender = self.sender();
        match sender.send(&self.words(1, 0)) {
            Outcome::Done { bytes } => Ok(bytes),
            Outcome::Refused(complaint) => Err(complaint.into()),
        }
    }

    fn work(&self, seed: u64, stop: &AtomicBool, started: &AtomicU64) -> Worker {
        let mut worker = Worker::default();
        let mut sender = self.sender();
        // A fixed sequence: each run asks for the same requests in the same order.
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let first =
            SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_micros() as u64);
        loop {
            let index = started.fetch_add(1, Ordering::Relaxed);
            if stop.load(Ordering::Relaxed) || matches!(self.end, End::Count(n) if index >= n) {
                return worker;
            }
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            // Starting points are apart by the clock and numbers by the shared index.
            let words = self.words(first.wrapping_add(index) * 64 + seed % 64, state);
            let begun = Instant::now();
            match sender.send(&words) {
                Outcome::Done { bytes } => {
                    worker.latencies_us.push(begun.elapsed().as_micros() as u32);
                    worker.bytes += bytes;
                }
                Outcome::Refused(complaint) => {
                    worker.refused += 1;
                    worker.complaint.get_or_insert(complaint);
                    // A server that refuses at once must not be hammered.
                    std::thread::sleep(Duration::from_millis(5));
                }
            }
        }
    }

    fn words(&self, number: u64, random: u64) -> Words<'_> {
        let pick = match self.picks.len() {
            0 => "",
            count => &self.picks[(random >> 11) as usize % count],
        };
        Words { number, pick }
    }

    fn sender(&self) -> Box<dyn Sender + '_> {
        match &self.target {
            Target::Http(target) => Box::new(HttpSender::to(target)),
            Target::Mail(target) => Box::new(MailSender::to(target)),
        }
    }
}

/// One connection that does one deed after the other.
pub trait Sender {
    fn send(&mut self, words: &Words) -> Outcome;
}

/// What stands for `{n}` and `{pick}` in one deed.
pub struct Words<'a> {
    pub number: u64,
    pub pick: &'a str,
}

impl Words<'_> {
    pub fn fill(&self, template: &str) -> String {
        template.replace("{n}", &self.number.to_string()).replace("{pick}", self.pick)
    }
}

#[derive(Default)]
struct Worker {
    latencies_us: Vec<u32>,
    refused: u64,
    bytes: u64,
    complaint: Option<String>,
}

fn percentile_ms(sorted_us: &[u32], share: f64) -> f64 {
    match sorted_us.len() {
        0 => f64::NAN,
        count => {
            let rank = (count as f64 * share).ceil() as usize;
            f64::from(sorted_us[rank.clamp(1, count) - 1]) / 1000.0
        }
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "{} done, {} refused, {:.1}/s, p50 {:.2} ms, p99 {:.2} ms, server CPU {:.3} ms each, {:.1} kB each",
            self.done,
            self.refused,
            self.done as f64 / self.seconds,
            self.p50_ms,
            self.p99_ms,
            self.cpu_ms,
            self.bytes as f64 / 1000.0 / self.done as f64,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_the_nearest_rank() {
        let sorted: Vec<u32> = (1..=100).map(|n| n * 1000).collect();
        assert_eq!(percentile_ms(&sorted, 0.50), 50.0);
        assert_eq!(percentile_ms(&sorted, 0.99), 99.0);
        assert_eq!(percentile_ms(&[7000], 0.99), 7.0);
    }
}
