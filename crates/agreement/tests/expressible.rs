//! What agreements of other kinds than the samples say, each written down, compiled and rehearsed.

#![allow(clippy::unwrap_used, reason = "a test stops where it cannot go on")]

use agreement::Options;

/// Rehearses a document and gives every line that differs.
fn differences(text: &str) -> Vec<String> {
    let compilation = agreement::compile(text, "t.md", &Options::default());
    let complaints: Vec<String> = compilation
        .diagnostics
        .iter()
        .map(|found| format!("{} {}", found.code.as_str(), found.sentence("en")))
        .collect();
    assert!(compilation.terms.is_some(), "{complaints:?}");
    let rehearsal = agreement::rehearse(&compilation);
    assert!(!rehearsal.outcomes.is_empty());
    rehearsal.diagnostics().iter().map(|found| found.sentence("en")).collect()
}

const HEAD: &str = r#"# T
```terms
[agreement]
format    = 1
key       = "t"
version   = "1"
effective = 2026-01-01
languages = ["en"]
zone      = "Europe/Paris"
currency  = "EUR"
[calendar.office]
open = { mon-fri = ["08:00-12:00", "13:00-17:00"] }
```
"#;

#[test]
fn something_planned_is_owed_so_long_before() {
    let text = format!(
        "{HEAD}{}",
        r#"## 1 Notices
```terms
[promise.notice]
each     = "maintenance_planned"
stop     = ["maintenance_announced"]
ahead_of = "maintenance_begins"
pause    = []
within   = { by = "urgent", yes = "4 business hours", no = "2 business days", unknown = "3 days" }
calendar = "office"
business_day = "same-time"
owed     = "always"
strength = "binding"
[fact.urgent]
type = "yes-no"
en   = "Urgent"
```
```examples
[[example]]
title  = "Three days before, across the change of the clocks"
events = [{ at = "2026-03-20T09:00:00+01:00", do = "maintenance", component = "a", from = "2026-03-30T02:00:00+02:00", to = "2026-03-30T04:00:00+02:00" }]
expect = [
  { promise = "notice", due = "2026-03-27T02:00:00+01:00", state = "running" },
  { at = "2026-03-27T02:00:01+01:00", promise = "notice", state = "missed" },
]
[[example]]
title  = "Announced in time"
events = [
  { at = "2026-03-20T09:00:00+01:00", do = "maintenance", component = "a", from = "2026-03-30T02:00:00+02:00", to = "2026-03-30T04:00:00+02:00" },
  { at = "2026-03-26T09:00:00+01:00", do = "milestone", name = "maintenance_announced" },
]
expect = [{ at = "2026-04-01T09:00:00+02:00", promise = "notice", state = "met" }]
[[example]]
title  = "Two business days back over a weekend, four business hours back over lunch"
given  = { urgent = false }
events = [{ at = "2026-03-02T09:00:00+01:00", do = "maintenance", component = "a", from = "2026-03-09T10:00:00+01:00", to = "2026-03-09T11:00:00+01:00" }]
expect = [{ promise = "notice", due = "2026-03-05T10:00:00+01:00" }]
[[example]]
title  = "Four business hours back over lunch"
given  = { urgent = true }
events = [{ at = "2026-03-02T09:00:00+01:00", do = "maintenance", component = "a", from = "2026-03-09T15:00:00+01:00", to = "2026-03-09T16:00:00+01:00" }]
expect = [{ promise = "notice", due = "2026-03-09T10:00:00+01:00" }]
[[example]]
title  = "Two plans, two clocks"
events = [
  { at = "2026-03-02T09:00:00+01:00", do = "maintenance", component = "a", from = "2026-03-10T10:00:00+01:00", to = "2026-03-10T11:00:00+01:00" },
  { at = "2026-03-03T09:00:00+01:00", do = "maintenance", component = "b", from = "2026-03-12T10:00:00+01:00", to = "2026-03-12T11:00:00+01:00" },
]
expect = [
  { promise = "notice", due = "2026-03-07T10:00:00+01:00", state = "running" },
  { promise = "notice", due = "2026-03-09T10:00:00+01:00", state = "running" },
]
```
"#
    );
    assert_eq!(differences(&text), Vec::<String>::new());
}

