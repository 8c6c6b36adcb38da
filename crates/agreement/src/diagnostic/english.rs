use crate::diagnostic::{Code, Words};

/// Words for what a name or a value should be.
pub(super) fn spoken(word: &str) -> &str {
    match word {
        "table" => "a table",
        "rows" => "one table or several",
        "text" => "words between quotes",
        "names" => "a name or a list of names",
        "yes-no" => "true or false",
        "number" => "a number",
        "date" => "a day such as 2026-07-01",
        "span" => "an amount of time such as \"4 business hours\"",
        "condition" => "a condition such as { channel = \"email\" }",
        "events" => "an event or a list of events",
        "hours" => "hours per weekday such as { mon-fri = [\"09:00-17:00\"] }",
        "figure" => "a figure such as \"5 %\", \"40 EUR\" or \"1 unit\"",
        "money" => "an amount such as \"600 EUR\"",
        "units" => "so many units such as \"3 units\"",
        "days" => "so many days such as \"365 days\"",
        "measured" => "a figure of what is measured such as \"1 hour\", or \"1 day\" where days are measured",
        "scalar" => "a single value",
        "day-rule" => {
            "a day such as { date = \"12-25\" }, { easter = 1 } or { nth = 1, weekday = \"mon\", month = 9 }"
        }
        "instant" => "an instant such as \"2026-03-06T16:30:00+01:00\"",
        "set" => "values of a set under has_any or has_all",
        "alternative" => "alternative",
        "calendar" => "calendar",
        "event" => "event",
        "example" => "key of an example",
        "fact" => "fact",
        "interpretation" => "interpretation",
        "item" => "list item",
        "language" => "language of the document",
        "ledger" => "prepaid work",
        "list" => "product list",
        "mail" => "mail",
        "party" => "party to wait for",
        "variable" => "variable of a mail",
        "parameter" => "parameter",
        "pause" => "pause",
        "promise" => "promise",
        "role" => "role",
        "rule" => "rule",
        "entry" => "list entry",
        "case" => "exception",
        other => other,
    }
}

