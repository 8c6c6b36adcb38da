//! Deadlines of a promise that comes again and again: the last stands for all.

use crate::page::Frame;
use crate::say::count;
use maud::{Markup, html};
use meters::ClockState;
use operations::ClockView;

/// A clock that a page shows, and those of the same promise that ended before it, folded under it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Series {
    /// Place of the shown one.
    pub(crate) shown: usize,
    /// Places of those before, the latest first.
    pub(crate) before: Vec<usize>,
    /// How many of those were missed.
    pub(crate) missed: usize,
}

/// Fewer stand side by side: a fold would hide what one look takes in.
const WORTH_FOLDING: usize = 3;

/// The clocks of a request in the order they started, those of a promise that ended folded under its last where there are
/// many. The nearest deadline, and whatever still runs, is shown by itself.
pub(crate) fn series(clocks: &[ClockView], nearest: Option<usize>) -> Vec<Series> {
    let alike = |one: usize, other: usize| clocks[one].reading.promise == clocks[other].reading.promise;
    let is_over = |place: usize| {
        let runs = matches!(clocks[place].reading.state, ClockState::Running | ClockState::Paused);
        !runs && nearest != Some(place)
    };
    let mut shown = Vec::new();
    for place in 0..clocks.len() {
        let last = (place..clocks.len()).rev().find(|later| alike(*later, place)).unwrap_or(place);
        let before: Vec<usize> =
            (0..last).rev().filter(|earlier| alike(*earlier, last) && is_over(*earlier)).collect();
        let is_folded = before.len() >= WORTH_FOLDING;
        if is_folded && before.contains(&place) {
            continue;
        }
        let before = if is_folded && place == last { before } else { Vec::new() };
        let missed = before.iter().filter(|earlier| clocks[**earlier].reading.missed).count();
        shown.push(Series { shown: place, before, missed });
    }
    shown
}

/// Those that lie under the shown one, as its page draws them; nothing where there are none.
pub(crate) fn fold(frame: &Frame, series: &Series, drawn: &Markup) -> Markup {
    html! {
        @if !series.before.is_empty() { details.fold.fold--link { summary { (folded(frame, series)) } (drawn) } }
    }
}

/// What stands over those that are folded: how many, and how many of them were missed.
fn folded(frame: &Frame, series: &Series) -> String {
    let said = count(frame.language, "clock-before", series.before.len() as u64);
    match series.missed {
        0 => said,
        missed => said + &count(frame.language, "clock-before-missed", missed as u64),
    }
}

#[cfg(test)]
mod tests {
    use super::{Series, folded, series};
    use crate::golden::{clock, frame_in, reading};
    use meters::{ClockState, Reading};
    use operations::ClockView;
    use words::Language;

    fn clocks(states: &[(&str, ClockState)]) -> Vec<ClockView> {
        let read = |(promise, state): &(&str, ClockState)| {
            clock(Reading { missed: *state == ClockState::Missed, ..reading(promise, *state) })
        };
        states.iter().map(read).collect()
    }

    #[test]
    fn what_ended_many_times_lies_under_the_last() {
        let (missed, met, running) = (ClockState::Missed, ClockState::Met, ClockState::Running);
        let alone = |shown| Series { shown, before: Vec::new(), missed: 0 };
        let clocks = clocks(&[
            ("news", missed),
            ("response", met),
            ("news", met),
            ("news", missed),
            ("alarm", missed),
            ("news", running),
        ]);
        // Two that ended are taken in with one look.
        assert_eq!(series(&clocks[..4], None), [alone(0), alone(1), alone(2), alone(3)]);
        let last = Series { shown: 5, before: vec![3, 2, 0], missed: 2 };
        assert_eq!(series(&clocks, Some(5)), [alone(1), alone(4), last.clone()]);
        // The nearest deadline is never hidden.
        let nearest = series(&clocks, Some(3));
        assert!(nearest.iter().any(|one| one.shown == 3), "{nearest:?}");
        let said = |language| folded(&frame_in(language), &last);
        assert_eq!(said(Language::French), "3 autres échéances avant celle-ci, dont 2 manquées");
        assert_eq!(said(Language::English), "3 other deadlines before this, 2 of them missed");
    }
}
