//! What a block of rules may hold: every kind of rule, its keys, and the shape of their values.
//!
//! This table drives the complaints about unknown keys and kinds, the page about the language, and
//! the schema that editors use. A further kind of rule begins with a row here.

/// A kind of rule.
#[derive(Clone, Copy, Debug)]
pub struct KindRule {
    /// The table's name (`promise`).
    pub kind: &'static str,
    /// Whether such rules carry a name of their own (`promise.response`).
    pub named: bool,
    /// The keys that an exception in `case` may give; none where there are no exceptions.
    pub case_keys: &'static [&'static str],
    /// Its keys, beside the words for people.
    pub keys: &'static [KeyRule],
}

/// A key of a rule.
#[derive(Clone, Copy, Debug)]
pub struct KeyRule {
    /// The key.
    pub key: &'static str,
    /// What may stand there.
    pub shape: Shape,
    /// Whether the rule makes no sense without it.
    pub needed: bool,
}

/// What may stand under a key.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// Any words.
    Text,
    /// One of these words.
    Word(&'static [&'static str]),
    /// One name or several.
    Names,
    /// `true` or `false`.
    YesNo,
    /// A number.
    Number,
    /// A day.
    Date,
    /// An amount of time.
    Span,
    /// Another value, such as the default of a parameter.
    Scalar,
    /// A condition.
    Condition,
    /// One event or several.
    Events,
    /// Windows per weekday.
    Hours,
    /// A table with these keys.
    Table(&'static [KeyRule]),
    /// Several tables with these keys.
    Rows(&'static [KeyRule]),
    /// One of these words, or a table with these keys.
    Either(&'static [&'static str], &'static [KeyRule]),
    /// A table with these keys, or this word.
    TableOr(&'static str, &'static [KeyRule]),
    /// A table whose keys are names of the document.
    Map,
    /// Either words or a table; read where it is used.
    Any,
}

const fn key(key: &'static str, shape: Shape) -> KeyRule {
    KeyRule { key, shape, needed: false }
}

const fn needed(key: &'static str, shape: Shape) -> KeyRule {
    KeyRule { key, shape, needed: true }
}

const fn kind(kind: &'static str, keys: &'static [KeyRule]) -> KindRule {
    KindRule { kind, named: true, case_keys: &[], keys }
}

const fn with_cases(rule: KindRule, case_keys: &'static [&'static str]) -> KindRule {
    KindRule { case_keys, ..rule }
}

const fn single(kind: &'static str, keys: &'static [KeyRule]) -> KindRule {
    KindRule { kind, named: false, case_keys: &[], keys }
}

/// Strengths of promises, as documents write them.
const STRENGTHS: &[&str] = &["binding", "objective", "estimate", "best-effort", "without-figure"];
const SOURCES: &[&str] = &["contract", "customer", "agent", "system"];
/// Kinds of facts.
pub(crate) const FACT_TYPES: &[&str] = &[
    "yes-no", "one-of", "set-of", "number", "span", "money", "date", "instant", "text", "words", "product",
    "version",
];
/// Kinds of parameters.
pub(crate) const PARAMETER_KINDS: &[&str] = &[
    "fact", "span", "share", "number", "money", "date", "dates", "holidays", "zone", "contact", "releases",
    "table", "choice",
];

const STEPS: &[KeyRule] = &[
    key("left", Shape::Span),
    key("after", Shape::Span),
    key("tell", Shape::Names),
    key("climb", Shape::Text),
];

const VALUES: &[KeyRule] = &[
    needed("name", Shape::Scalar),
    key("meaning", Shape::Map),
    key("hints", Shape::Any),
    key("team", Shape::Text),
];

const SCALE: &[KeyRule] =
    &[needed("name", Shape::Scalar), needed("means", Shape::Word(&["good", "fair", "bad"]))];