/// The words of a code.
#[rustfmt::skip]
pub(super) fn words(code: Code) -> Words {
    let (sentence, help, help_nearest, second) = match code {
        Code::NotToml => ("this block cannot be read as TOML: {message}", "write `key = value` lines under `[kind.name]` headers; text stands between quotes", None, ""),
        Code::NoAgreement => ("the document does not say which agreement it is", "write a block with `[agreement]` and its format, key, version, effective and zone, under the title", None, ""),
        Code::UnknownKind => ("there is no kind of rule called `{kind}`", "the kinds of rules are listed in docs/agreement-language.md", Some("write `{nearest}`"), ""),
        Code::UnknownKey => ("`{rule}` has no key `{key}`", "take the key away; `{rule}` knows {known}", Some("write `{nearest}`"), ""),
        Code::UnknownName => ("no {what} is called `{name}`", "declare it, or write the name of one that is declared", Some("write `{nearest}`"), ""),
        Code::UnknownValue => ("`{value}` is no value of `{fact}`", "write one of: {known}", Some("write `{nearest}` (the values are {known})"), "the values are declared here"),
        Code::WrongValue => ("`{key}` takes {wanted}", "write {wanted}", None, ""),
        Code::WordsCompared => ("`{fact}` holds words of people, which may be erased: no rule can depend on what they say", "ask `{fact} = { known = true }`, or declare it with `type = \"text\"` where a short text is meant that concerns nobody", None, "declared here"),
        Code::MissingKey => ("`{rule}` needs a key `{key}`", "add `{key} = …`", None, ""),
        Code::WrittenTwice => ("`{key}` of `{rule}` is written twice", "keep one of them; an exception stands under `[[{rule}.case]]` with a `when`", None, "written here first"),
        Code::BadSpan => ("`{text}` is not an amount of time", "write a number and a unit such as \"10 minutes\", \"4 business hours\" or \"2 business days\", or \"end of business day 3\", \"end of month\", \"2 to 4 hours\", \"immediately\", \"none\" or \"unstated\"", Some("write \"{nearest}\""), ""),
        Code::BadZone => ("no time zone is called `{text}`", "write an IANA name such as \"America/Toronto\" or an offset such as \"-05:00\"", Some("write \"{nearest}\""), ""),
        Code::BadHours => ("`{text}` are not hours of opening", "write weekdays `mon` to `sun`, one or a stretch such as `mon-fri`, with windows such as [\"09:00-12:00\", \"13:00-17:00\"]", None, ""),
        Code::OverlappingWindows => ("the windows {first} and {other} of `{day}` overlap", "join them into one window, or move one", None, "the other window"),
        Code::NeverOpens => ("the calendar `{name}` never opens", "give it hours on at least one day, such as open = { mon-fri = [\"09:00-17:00\"] }", None, ""),
        Code::MissingHolidays => ("no holiday list is called `{name}`", "declare `[holidays.{name}]`, or name a list that is shipped, such as \"ca-qc\", \"fr\" or \"gb-eng\"", Some("write \"{nearest}\""), ""),
        Code::BadHolidayFile => ("line {line} of this iCalendar text cannot be read as a closed day", "write events of whole days, such as DTSTART;VALUE=DATE:20261225, each once or every year with RRULE:FREQ=YEARLY", None, ""),
        Code::BusinessDayUnsaid => ("`{rule}` counts business days without saying what one is", "add `business_day = \"length\"`, `\"same-time\"` or `\"close\"`", None, "counted here"),
        Code::NoCalendar => ("`{rule}` counts in business time without a calendar", "add `calendar = \"…\"` with the name of a calendar", None, ""),
        Code::ChoiceGap => ("this choice by `{fact}` says nothing for {missing}", "add a line for each, or `else = …`", None, ""),
        Code::Disagree => ("two exceptions to `{rule}` can both hold and give different values for `{key}`", "narrow one `when`, or write `except = \"NAME\"` in the one that wins, NAME being the `name` of the other", None, "the other exception"),
        Code::NeverApplies => ("this exception to `{rule}` can never apply", "correct its `when`, or take the exception away", None, "because of this"),
        Code::SeverityWithoutTarget => ("the exceptions of `{rule}` give some severities a target, and none to {missing}", "add an exception for each, or `within` on the rule itself: a span for all others, or \"none\" where nothing is promised", None, "an exception that gives one"),
        Code::BandGap => ("between two bands of `{rule}` lie numbers that belong to neither", "let one band begin where the other ends (`below = \"99 %\"`, then `at_least = \"99 %\"`), or keep the gap with allow = [\"band-gap\"]", None, "the band below"),
        Code::BandUnreachable => ("a number may not reach this band of `{rule}` alone: the band is empty, or another holds the same numbers", "correct its bounds so that each number lies in one band", None, "the other band"),
        Code::NoStop => ("nothing stops the clock of `{rule}`", "add `stop = [\"…\"]` with the event that keeps the promise, such as \"answered\" or \"resolved\"", None, ""),
        Code::Circle => ("`{name}` leads back to itself", "break the circle: one of the rules must stand on its own", None, ""),
        Code::ProseDiffers => ("the prose says \"{figure}\", the rules of this clause say {known}", "make the prose and the rule agree; a clause that only informs says `[clause]` `information = true`", None, "the rule"),
        Code::ClauseTwice => ("two clauses are numbered {number}", "give each heading a number of its own, or a mark such as {#A2}", None, "the first of them"),
        Code::UnnumberedClause => ("rules stand under a heading without a number", "begin the heading with a number, or end it with a mark such as {#A}", None, "the rules"),
        Code::ExampleDiffers => ("the example \"{title}\" expects {expected} and computes {found}", "correct the rule, or the example", None, ""),
        Code::ExampleNotComputed => ("the example \"{title}\" expects {expected}, which nothing computes", "say beside it what it is of, such as `promise`, `rule`, `measure` or `act`, by a name that the document has, or take it away", None, ""),
        Code::ExampleExpectsNothing => ("the example \"{title}\" expects nothing", "add `expect = [{ promise = \"…\", due = \"…\" }]`", None, ""),
        Code::NoRule => ("clause {number} promises something and has no rule", "write a `terms` block under it, or `[clause]` with `information = true`", None, ""),
        Code::TargetsGrow => ("the target of `{rule}` grows with the severity: {worse} has {longer}, {milder} has {shorter}", "exchange the figures, or keep them with allow = [\"targets-grow-with-severity\"]", None, "the severities, from the worst"),
        Code::UnusedPause => ("no promise lists the pause `{name}`", "add it to the `pause` of the promises it touches, or take it away", None, ""),
    };
    Words { sentence, help, help_nearest, second }
}
