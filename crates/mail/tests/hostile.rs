//! Messages of hostile size and structure: time and memory stay bounded. With `ENTENTE_LONG` the whole of
//! it, a hundred megabytes and a million fields; else a twenty-fifth.
#![allow(clippy::disallowed_methods, reason = "a test that measures reads the clock and the environment")]

use std::time::{Duration, Instant};

use harness::{hostile_html, thread_cpu_time};
use mail::{parse, place_images};

/// The most that this process ever held, in bytes.
fn held_at_most() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|number| number.parse::<usize>().ok()).unwrap_or(0) * 1024
}

/// Makes a message.
type MakeWhole<'a> = Box<dyn Fn() -> String + 'a>;
/// Makes a message of so many.
type Make<'a> = &'a dyn Fn(usize) -> String;

#[test]
fn size_and_structure_are_bounded() {
    let is_long = std::env::var_os("ENTENTE_LONG").is_some();
    let share = |whole: usize| if is_long { whole } else { whole / 25 };
    let start = "From: a@b.example\r\n";
    let mixed = format!("{start}Content-Type: multipart/mixed; boundary=b\r\n\r\n");
    let cases: [(&str, MakeWhole<'_>); 7] = [
        ("body", Box::new(|| format!("{start}\r\n{}", "0123456789 abcdefghi\r\n".repeat(share(5_000_000))))),
        ("one line", Box::new(|| format!("{start}\r\n{}", "x".repeat(share(100_000_000))))),
        (
            "html",
            Box::new(|| {
                format!("{start}Content-Type: text/html\r\n\r\n{}", "<b>x</b> ".repeat(share(11_000_000)))
            }),
        ),
        ("parts", Box::new(|| format!("{mixed}{}--b--", "--b\r\n\r\nx\r\n".repeat(share(100_000))))),
        (
            "depth",
            Box::new(|| {
                let deep = share(10_000);
                let opening = |level: usize| {
                    format!("--d{level}\r\nContent-Type: multipart/mixed; boundary=d{}\r\n\r\n", level + 1)
                };
                let begun = format!("{start}Content-Type: multipart/mixed; boundary=d0\r\n\r\n");
                begun + &(0..deep).map(opening).collect::<String>()
            }),
        ),
        ("fields", Box::new(|| format!("{start}{}\r\nx", "X-Field: value\r\n".repeat(share(1_000_000))))),
        (
            "recipients",
            Box::new(|| format!("{start}To: {}\r\n\r\nx", "a@b.example, ".repeat(share(100_000)))),
        ),
    ];
    for (name, make) in cases {
        let message = make();
        let before = held_at_most();
        let begun = Instant::now();
        let letter = parse(message.as_bytes());
        let (took, grew) = (begun.elapsed(), held_at_most().saturating_sub(before));
        println!(
            "{name}: {} MB in {} ms, {} MB more",
            message.len() / 1_000_000,
            took.as_millis(),
            grew / 1_000_000
        );
        assert_eq!(letter.from.map(|from| from.address).as_deref(), Some("a@b.example"), "{name}");
        // What an unoptimised build needs, with a margin; anything quadratic takes hours.
        assert!(took < Duration::from_secs(if is_long { 120 } else { 30 }), "{name}: {took:?}");
        // The attached copy, the decoded text and what is made of it.
        assert!(grew < 4 * message.len() + 96_000_000, "{name}: {grew} bytes for {}", message.len());
    }
}

/// Twice the size costs at most 2.3 times the work, as the processor counts it.
#[test]
fn twice_the_size_is_twice_the_work() {
    let is_long = std::env::var_os("ENTENTE_LONG").is_some();
    let share = |whole: usize, part: usize| if is_long { whole } else { whole / part };
    let html = "From: a@b.example\r\nContent-Type: text/html\r\n\r\n";
    let mixed = "From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n";
    let named = "--b\r\nContent-Disposition: attachment; filename=a.txt\r\n\r\nx\r\n";
    let cases: [(&str, usize, Make<'_>); 6] = [
        ("nested tags", share(1_000_000, 10), &|count| format!("{html}{}", "<b>".repeat(count))),
        ("nested and closed", share(1_000_000, 20), &|count| {
            format!("{html}{}x{}", "<b>".repeat(count), "</b>".repeat(count))
        }),
        ("open brackets", share(10_000_000, 200), &|count| format!("{html}{}", "<".repeat(count))),
        ("parts", share(100_000, 10), &|count| format!("{mixed}{}--b--", "--b\r\n\r\nx\r\n".repeat(count))),
        ("files", share(100_000, 10), &|count| format!("{mixed}{}--b--", named.repeat(count))),
        ("quoted lines", share(1_000_000, 10), &|count| {
            format!("From: a@b.example\r\n\r\n{}", "> x\r\n".repeat(count))
        }),
    ];
    let cost = |message: &str| {
        let from = thread_cpu_time();
        std::hint::black_box(parse(message.as_bytes()));
        thread_cpu_time() - from
    };
    for (name, whole, make) in cases {
        let (shorter, longer) = (make(whole / 2), make(whole));
        let (mut half, mut full) = (Duration::MAX, Duration::MAX);
        // The least of some runs: what else the machine does only ever adds, to caches that others empty as well.
        for run in 0..12 {
            (half, full) = (half.min(cost(&shorter)), full.min(cost(&longer)));
            let is_told = full.as_secs_f64() < 2.3 * half.as_secs_f64();
            if is_told && (run >= 2 || is_long) {
                break;
            }
        }
        let ratio = full.as_secs_f64() / half.as_secs_f64();
        println!(
            "{name}: {} ms for {}, {} ms for {whole}: {ratio:.2}",
            half.as_millis(),
            whole / 2,
            full.as_millis()
        );
        // Of a few milliseconds nothing can be told.
        assert!(ratio < 2.3 || full < Duration::from_millis(20), "{name}: {half:?}, then {full:?}");
    }
}

/// Cleaning what is clean changes nothing, so that no second reading finds what the first one missed; and
/// nothing is left that could run or load.
#[test]
fn hostile_html_is_cleaned_once_and_for_all() {
    let count = if std::env::var_os("ENTENTE_LONG").is_some() { 100_000 } else { 2_000 };
    let again = |html: &str| place_images(html, |id| Some(format!("cid:{id}"))).expect("it can be read");
    for html in hostile_html(20_261_125, count, "http://watched.example") {
        let letter = parse(
            format!(
                "From: a@b.example\r\nMIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{html}"
            )
            .as_bytes(),
        );
        let Some(clean) = letter.html else { continue };
        assert_eq!(again(&clean).trim(), clean.trim(), "{html}");
        let lower = clean.to_lowercase();
        for tag in [
            "script", "style", "iframe", "object", "embed", "svg", "math", "form", "input", "link", "meta",
            "base", "video", "audio", "source", "template", "noscript", "textarea", "button",
        ] {
            let begin = format!("<{tag}");
            let begins = lower.match_indices(&begin);
            let opens = begins
                .filter(|(at, _)| !lower[at + 1 + tag.len()..].starts_with(|c: char| c.is_alphanumeric()));
            assert_eq!(opens.count(), 0, "<{tag}> is left of {html}\n{clean}");
        }
        // Inside tags alone: words may say anything, and so may a title.
        for tag in lower.split('<').skip(1).filter_map(|rest| rest.split_once('>')).map(|(tag, _)| tag) {
            let mut rest = tag;
            while let Some((before, after)) = rest.split_once("=\"") {
                let name = before.rsplit(' ').next().unwrap_or_default();
                let (value, next) = after.split_once('"').expect("every value is closed");
                let harmless = match name {
                    "src" => value.starts_with("cid:") || value.starts_with("data:image/"),
                    "style" => !value.contains("url"),
                    "href" | "cite" => {
                        ["http", "mailto:", "tel:"].iter().any(|start| value.starts_with(start))
                    }
                    other => {
                        !other.starts_with("on")
                            && !["srcset", "background", "action", "ping"].contains(&other)
                    }
                };
                assert!(harmless, "{name}={value} is left of {html}");
                rest = next;
            }
        }
    }
}