const DAY_RULES: &[KeyRule] = &[
    key("date", Shape::Scalar),
    key("easter", Shape::Number),
    key("nth", Shape::Number),
    key("weekday", Shape::Text),
    key("month", Shape::Number),
    key("before", Shape::Text),
    key("after", Shape::Text),
    key("observed", Shape::Word(OBSERVED)),
    key("first_year", Shape::Number),
    key("last_year", Shape::Number),
];
const OBSERVED: &[&str] = &["next-weekday", "nearest-weekday", "after-sunday"];

const OPEN_ON: &[KeyRule] = &[
    key("date", Shape::Scalar),
    key("easter", Shape::Number),
    key("nth", Shape::Number),
    key("weekday", Shape::Text),
    key("month", Shape::Number),
    key("before", Shape::Text),
    key("after", Shape::Text),
    needed("at", Shape::Text),
];

const ALTERNATIVES: &[KeyRule] =
    &[needed("name", Shape::Text), key("selectable", Shape::YesNo), key("instead", Shape::Map)];

const SILENCE: &[KeyRule] = &[
    needed("after", Shape::Span),
    key("from", Shape::Text),
    key("remind", Shape::Names),
    needed("counts_as", Shape::Text),
    key("reopens", Shape::YesNo),
    key("calendar", Shape::Text),
    key("business_day", Shape::Word(&["length", "same-time", "close"])),
    key("day_one", Shape::Word(&["same", "next"])),
];

const AFTER: &[KeyRule] = &[
    needed("event", Shape::Text),
    needed("wait", Shape::Span),
    key("first_day", Shape::Word(&["same", "next"])),
    key("calendar", Shape::Text),
    key("counted_from", Shape::Names),
    key("unless", Shape::Text),
];

const SHOW: &[KeyRule] = &[needed("decimals", Shape::Number), key("mode", Shape::Word(ROUNDINGS))];
const ROUND: &[KeyRule] = &[needed("to", Shape::Scalar), key("mode", Shape::Word(ROUNDINGS))];
const ROUNDINGS: &[&str] = &["half-up", "half-even", "down", "up"];
const BOUNDS: &[KeyRule] = &[
    key("at_least", Shape::Scalar),
    key("above", Shape::Scalar),
    key("at_most", Shape::Scalar),
    key("below", Shape::Scalar),
];
const BANDS: &[KeyRule] = &[
    key("at_least", Shape::Scalar),
    key("above", Shape::Scalar),
    key("at_most", Shape::Scalar),
    key("below", Shape::Scalar),
    key("give", Shape::Scalar),
    key("gap", Shape::YesNo),
];
/// The period that a measure is over.
const PERIODS: &[&str] = &["calendar month", "quarter", "half-year", "year", "contract year", "day"];
/// What a consequence may give.
const GIVES: &[&str] = &[
    "credit",
    "penalty",
    "charge",
    "waiver",
    "debit",
    "service-days",
    "right",
    "plan",
    "report",
    "interest",
    "indemnity",
    "points",
    "end",
];
const TAXES: &[KeyRule] = &[needed("rate", Shape::Text), key("on", Shape::Word(&["customer", "provider"]))];
const SLICES: &[KeyRule] = &[
    key("at_least", Shape::Scalar),
    key("above", Shape::Scalar),
    key("at_most", Shape::Scalar),
    key("below", Shape::Scalar),
    needed("give", Shape::Scalar),
    needed("per", Shape::Scalar),
];
const RENEWAL: &[KeyRule] =
    &[needed("by", Shape::Span), key("unless_notice", Shape::Span), key("form", Shape::Text)];
