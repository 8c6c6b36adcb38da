//! Readings and readers that several tests share.

use calendar::{Instant, Span, Zone};
use meters::{ClockState, Reading};
use terms::{Clause, ClauseName, Label, Strength};
use words::{Language, Reader};

pub fn at(text: &str) -> Instant {
    Instant::parse(text).unwrap()
}

pub fn zone(name: &str) -> Zone {
    Zone::parse(name).unwrap()
}

/// Somebody at a screen in Montréal.
pub fn reader(language: Language) -> Reader {
    Reader { language, zone: Some(zone("America/Montreal")), paper: false }
}

/// The same person reading a mail.
pub fn mail_reader(language: Language) -> Reader {
    Reader { paper: true, ..reader(language) }
}

pub fn clause(number: &str, item: Option<&str>) -> Clause {
    Clause::from(ClauseName {
        agreement: "essai".to_owned(),
        version: "1".to_owned(),
        number: number.to_owned(),
        item: item.map(str::to_owned),
        heading: "Délais".to_owned(),
    })
}

/// Tuesday 24 November 2026, 11:20 in Montréal.
pub fn now() -> Instant {
    at("2026-11-24T11:20:00-05:00")
}

/// A response clock that runs until tomorrow 16:10, 13 h 50 of opening time left.
pub fn running() -> Reading {
    Reading {
        promise: "response".to_owned(),
        label: Label::default(),
        strength: Strength::Binding,
        state: ClockState::Running,
        started_at: at("2026-11-23T14:40:00-05:00"),
        due_at: Some(at("2026-11-25T16:10:00-05:00")),
        met_at: None,
        paused_since: None,
        waiting_for: None,
        waiting_also_for: Vec::new(),
        pause_label: None,
        used_seconds: 15_000,
        left_seconds: Some(49_800),
        target: Some(Span::parse("18 business hours").unwrap()),
        clause: clause("5.1", Some("c")),
        calendar: "office".to_owned(),
        missed: false,
        stopped: None,
        provisional: Default::default(),
        interpretations: Vec::new(),
    }
}

/// Overdue since Monday 20:00, 2 h 20 of opening time.
pub fn late() -> Reading {
    Reading {
        state: ClockState::Missed,
        due_at: Some(at("2026-11-23T20:00:00-05:00")),
        left_seconds: Some(-8_400),
        missed: true,
        ..running()
    }
}

/// Paused since Monday 16:05 with 3 h 20 of opening time left.
pub fn paused() -> Reading {
    Reading {
        state: ClockState::Paused,
        paused_since: Some(at("2026-11-23T16:05:00-05:00")),
        waiting_for: Some("customer".to_owned()),
        waiting_also_for: Vec::new(),
        pause_label: Some({
            let mut label = Label::new("fr", "nous attendons votre journal");
            label.insert("en", "we are waiting for your log");
            label
        }),
        left_seconds: Some(12_000),
        ..running()
    }
}

/// Answered today 08:52, 48 min before it was due.
pub fn met() -> Reading {
    Reading {
        state: ClockState::Met,
        due_at: Some(at("2026-11-24T09:40:00-05:00")),
        met_at: Some(at("2026-11-24T08:52:00-05:00")),
        left_seconds: Some(2_880),
        ..running()
    }
}

/// With ordinary spaces, so that cases stay readable; `catalogues.rs` checks the spaces.
pub fn spaced(text: &str) -> String {
    text.replace('\u{a0}', " ")
}
