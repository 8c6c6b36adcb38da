use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::Failure;
use crate::arguments::Arguments;
use crate::burst::{Burst, Words};
use crate::compare::median;
use crate::http::{HttpSender, HttpTarget};

/// Starts the command after `--` several times and prints the milliseconds until its address first
/// answers 200: median, least, most. The command is killed after each. The machine's file cache
/// stays as it is.
pub fn cold_start(words: &[String]) -> Result<bool, Failure> {
    let split = words.iter().position(|word| word == "--").ok_or("the command after -- is missing")?;
    let arguments = Arguments::parse(&words[..split])?;
    let (program, rest) = words[split + 1..].split_first().ok_or("the command after -- is missing")?;
    let target = HttpTarget::of(&arguments)?;
    let runs: usize = arguments.number_or("--runs", 5)?;
    // Fails at once when the address is malformed, before anything is started.
    Burst::of(&arguments)?;

    let mut times = Vec::with_capacity(runs);
    for _ in 0..runs {
        let begun = Instant::now();
        let mut child = Command::new(program)
            .args(rest)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let time = loop {
            let words = Words { number: 0, pick: "" };
            let answer = HttpSender::to(&target).ask(&words);
            if answer.is_ok_and(|head| head.status == 200) {
                break Some(begun.elapsed());
            }
            if begun.elapsed() > Duration::from_secs(60) || child.try_wait()?.is_some() {
                break None;
            }
            std::thread::sleep(Duration::from_millis(1));
        };
        child.kill()?;
        child.wait()?;
        let time = time.ok_or("the program ended, or did not answer 200 within a minute")?;
        times.push(time.as_secs_f64() * 1000.0);
    }
    println!(
        "{:.0} ({:.0}..{:.0})",
        median(times.iter().copied()),
        times.iter().copied().fold(f64::INFINITY, f64::min),
        times.iter().copied().fold(0.0, f64::max),
    );
    Ok(true)
}