const RATE: &[KeyRule] = &[
    key("give", Shape::Scalar),
    key("table", Shape::Text),
    key("as_of", Shape::Word(&["payment_due", "each day", "start of half-year"])),
    key("plus", Shape::Scalar),
    needed("per", Shape::Text),
    key("count", Shape::Word(&["exact", "whole", "started"])),
];
/// What is counted together against a cap.
const CAP_PERIODS: &[&str] = &[
    "outage",
    "invoice",
    "day",
    "month",
    "quarter",
    "half-year",
    "year",
    "contract year",
    "contract",
    "ticket",
];
const CAPS: &[KeyRule] = &[
    needed("give", Shape::Scalar),
    key("of", Shape::Text),
    needed("per", Shape::Word(CAP_PERIODS)),
    key("unless", Shape::Condition),
    key("beyond", Shape::Word(&["warn"])),
];
const CLAIM: &[KeyRule] = &[
    needed("by", Shape::Names),
    key("through", Shape::Names),
    key("within", Shape::Span),
    key("counted_from", Shape::Word(&["period", "damage"])),
    key("needs", Shape::Names),
    key("each_outage", Shape::Names),
    key("inside", Shape::Word(&["period"])),
    key("decided_by", Shape::Names),
    key("late", Shape::Word(&["flag"])),
];
const SETTLE: &[KeyRule] = &[
    needed("as", Shape::Word(&["credit note"])),
    key("on", Shape::Word(&["next invoice"])),
    key("cash", Shape::YesNo),
];
const PACKS: &[KeyRule] = &[needed("units", Shape::Number), key("price", Shape::Text)];
const DEBITS: &[KeyRule] = &[
    needed("of", Shape::Word(&["work", "travel", "waiting", "planned", "incident"])),
    needed("per", Shape::Word(&["session", "request", "visit", "leg", "day"])),
    key("minimum", Shape::Scalar),
    key("step", Shape::Scalar),
    key("times", Shape::Scalar),
    key("order", Shape::Word(&["round-then-times", "times-then-round"])),
    key("round", Shape::Word(ROUNDINGS)),
    key("when", Shape::Condition),
    key("unless", Shape::Condition),
];
const CARRY_OVER: &[KeyRule] =
    &[needed("share", Shape::Scalar), key("when", Shape::Condition), key("life", Shape::Span)];
const OVERDRAFT: &[KeyRule] =
    &[key("at_most", Shape::Text), key("bill_after", Shape::Span), key("price", Shape::Text)];
const LEDGER_WARNINGS: &[KeyRule] = &[
    needed("name", Shape::Text),
    needed("of", Shape::Word(&["estimate", "balance", "expiry"])),
    needed("at", Shape::Scalar),
    needed("tell", Shape::Names),
];
const EXPENSE_TERMS: &[KeyRule] =
    &[key("needs", Shape::Names), key("give", Shape::Scalar), key("at_most", Shape::Scalar)];
const EXPENSE_DEBIT: &[KeyRule] = &[
    needed("ledger", Shape::Text),
    key("unit_price", Shape::Scalar),
    key("step", Shape::Scalar),
    key("round", Shape::Word(ROUNDINGS)),
];
const NAMED: &[KeyRule] = &[needed("name", Shape::Text)];
const PAY: &[KeyRule] = &[
    needed("within", Shape::Span),
    key("from", Shape::Word(&["issued"])),
    key("by", Shape::Names),
    key("discount", Shape::Word(&["none"])),
];

