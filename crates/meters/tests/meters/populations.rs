//! Figures over several requests or periods, and by how much a promise was passed.

use crate::sample::{at, care, figure, measure};
use meters::{Course, Happening, Progress, figure_of, overrun_seconds, read, share_of};
use terms::{FactValue, Facts, MeasureKind, Ratio, Verdict};

fn ratios(values: &[i64]) -> Vec<Ratio> {
    values.iter().map(|value| Ratio::whole(*value)).collect()
}

#[test]
fn every_kind_reads_a_population_exactly() {
    let values = ratios(&[20, 15, 40, 35, 50]);
    for (kind, at, expected) in [
        (MeasureKind::Count, "", "5"),
        (MeasureKind::Sum, "", "160"),
        (MeasureKind::Mean, "", "32"),
        (MeasureKind::Longest, "", "50"),
        (MeasureKind::Percentile, "5 %", "15"),
        (MeasureKind::Percentile, "40 %", "20"),
        (MeasureKind::Percentile, "50 %", "35"),
        (MeasureKind::Percentile, "100 %", "50"),
        (MeasureKind::Run, "", "2"),
    ] {
        let mut asked = measure("m", "1", kind);
        asked.at = (!at.is_empty()).then(|| figure(at));
        let found = figure_of(&asked, &values, |value| value < Ratio::whole(30) || value > Ratio::whole(45));
        assert_eq!(found.map(|found| found.to_string()).as_deref(), Some(expected), "{kind:?} {at}");
    }
    let mean = measure("m", "1", MeasureKind::Mean);
    assert_eq!(figure_of(&mean, &ratios(&[1, 2]), |_| false), Ratio::new(3, 2));
    assert_eq!(figure_of(&mean, &[], |_| false), None);
}

#[test]
fn a_share_is_compared_without_rounding() {
    let claimed = figure("70 %").ratio().expect("a share");
    assert!(share_of(71, 101).expect("somebody") > claimed);
    assert!(share_of(7, 10).expect("somebody") == claimed);
    assert_eq!(share_of(0, 0), None);
}

#[test]
fn an_overrun_counts_in_the_hours_of_its_promise() {
    let terms = care();
    let facts = Facts::new().with("severity", FactValue::text("P3"));
    let course = Course::new(&terms);
    let mut progress = Progress::default();
    for (event, when) in
        [("received", "2026-02-05T11:00:00+01:00"), ("answered", "2026-02-06T09:30:00+01:00")]
    {
        let happening = Happening::new(event, at(when));
        let taken = course.steps_due(&progress, &facts, happening.at);
        taken.iter().for_each(|change| progress.apply(change));
        let changes =
            course.happen(&progress, &facts, &facts, Verdict::Covered, &happening).expect("a calendar");
        changes.iter().for_each(|change| progress.apply(change));
    }
    let clock = progress.latest("response").expect("it ran");
    let reading = read(&course, &progress, clock, &facts, at("2026-02-20T12:00:00+01:00"));
    // Due at 15:00; two hours to the close and half an hour of the morning.
    assert_eq!(overrun_seconds(&reading), 9_000);
    let on_time = progress.latest("resolution").expect("it runs");
    assert_eq!(
        overrun_seconds(&read(&course, &progress, on_time, &facts, at("2026-02-06T12:00:00+01:00"))),
        0
    );
}