#[test]
fn each_step_starts_a_clock_and_what_is_required_decides_whether_it_was_owed() {
    let text = format!(
        "{HEAD}{}",
        r#"## 1 Progress
```terms
[promise.report]
each     = "status_changed"
stop     = ["updated"]
pause    = []
within   = "2 hours"
strength = "binding"
[promise.callback]
start    = "received"
stop     = ["called_back"]
pause    = []
within   = "1 hour"
requires = { phoned = true }
strength = "binding"
[fact.phoned]
type = "yes-no"
en   = "Asked by telephone"
```
```examples
[[example]]
title  = "A report on each change of status"
events = [
  { at = "2026-03-02T09:00:00+01:00", do = "received" },
  { at = "2026-03-02T10:00:00+01:00", do = "take-up" },
  { at = "2026-03-02T10:30:00+01:00", do = "note" },
  { at = "2026-03-02T11:00:00+01:00", do = "resolve" },
]
expect = [
  { at = "2026-03-02T09:30:00+01:00", promise = "report", state = "none" },
  { promise = "report", due = "2026-03-02T12:00:00+01:00", state = "running" },
  { promise = "report", due = "2026-03-02T13:00:00+01:00", state = "running" },
]
[[example]]
title  = "One report keeps what runs"
events = [
  { at = "2026-03-02T09:00:00+01:00", do = "received" },
  { at = "2026-03-02T10:00:00+01:00", do = "take-up" },
  { at = "2026-03-02T11:00:00+01:00", do = "update" },
]
expect = [{ at = "2026-03-03T09:00:00+01:00", promise = "report", state = "met" }]
[[example]]
title  = "A call that was not asked for is not owed"
given  = { phoned = false }
events = [{ at = "2026-03-02T09:00:00+01:00", do = "received" }]
expect = [
  { at = "2026-03-02T09:30:00+01:00", promise = "callback", state = "running", due = "2026-03-02T10:00:00+01:00" },
  { at = "2026-03-02T11:00:00+01:00", promise = "callback", state = "stopped" },
]
[[example]]
title  = "One that was is"
given  = { phoned = true }
events = [{ at = "2026-03-02T09:00:00+01:00", do = "received" }]
expect = [{ at = "2026-03-02T11:00:00+01:00", promise = "callback", state = "missed" }]
```
"#
    );
    assert_eq!(differences(&text), Vec::<String>::new());
}

#[test]
fn a_matrix_gives_the_priority_and_moves_it() {
    let text = format!(
        "{HEAD}{}",
        r#"## 1 Priority
```terms
[fact.impact]
type   = "one-of"
values = [{ name = "site", en = "Site" }, { name = "person", en = "Person" }]
en     = "Impact"
[fact.urgency]
type   = "one-of"
values = [{ name = "high", en = "High" }, { name = "low", en = "Low" }]
en     = "Urgency"
[fact.severity]
type   = "one-of"
values = [{ name = "P1", en = "P1" }, { name = "P2", en = "P2" }, { name = "P3", en = "P3" }]
equals = { by = "impact", site = { by = "urgency", high = "P1", low = "P2" }, person = "P3" }
en     = "Priority"
[promise.response]
start    = "received"
stop     = ["answered"]
pause    = []
within   = { by = "severity", P1 = "1 hour", P2 = "2 hours", P3 = "8 hours" }
strength = "binding"
on_change = { severity = "restart" }
```
```examples
[[example]]
title  = "A site in a hurry"
given  = { impact = "site", urgency = "high" }
events = [{ at = "2026-03-02T09:00:00+01:00", do = "received" }]
expect = [{ promise = "response", due = "2026-03-02T10:00:00+01:00" }]
[[example]]
title  = "A person"
given  = { impact = "person", urgency = "high" }
events = [{ at = "2026-03-02T09:00:00+01:00", do = "received" }]
expect = [{ promise = "response", due = "2026-03-02T17:00:00+01:00" }]
[[example]]
title  = "It becomes the whole site: a new priority, counted from then"
given  = { impact = "person", urgency = "low" }
events = [{ at = "2026-03-02T09:00:00+01:00", do = "received" }, { at = "2026-03-02T10:00:00+01:00", do = "classify", facts = { impact = "site" } }]
expect = [{ promise = "response", due = "2026-03-02T12:00:00+01:00" }]
```
"#
    );
    assert_eq!(differences(&text), Vec::<String>::new());
}