/// Every kind of rule of this version of the language.
pub(crate) const KINDS: &[KindRule] = &[
    single(
        "agreement",
        &[
            needed("format", Shape::Number),
            needed("key", Shape::Text),
            needed("version", Shape::Text),
            needed("effective", Shape::Date),
            key("languages", Shape::Names),
            key("country", Shape::Text),
            key("region", Shape::Text),
            key("currency", Shape::Text),
            needed("zone", Shape::Text),
            key("supersedes", Shape::Text),
            key("part_of", Shape::Text),
        ],
    ),
    kind(
        "parameter",
        &[
            needed("kind", Shape::Word(PARAMETER_KINDS)),
            key("default", Shape::Scalar),
            key("at_least", Shape::Scalar),
            key("at_most", Shape::Scalar),
            key("required", Shape::YesNo),
            key("set_by", Shape::Word(&["contract", "provider"])),
            key("during_term", Shape::YesNo),
        ],
    ),
    kind(
        "fact",
        &[
            needed("type", Shape::Word(FACT_TYPES)),
            key("from", Shape::Word(SOURCES)),
            key("values", Shape::Rows(VALUES)),
            key("presumed", Shape::Scalar),
            key("required", Shape::Word(&["open", "triage", "resolve", "close"])),
            key("equals", Shape::Any),
            key("worst", Shape::Word(&["first", "last"])),
        ],
    ),
    kind(
        "role",
        &[
            needed("side", Shape::Word(&["provider", "customer"])),
            key("queue", Shape::Word(&["own", "shared"])),
            key("kinds", Shape::Names),
            key("required", Shape::YesNo),
            key("may_combine", Shape::YesNo),
        ],
    ),
    kind(
        "list",
        &[
            key("of", Shape::Word(&["product"])),
            key("entries", Shape::Names),
            key("includes", Shape::Names),
            key("family", Shape::Map),
            key("limited", Shape::Map),
        ],
    ),
    kind(
        "holidays",
        &[
            key("includes", Shape::Names),
            key("days", Shape::Rows(DAY_RULES)),
            key("list", Shape::Any),
            key("icalendar", Shape::Text),
            key("worked", Shape::Any),
            key("observed", Shape::Word(OBSERVED)),
        ],
    ),
    with_cases(
        kind(
            "calendar",
            &[
                key("zone", Shape::Text),
                key("open", Shape::Hours),
                key("open_on", Shape::Rows(OPEN_ON)),
                key("weeks", Shape::Table(&[needed("every", Shape::Number), needed("anchor", Shape::Date)])),
                key("holidays", Shape::Any),
                key("closed", Shape::Any),
                key("extra", Shape::Rows(&[needed("on", Shape::Date), needed("open", Shape::Names)])),
                key("business_day", Shape::Span),
                key(
                    "sliding_break",
                    Shape::Table(&[
                        needed("length", Shape::Span),
                        needed("between", Shape::Text),
                        needed("counted", Shape::Word(&["earliest", "latest"])),
                    ]),
                ),
                key("same_as", Shape::Any),
                key("union_of", Shape::Names),
                key("minus", Shape::Names),
                key("complement_of", Shape::Text),
            ],
        ),
        &["open", "open_on", "weeks", "closed", "extra", "sliding_break"],
    ),
    kind("event", &[key("recorded_by", Shape::Names), key("needs", Shape::Names)]),
    with_cases(
        kind(
            "cover",
            &[
                needed("when", Shape::Condition),
                key("unless", Shape::Condition),
                key("offer", Shape::Text),
                key("items", Shape::Map),
            ],
        ),
        &["holds"],
    ),
    with_cases(
        kind(
            "exclude",
            &[
                needed("when", Shape::Condition),
                key("unless", Shape::Condition),
                key("offer", Shape::Text),
                key("needs", Shape::Names),
            ],
        ),
        &["holds"],
    ),
    with_cases(
        kind(
            "promise",
            &[
                key("owed_by", Shape::Text),
                key("owed_to", Shape::Text),
                key("owed", Shape::Word(&["always", "when-covered"])),
                key("when", Shape::Condition),
                key("unless", Shape::Condition),
                key("requires", Shape::Condition),
                key("start", Shape::Events),
                key("stop", Shape::Events),
                key("reset", Shape::Events),
                key("each", Shape::Events),
                key("pause", Shape::Names),
                key("within", Shape::Span),
                key("every", Shape::Span),
                key("calendar", Shape::Text),
                key("business_day", Shape::Word(&["length", "same-time", "close"])),
                key("day_one", Shape::Word(&["same", "next"])),
                key("cut_off", Shape::Text),
                key("strength", Shape::Word(STRENGTHS)),
                key("on_change", Shape::Map),
                key("defer_to", Shape::Text),
                key("ahead_of", Shape::Text),
                key(
                    "agreed",
                    Shape::Table(&[
                        needed("consent", Shape::Names),
                        key("at_least", Shape::Span),
                        key("at_most", Shape::Span),
                    ]),
                ),
                key("effort", Shape::Word(&["continuous"])),
                key("idle", Shape::Span),
                key("warn", Shape::Rows(STEPS)),
                key("missed", Shape::Rows(STEPS)),
            ],
        ),
        &["pause", "within", "every", "calendar", "strength"],
    ),
    kind(
        "pause",
        &[
            needed("begin", Shape::Events),
            needed("end", Shape::Events),
            needed("party", Shape::Names),
            key("together", Shape::Word(&["each", "first"])),
            key("effect", Shape::Word(&["pause", "extend"])),
            key("tasks", Shape::Names),
            key("measured_in", Shape::Any),
        ],
    ),
    kind(
        "permission",
        &[
            key("who", Shape::Names),
            key("to", Shape::Names),
            key("consent", Shape::Names),
            key("decided_by", Shape::Names),
            key("needs", Shape::Names),
            key("reason", Shape::YesNo),
            key("during", Shape::Text),
            key("when", Shape::Condition),
            key("keeps", Shape::Names),
            key("silence", Shape::TableOr("none", SILENCE)),
            key("after", Shape::Table(AFTER)),
            key("else_offer", Shape::Text),
        ],
    ),
    kind(
        "channel",
        &[
            needed("opens", Shape::Word(&["automatically", "by agent", "never"])),
            key("answer", Shape::Text),
            key("during", Shape::Text),
            key("only_if", Shape::Condition),
            key("recommended", Shape::YesNo),
            key("contact", Shape::Text),
        ],
    ),
    kind(
        "notice",
        &[
            needed("on", Shape::Events),
            key("when", Shape::Condition),
            needed("tell", Shape::Names),
            key("by", Shape::Names),
            key("says", Shape::Names),
            key("once", Shape::YesNo),
        ],
    ),
    kind(
        "mail",
        &[
            key("for", Shape::Names),
            key("when", Shape::Condition),
            needed("subject", Shape::Map),
            needed("body", Shape::Map),
        ],
    ),
    with_cases(
        kind(
            "task",
            &[
                needed("who", Shape::Text),
                key("on", Shape::Events),
                key("ask", Shape::Word(&["evidence", "access", "test", "contact"])),
                key("refusal", Shape::Text),
                key("optional", Shape::YesNo),
                key("during", Shape::Text),
                key("may_take_over", Shape::Names),
                key("needs_one", Shape::Names),
                key("blocks", Shape::Names),
                key("before_asking", Shape::YesNo),
                key("look_in", Shape::Names),
            ],
        ),
        &["who"],
    ),
    kind(
        "data",
        &[
            needed("what", Shape::Names),
            needed("destroy", Shape::Text),
            key("keep", Shape::Names),
            key("backups", Shape::Span),
        ],
    ),
    kind(
        "measure",
        &[
            needed("kind", Shape::Word(&["share", "availability", "time"])),
            key("population", Shape::Events),
            key("where", Shape::Map),
            key("period", Shape::Word(PERIODS)),
            key("claimed", Shape::Map),
            key("shown_with", Shape::Text),
            key("begins", Shape::Text),
            key("zone", Shape::Text),
            key("each", Shape::Word(&["component"])),
            key("total", Shape::Table(&[key("union", Shape::Any), key("intersection", Shape::Any)])),
            key(
                "down",
                Shape::Table(&[
                    key("source", Shape::Text),
                    key("minimum", Shape::Span),
                    key("when", Shape::Condition),
                ]),
            ),
            key("exclude", Shape::Names),
            key("outside_term", Shape::Word(&["left out", "counted good"])),
            key("compare", Shape::TableOr("exact", SHOW)),
            key("target", Shape::Table(BOUNDS)),
            key("strength", Shape::Word(STRENGTHS)),
            key("show", Shape::Table(SHOW)),
            key("from", Shape::Text),
            key("to", Shape::Text),
            key("unit", Shape::Word(&["days", "business days", "hours", "minutes"])),
            key("calendar", Shape::Text),
            key("first_day", Shape::Word(&["same", "next"])),
            key("last_day", Shape::Word(&["counts", "left out"])),
        ],
    ),
    single(
        "queue",
        &[
            needed("order", Shape::Names),
            key("jump", Shape::Table(&[needed("who", Shape::Names), key("reason", Shape::YesNo)])),
        ],
    ),
    single(
        "satisfaction",
        &[key("asked", Shape::YesNo), key("question", Shape::Map), key("scale", Shape::Rows(SCALE))],
    ),
    single(
        "after_closing",
        &[needed("reply", Shape::Word(&["reopens", "follows up"])), key("reopens_within", Shape::Span)],
    ),
    single("language", &[needed("offered", Shape::Names), needed("fallback", Shape::Text)]),
    KindRule {
        kind: "interpretation",
        named: true,
        case_keys: &[],
        keys: &[needed("about", Shape::Names), key("alternative", Shape::Rows(ALTERNATIVES))],
    },
    single("clause", &[needed("information", Shape::YesNo), key("shown", Shape::Names)]),
    kind("component", &[key("primary", Shape::YesNo)]),
    kind("cause", &[key("usual", Shape::Text), key("needs", Shape::Names)]),
    kind("party", &[needed("stands_for", Shape::Text), key("when", Shape::Condition)]),
    kind(
        "escalation.ground",
        &[key("when", Shape::Condition), key("offered", Shape::Word(&["automatically"]))],
    ),
    single("escalation.ladder", &[needed("steps", Shape::Names)]),
    kind(
        "base",
        &[
            needed("of", Shape::Text),
            key("basis", Shape::Word(&["invoiced", "paid", "list"])),
            key("per", Shape::Word(&["month", "contract year"])),
            key("with_tax", Shape::YesNo),
            key("prorate", Shape::Word(&["term", "none"])),
        ],
    ),
    kind("rate", &[needed("unit", Shape::Text), key("set_by", Shape::Word(&["provider", "contract"]))]),
    kind(
        "consequence",
        &[
            needed("on", Shape::Text),
            needed("gives", Shape::Word(GIVES)),
            key("quantity", Shape::Word(&["value", "late"])),
            key("when", Shape::Condition),
            key("unless", Shape::Condition),
            key("of", Shape::Text),
            key("give", Shape::Text),
            key("band", Shape::Rows(BANDS)),
            key("rate", Shape::Table(RATE)),
            key("slice", Shape::Rows(SLICES)),
            key("at_least", Shape::Scalar),
            key("ignore_below", Shape::Scalar),
            key("ignore_total_up_to", Shape::Scalar),
            key("accumulate", Shape::Word(&["sum", "highest", "first"])),
            key("right", Shape::Text),
            key("notice", Shape::Span),
            key("per", Shape::Word(&["invoice"])),
            key("round", Shape::Table(ROUND)),
            key("cap", Shape::Rows(CAPS)),
            key("claim", Shape::Table(CLAIM)),
            key("settle", Shape::Table(SETTLE)),
            key("exclusive", Shape::YesNo),
        ],
    ),
    kind(
        "ledger",
        &[
            needed("worth", Shape::Text),
            key("minimum", Shape::Text),
            key("pack", Shape::Rows(PACKS)),
            key("opens", Shape::Events),
            key("lapses", Shape::Text),
            key("use", Shape::Word(&["earliest expiry", "latest expiry"])),
            key("carry_over", Shape::Either(&["none", "all"], CARRY_OVER)),
            key("refund", Shape::Word(&["none"])),
            key("overdraft", Shape::TableOr("forbidden", OVERDRAFT)),
            key("warn", Shape::Rows(LEDGER_WARNINGS)),
            key("debit", Shape::Rows(DEBITS)),
        ],
    ),
    kind(
        "expense",
        &[
            key("of", Shape::Names),
            key("when", Shape::Condition),
            key("unless", Shape::Condition),
            needed("charged", Shape::Word(&["at-cost", "flat"])),
            key("at_cost", Shape::Table(EXPENSE_TERMS)),
            key("flat", Shape::Table(EXPENSE_TERMS)),
            key("debit", Shape::Table(EXPENSE_DEBIT)),
            key("on_cancellation", Shape::Word(&["due", "due-unless-refundable", "waived"])),
        ],
    ),
    kind(
        "service",
        &[
            key("range", Shape::Map),
            key("includes", Shape::Names),
            key("ledger", Shape::Text),
            key("units", Shape::Number),
            key("software", Shape::Names),
            key("requires", Shape::Names),
            key("caps", Shape::Map),
            key("choose", Shape::Table(&[needed("at_most", Shape::Number), needed("from", Shape::Text)])),
            key("phases", Shape::Rows(NAMED)),
            key("scope", Shape::Rows(&[])),
            key("work", Shape::Rows(&[])),
            key("tests", Shape::Rows(&[])),
            key("deliver", Shape::Rows(&[])),
            key("excludes", Shape::Rows(&[])),
            key("related", Shape::Rows(NAMED)),
            key("customer", Shape::Names),
            key("warranty", Shape::Text),
        ],
    ),
    single(
        "term",
        &[
            key("length", Shape::Span),
            needed("from", Shape::Text),
            key("to", Shape::Text),
            key(
                "ends",
                Shape::Word(&[
                    "eve",
                    "same-day",
                    "end of month",
                    "end of quarter",
                    "end of half-year",
                    "end of year",
                ]),
            ),
            key("leap_day", Shape::Text),
            key("renewal", Shape::TableOr("none", RENEWAL)),
        ],
    ),
    single(
        "money",
        &[needed("currency", Shape::Text), key("tax", Shape::Rows(TAXES)), key("round", Shape::Table(ROUND))],
    ),
    single(
        "invoice",
        &[
            key("issue", Shape::Text),
            key("pay", Shape::Table(PAY)),
            key("tax", Shape::Word(&["excluded", "included"])),
            key("electronic", Shape::Word(&["allowed", "required"])),
        ],
    ),
];

