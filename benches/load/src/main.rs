//! The load driver of the benches: bursts over HTTP or SMTP, with the server's own CPU time as the
//! measure, so that a busy machine does not decide.
//!
//! Lives here: sending, timing, and reading the kernel's account of a process. Start reading at
//! `burst.rs`.

mod arguments;
mod burst;
mod cold_start;
mod compare;
mod http;
mod mail;
mod person;
mod process;
mod receipts;
mod sink;

use std::process::ExitCode;

use arguments::Arguments;
use burst::Burst;

const USAGE: &str = "\
load http --url URL --pid PID [BURST]         a burst of requests
load mail --smtp ADDR --to MAILBOX --pid PID [BURST]   a burst of messages
load compare --name TEXT [--rounds 5] [--cpu-limit R] [--p99-limit R] [BURST] --base SIDE --product SIDE
                                              both in turn, and the ratios; a SIDE is the options
                                              of http or mail, BURST's own among them
load receipts --smtp ADDR --to MAILBOX --maildir FOLDER [--connections 8] [--seconds 10] [--limit-seconds 2]
                                              how long each letter waits for its receipt
load sink --listen ADDR                       a mail server that takes everything and keeps nothing
load size --url URL [--header 'NAME: VALUE']  bytes of one answer
load memory --pid PID                         proportional memory (PSS) in MiB
load cold-start --url URL [--runs 5] -- COMMAND...   milliseconds to the first 200
load person --demo FILE --provider KEY --role ROLE --field NAME   one value of demo.json
load sign-in --url LINK                       the cookies that a sign-in link gives, as a header

BURST: [--connections 2] [--seconds 4 | --requests N]
http:  [--header 'NAME: VALUE']... [--body TEXT] [--targets FILE]
mail:  [--from ADDRESS] [--header 'NAME: VALUE'] [--targets FILE] [--messages-per-connection 20]
In URL, headers, body and addresses {n} is a number never used before, {pick} a line of FILE.";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let Some((command, rest)) = words.split_first() else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let outcome = match command.as_str() {
        "http" | "mail" => Arguments::parse(rest).and_then(|arguments| one_burst(&arguments)),
        "compare" => compare::compare(rest),
        "receipts" => Arguments::parse(rest).and_then(|arguments| receipts::receipts(&arguments)),
        "sink" => Arguments::parse(rest).and_then(|arguments| sink::sink(&arguments)),
        "size" => Arguments::parse(rest).and_then(|arguments| size(&arguments)),
        "memory" => Arguments::parse(rest).and_then(|arguments| {
            println!("{:.1}", process::memory_mebibytes(arguments.number("--pid")?)?);
            Ok(true)
        }),
        "cold-start" => cold_start::cold_start(rest),
        "person" => Arguments::parse(rest).and_then(|arguments| person::person(&arguments)),
        "sign-in" => Arguments::parse(rest).and_then(|arguments| person::sign_in(&arguments)),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(trouble) => {
            eprintln!("load {command}: {trouble}");
            ExitCode::from(3)
        }
    }
}

/// Says what went wrong, for a person at a terminal.
type Failure = Box<dyn std::error::Error + Send + Sync>;

fn one_burst(arguments: &Arguments) -> Result<bool, Failure> {
    let figures = Burst::of(arguments)?.run()?;
    println!("{figures}");
    Ok(figures.refused == 0)
}

fn size(arguments: &Arguments) -> Result<bool, Failure> {
    let burst = Burst::of(arguments)?;
    println!("{}", burst.size_of_one()?);
    Ok(true)
}