#[test]
fn one_person_holds_two_roles_only_where_both_allow_it() {
    let text = format!(
        "{HEAD}{}",
        r#"## 1 People
```terms
[role]
technical  = { side = "customer", required = true, may_combine = true, en = "Technical contact" }
teaching   = { side = "customer", required = true, may_combine = true, en = "Teaching contact" }
security   = { side = "customer", required = true, en = "Security contact" }
```
```examples
[[example]]
title  = "Two that combine, one apart"
given  = { people = { technical = ["Ada"], teaching = ["Ada"], security = ["Bo"] } }
expect = [{ contract = "complete", missing = [], combined = [], clause = "1" }]
[[example]]
title  = "One that does not"
given  = { people = { technical = ["Ada"], teaching = ["Cy"], security = ["Ada"] } }
expect = [{ contract = "incomplete", missing = [], combined = ["Ada"] }]
[[example]]
title  = "Nobody"
given  = { people = { technical = ["Ada"] } }
expect = [{ contract = "incomplete", missing = ["security", "teaching"] }]
```
"#
    );
    assert_eq!(differences(&text), Vec::<String>::new());
}

#[test]
fn an_agreement_of_another_kind_needs_no_change_to_the_program() {
    for (name, least) in [("hosting", 20), ("maintenance", 7)] {
        let path = format!("{}/tests/other/{name}.md", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(path).unwrap();
        let compilation = agreement::compile(&text, "other.md", &Options::default());
        assert!(compilation.diagnostics.is_empty(), "{:?}", compilation.diagnostics);
        let rehearsal = agreement::rehearse(&compilation);
        let told: Vec<String> = rehearsal.diagnostics().iter().map(|found| found.sentence("en")).collect();
        assert!(told.is_empty(), "{}", told.join("\n"));
        assert!(rehearsal.counts().0 >= least, "{name}");
    }
}

#[test]
fn a_rhythm_is_agreed_on_one_request_by_both_within_bounds() {
    let text = format!(
        "{HEAD}{}",
        r#"## 1 Reports
```terms
[promise.update]
start    = "received"
reset    = ["updated"]
stop     = ["resolved"]
pause    = []
every    = "end of business day 1"
day_one  = "next"
calendar = "office"
strength = "binding"
agreed   = { consent = ["agent", "customer"], at_least = "end of business day 1", at_most = "end of business day 5" }
```
```examples
[[example]]
title  = "Every three days, as both want"
events = [
  { at = "2026-03-02T09:00:00+01:00", do = "received" },
  { at = "2026-03-02T10:00:00+01:00", do = "agree", promise = "update", span = "end of business day 3", by = "agent", consent = ["customer"] },
]
expect = [{ promise = "update", due = "2026-03-05T17:00:00+01:00", clause = "1" }]
[[example]]
title  = "One side alone agrees to nothing"
events = [
  { at = "2026-03-02T09:00:00+01:00", do = "received" },
  { at = "2026-03-02T10:00:00+01:00", do = "agree", promise = "update", span = "end of business day 3", by = "agent" },
]
expect = [{ refused = "1", missing = ["customer"] }, { promise = "update", due = "2026-03-03T17:00:00+01:00" }]
[[example]]
title  = "Nor do both beyond the bounds"
events = [
  { at = "2026-03-02T09:00:00+01:00", do = "received" },
  { at = "2026-03-02T10:00:00+01:00", do = "agree", promise = "update", span = "end of business day 9", consent = ["customer"] },
]
expect = [{ refused = "1" }, { promise = "update", due = "2026-03-03T17:00:00+01:00" }]
```
"#
    );
    assert_eq!(differences(&text), Vec::<String>::new());
}

/// A service that was down for a day in several months, under a contract from 16 March 2026 on.
const DOWN: &str = r#"## 1 Availability
```terms
[parameter]
begins = { kind = "date", en = "First day" }
ends   = { kind = "date", en = "Last day" }
[term]
from = "$begins"
to   = "$ends"
[measure.availability]
kind   = "availability"
period = "calendar month"
total  = { union = "all" }
[base]
year_fee = { of = "fee", per = "contract year", en = "the fee of the year" }
[consequence.credit]
on    = "measure.availability.total"
gives = "credit"
of    = "base.year_fee"
band  = [{ below = "99 %", give = "20 %" }]
cap   = [{ give = "30 %", of = "base.year_fee", per = "contract year" }]
CLAIM
```
```examples
given = { year_fee = "1000 EUR", components = { site = ["primary"] }, begins = 2026-03-16, ends = 2028-03-15 }
[[example]]
title  = "Down"
events = [
  { do = "outage", component = "site", from = "2026-05-10T00:00:00+02:00", to = "2026-05-11T00:00:00+02:00" },
  { do = "outage", component = "site", from = "2026-06-10T00:00:00+02:00", to = "2026-06-11T00:00:00+02:00" },
  { do = "outage", component = "site", from = "2026-07-10T00:00:00+02:00", to = "2026-07-11T00:00:00+02:00" },
  { do = "outage", component = "site", from = "2027-03-20T00:00:00+01:00", to = "2027-03-21T00:00:00+01:00" },
DEEDS
]
expect = [
ROWS
]
```
"#;

fn down(claim: &str, deeds: &str, rows: &str) -> String {
    let text = DOWN.replace("CLAIM", claim).replace("DEEDS", deeds).replace("ROWS", rows);
    format!("{HEAD}{text}")
}

#[test]
fn a_cap_of_the_year_counts_what_was_given_in_that_year() {
    let by_itself = down(
        "",
        "",
        r#"  { rule = "consequence.credit", period = "2026-05", credit = "200.00 EUR" },
  { rule = "consequence.credit", period = "2026-06", credit = "100.00 EUR" },
  { rule = "consequence.credit", period = "2026-07", credit = "0.00 EUR" },
  { rule = "consequence.credit", period = "2027-03", credit = "200.00 EUR" },"#,
    );
    assert_eq!(differences(&by_itself), Vec::<String>::new());
    // A claim that was refused gave nothing; a second one for a month stands in the place of the first.
    let claimed = down(
        "claim = { by = [\"customer\"] }",
        r#"  { at = "2027-04-01T09:00:00+02:00", do = "claim", period = "2026-05" },
  { at = "2027-04-02T09:00:00+02:00", do = "claim", period = "2026-05" },
  { at = "2027-04-03T09:00:00+02:00", do = "claim", period = "2026-06" },
  { at = "2027-04-04T09:00:00+02:00", do = "decide-claim", period = "2026-05", granted = false },
  { at = "2027-04-05T09:00:00+02:00", do = "decide-claim", period = "2026-06", granted = true },
  { at = "2027-04-06T09:00:00+02:00", do = "claim", period = "2027-03" },
  { at = "2027-04-07T09:00:00+02:00", do = "claim", period = "2026-07" },"#,
        r#"  { at = "2027-04-02T10:00:00+02:00", rule = "consequence.credit", period = "2026-05", credit = "200.00 EUR", credit_note = "none" },
  { at = "2027-04-03T10:00:00+02:00", rule = "consequence.credit", period = "2026-06", credit = "100.00 EUR", warning = "cap" },
  { at = "2027-04-04T10:00:00+02:00", rule = "consequence.credit", period = "2026-06", credit = "200.00 EUR", warning = "none" },
  { rule = "consequence.credit", period = "2026-05", credit = "0.00 EUR", credit_note = "none" },
  { rule = "consequence.credit", period = "2026-06", credit = "200.00 EUR", credit_note = "200.00 EUR" },
  { rule = "consequence.credit", period = "2027-03", credit = "200.00 EUR", credit_note = "none" },
  { rule = "consequence.credit", period = "2026-07", credit = "100.00 EUR", credit_note = "none" },"#,
    );
    assert_eq!(differences(&claimed), Vec::<String>::new());
}

#[test]
fn what_was_granted_stands_whatever_is_claimed_or_decided_after_it() {
    let claimed = down(
        "claim = { by = [\"customer\"] }",
        r#"  { at = "2027-04-01T09:00:00+02:00", do = "claim", period = "2026-05" },
  { at = "2027-04-02T09:00:00+02:00", do = "claim", period = "2026-06" },
  { at = "2027-04-03T09:00:00+02:00", do = "decide-claim", period = "2026-06", granted = true },
  { at = "2027-04-04T09:00:00+02:00", do = "claim", period = "2026-06" },
  { at = "2027-04-05T09:00:00+02:00", do = "decide-claim", period = "2026-06", granted = false },
  { at = "2027-04-06T09:00:00+02:00", do = "decide-claim", period = "2026-05", granted = true },"#,
        r#"  { at = "2027-04-04T10:00:00+02:00", refused = "1" },
  { at = "2027-04-04T10:00:00+02:00", rule = "consequence.credit", period = "2026-06", credit_note = "200.00 EUR" },
  { at = "2027-04-05T10:00:00+02:00", refused = "1" },
  { at = "2027-04-05T10:00:00+02:00", rule = "consequence.credit", period = "2026-05", credit = "100.00 EUR", credit_note = "none", warning = "cap" },
  { rule = "consequence.credit", period = "2026-06", credit_note = "200.00 EUR" },
  { rule = "consequence.credit", period = "2026-05", credit_note = "100.00 EUR" },"#,
    );
    assert_eq!(differences(&claimed), Vec::<String>::new());
}

#[test]
fn a_cap_of_an_invoice_counts_what_one_invoice_carries() {
    let down = |claim: &str, deeds: &str, rows: &str| {
        let per_invoice = down(claim, deeds, rows)
            .replace("base.year_fee\", per = \"contract year\" }]", "base.year_fee\", per = \"invoice\" }]");
        per_invoice
            .replace("[term]\n", "billing_period = { kind = \"span\", en = \"Billing period\" }\n[term]\n")
    };
    // Months over on both sides of an invoice, but granted for one and the same.
    let claimed = down(
        "claim = { by = [\"customer\"] }",
        r#"  { at = "2026-06-15T09:00:00+02:00", do = "invoice", amount = "900 EUR" },
  { at = "2026-07-15T09:00:00+02:00", do = "invoice", amount = "900 EUR" },
  { at = "2026-08-01T09:00:00+02:00", do = "claim", period = "2026-05" },
  { at = "2026-08-01T10:00:00+02:00", do = "claim", period = "2026-06" },
  { at = "2026-08-01T11:00:00+02:00", do = "claim", period = "2026-07" },
  { at = "2026-08-14T09:00:00+02:00", do = "decide-claim", period = "2026-05", granted = true },
  { at = "2026-08-15T09:00:00+02:00", do = "decide-claim", period = "2026-06", granted = true },
  { at = "2026-08-15T12:00:00+02:00", do = "invoice", amount = "900 EUR" },
  { at = "2026-08-15T17:00:00+02:00", do = "decide-claim", period = "2026-07", granted = true },
  { at = "2027-04-01T09:00:00+02:00", do = "note" },"#,
        r#"  { at = "2026-08-02T09:00:00+02:00", rule = "consequence.credit", period = "2026-07", credit = "0.00 EUR" },
  { at = "2026-08-15T16:00:00+02:00", rule = "consequence.credit", period = "2026-07", credit = "200.00 EUR" },
  { rule = "consequence.credit", period = "2026-05", credit_note = "200.00 EUR" },
  { rule = "consequence.credit", period = "2026-06", credit_note = "100.00 EUR", warning = "cap" },
  { rule = "consequence.credit", period = "2026-07", credit_note = "200.00 EUR" },"#,
    );
    assert_eq!(differences(&claimed), Vec::<String>::new());
    // Where no invoice is drawn, there is one for every quarter from 16 March on.
    let by_itself = down(
        "",
        "",
        r#"  { rule = "consequence.credit", period = "2026-05", credit = "200.00 EUR" },
  { rule = "consequence.credit", period = "2026-06", credit = "200.00 EUR" },
  { rule = "consequence.credit", period = "2026-07", credit = "100.00 EUR", warning = "cap" },
  { rule = "consequence.credit", period = "2027-03", credit = "200.00 EUR" },"#,
    );
    let quarterly =
        by_itself.replace("given = { year_fee", "given = { billing_period = \"3 months\", year_fee");
    assert_eq!(differences(&quarterly), Vec::<String>::new());
}

/// Damages that are made good up to a sum per something.
const DAMAGES: &str = r#"## 1 Damage
```terms
[event.damage_proven]
recorded_by = ["manager"]
en = "Damage proven"
[base]
damage = { of = "damage", en = "damage" }
[consequence.compensation]
on    = "damage_proven"
gives = "indemnity"
of    = "base.damage"
give  = "100 %"
right = "terminate"
cap   = [{ give = "500 EUR", per = "PERIOD" }]
```
```examples
[[example]]
title  = "Damages"
events = [
DEEDS
]
expect = [
ROWS
]
```
"#;

fn damages(per: &str, deeds: &str, rows: &str) -> String {
    let text = DAMAGES.replace("PERIOD", per).replace("DEEDS", deeds).replace("ROWS", rows);
    format!("{HEAD}{text}")
}

#[test]
fn a_cap_on_events_starts_anew_with_its_period() {
    for (per, third) in [
        ("month", "300.00 EUR"),
        ("invoice", "300.00 EUR"),
        ("quarter", "300.00 EUR"),
        ("year", "0.00 EUR"),
        ("contract year", "0.00 EUR"),
        ("contract", "0.00 EUR"),
    ] {
        let deeds = r#"  { at = "2026-03-05T09:00:00+01:00", do = "milestone", name = "damage_proven", damage = "300 EUR" },
  { at = "2026-03-20T09:00:00+01:00", do = "milestone", name = "damage_proven", damage = "300 EUR" },
  { at = "2026-04-01T09:00:00+02:00", do = "invoice", amount = "900 EUR" },
  { at = "2026-04-02T09:00:00+02:00", do = "milestone", name = "damage_proven", damage = "300 EUR" },"#;
        let rows = r#"  { at = "2026-03-06T09:00:00+01:00", rule = "consequence.compensation", amount = "300.00 EUR", warning = "none", right = "terminate" },
  { at = "2026-03-21T09:00:00+01:00", rule = "consequence.compensation", amount = "200.00 EUR", sum = "500.00 EUR", warning = "cap" },
  { rule = "consequence.compensation", amount = "THIRD" },"#;
        let text = damages(per, deeds, &rows.replace("THIRD", third));
        assert_eq!(differences(&text), Vec::<String>::new(), "per {per}");
    }
}

#[test]
fn an_invoice_carries_what_happened_before_it_on_its_day_and_nothing_after_it() {
    let text = damages(
        "invoice",
        r#"  { at = "2026-03-05T09:00:00+01:00", do = "milestone", name = "damage_proven", damage = "300 EUR" },
  { at = "2026-03-05T12:00:00+01:00", do = "invoice", amount = "900 EUR" },
  { at = "2026-03-05T17:00:00+01:00", do = "milestone", name = "damage_proven", damage = "300 EUR" },
  { at = "2026-03-06T09:00:00+01:00", do = "milestone", name = "damage_proven", damage = "300 EUR" },"#,
        r#"  { at = "2026-03-05T18:00:00+01:00", rule = "consequence.compensation", amount = "300.00 EUR", warning = "none" },
  { rule = "consequence.compensation", amount = "200.00 EUR", sum = "800.00 EUR", warning = "cap" },"#,
    );
    assert_eq!(differences(&text), Vec::<String>::new());
}

#[test]
fn a_claim_names_a_quarter_by_its_months_and_a_year_of_the_contract_by_the_year_it_begins_in() {
    for (period, named, availability) in [("quarter", "2026-05", "90/91"), ("contract year", "2026", "72/73")]
    {
        let text = format!(
            "{HEAD}{}",
            r#"## 1 Availability
```terms
[parameter]
begins = { kind = "date", en = "First day" }
ends   = { kind = "date", en = "Last day" }
[term]
from = "$begins"
to   = "$ends"
[measure.availability]
kind   = "availability"
period = "PERIOD"
total  = { union = "all" }
[base]
year_fee = { of = "fee", per = "contract year", en = "the fee of the year" }
[consequence.credit]
on    = "measure.availability.total"
gives = "credit"
of    = "base.year_fee"
band  = [{ below = "99 %", give = "20 %" }]
claim = { by = ["customer"] }
[consequence.leave]
on    = "measure.availability.total"
gives = "right"
band  = [{ below = "99 %", give = "1" }]
right = "terminate"
```
```examples
[[example]]
title  = "Days down"
given  = { year_fee = "1000 EUR", components = { site = ["primary"] }, begins = 2026-03-01, ends = 2028-02-29 }
events = [
  { do = "outage", component = "site", from = "2026-05-10T00:00:00+02:00", to = "UNTIL" },
  { at = "2027-03-05T09:00:00+01:00", do = "claim", period = "NAMED" },
  { at = "2027-03-06T09:00:00+01:00", do = "decide-claim", period = "NAMED", granted = true },
]
expect = [
  { measure = "availability", period = "NAMED", availability = "EXACT" },
  { rule = "consequence.credit", period = "NAMED", credit = "200.00 EUR", credit_note = "200.00 EUR" },
  { rule = "consequence.leave", period = "NAMED", right = "terminate" },
  { rule = "consequence.leave", period = "2027-12", right = "none" },
]
```
"#
            .replace("PERIOD", period)
            .replace("NAMED", named)
            .replace("UNTIL", if period == "quarter" { "2026-05-11T00:00:00+02:00" } else { "2026-05-15T00:00:00+02:00" })
            .replace("EXACT", availability)
        );
        assert_eq!(differences(&text), Vec::<String>::new(), "{period}");
    }
}

#[test]
fn a_credit_note_takes_from_one_invoice_and_no_more_than_there_is() {
    let text = format!(
        "{HEAD}{}",
        r#"## 1 Availability
```terms
[measure.availability]
kind   = "availability"
period = "calendar month"
total  = { union = "all" }
[base]
month_fee = { of = "fee", per = "month", en = "the fee of the month" }
[consequence.credit]
on     = "measure.availability.total"
gives  = "credit"
of     = "base.month_fee"
band   = [{ at_least = "50 %", below = "99 %", give = "40 %" }, { below = "50 %", give = "150 %" }]
claim  = { by = ["customer"] }
settle = { as = "credit note", on = "next invoice", cash = false }
```
```examples
given = { month_fee = "100 EUR", components = { site = ["primary"] } }
[[example]]
title  = "The invoice that follows the decision, and no other"
events = [
  { do = "outage", component = "site", from = "2026-05-10T00:00:00+02:00", to = "2026-05-11T00:00:00+02:00" },
  { at = "2026-06-01T09:00:00+02:00", do = "invoice", amount = "100 EUR" },
  { at = "2026-06-05T09:00:00+02:00", do = "claim", period = "2026-05" },
  { at = "2026-06-10T09:00:00+02:00", do = "decide-claim", period = "2026-05", granted = true },
  { at = "2026-07-01T09:00:00+02:00", do = "invoice", amount = "100 EUR" },
  { at = "2026-08-01T09:00:00+02:00", do = "invoice", amount = "100 EUR" },
]
expect = [
  { at = "2026-06-20T09:00:00+02:00", rule = "consequence.credit", amount = "100.00 EUR" },
  { at = "2026-07-02T09:00:00+02:00", rule = "consequence.credit", amount = "60.00 EUR" },
  { rule = "consequence.credit", amount = "100.00 EUR" },
]
[[example]]
title  = "A credit that is never paid out leaves nothing to pay"
events = [
  { do = "outage", component = "site", from = "2026-05-01T00:00:00+02:00", to = "2026-05-31T00:00:00+02:00" },
  { at = "2026-06-05T09:00:00+02:00", do = "claim", period = "2026-05" },
  { at = "2026-06-10T09:00:00+02:00", do = "decide-claim", period = "2026-05", granted = true },
  { at = "2026-07-01T09:00:00+02:00", do = "invoice", amount = "100 EUR" },
]
expect = [{ rule = "consequence.credit", amount = "0.00 EUR" }]
```
"#
    );
    assert_eq!(differences(&text), Vec::<String>::new());
}

#[test]
fn an_outlay_in_another_currency_is_not_held_against_a_limit() {
    let text = format!(
        "{HEAD}{}",
        r#"## 1 Expenses
```terms
[expense.journey]
en      = "Journeys"
of      = ["journey"]
charged = "at-cost"
at_cost = { at_most = "900 EUR" }
```
```examples
[[example]]
title  = "Within, beyond, and in dollars"
events = [
  { at = "2026-03-02T09:00:00+01:00", do = "expense", kind = "journey", amount = "300 EUR" },
  { at = "2026-03-03T09:00:00+01:00", do = "expense", kind = "journey", amount = "1000 EUR" },
  { at = "2026-03-04T09:00:00+01:00", do = "expense", kind = "journey", amount = "100 USD" },
]
expect = [
  { at = "2026-03-02T10:00:00+01:00", rule = "expense.journey", amount = "300.00 EUR", warning = "none" },
  { at = "2026-03-03T10:00:00+01:00", rule = "expense.journey", amount = "900.00 EUR", warning = "cap", sum = "1200.00 EUR" },
  { refused = "1" },
  { rule = "expense.journey", sum = "1200.00 EUR" },
]
```
"#
    );
    assert_eq!(differences(&text), Vec::<String>::new());
}