/// Keys that every rule may carry.
pub(crate) const EVERYWHERE: &[KeyRule] =
    &[key("item", Shape::Text), key("allow", Shape::Names), key("refers_to", Shape::Text)];

/// Keys whose value may depend on a fact or come from a parameter.
pub(crate) const CHOICES: &[&str] = &[
    "within",
    "every",
    "calendar",
    "strength",
    "pause",
    "same_as",
    "holidays",
    "closed",
    "measured_in",
    "after",
    "backups",
    "who",
    "offered",
    "equals",
    "contact",
    "charged",
    "give",
    "at_most",
    "unit_price",
    "minimum",
    "step",
    "times",
];

/// Keys of an exception, beside those of its rule.
pub(crate) const CASE_KEYS: &[KeyRule] = &[
    key("name", Shape::Text),
    key("when", Shape::Condition),
    key("unless", Shape::Condition),
    key("except", Shape::Names),
    key("since", Shape::Date),
    key("until", Shape::Date),
];

/// Every kind of rule of this version of the language.
#[must_use]
pub fn kinds() -> &'static [KindRule] {
    KINDS
}

/// A kind of rule by name.
#[must_use]
pub fn kind_rule(name: &str) -> Option<&'static KindRule> {
    KINDS.iter().find(|rule| rule.kind == name)
}
