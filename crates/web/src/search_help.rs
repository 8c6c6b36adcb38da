//! How to search: the grammar on one page, for whoever has a search field.

use crate::page::{Area, Frame, Head, Place};
use crate::viewer::Visitor;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use operations::{SearchOperator, SearchValue};
use words::Language;

/// `GET /chercher`.
pub(crate) async fn show(visitor: Visitor) -> Response {
    page(&visitor.frame).into_response()
}

/// The page.
pub(crate) fn page(frame: &Frame) -> Markup {
    let title = frame.say("search-help-title");
    let icons: &[&str] = if frame.area == Area::Portal { &["plus"] } else { &[] };
    let head = Head { title, place: Place::Elsewhere, number: None, wrong: false, icons };
    let is_staff = frame.area == Area::Workspace;
    let french = frame.language == Language::French;
    let example =
        |french_text: &'static str, english: &'static str| if french { french_text } else { english };
    let signs = [
        (example("\"écran noir\"", "\"black screen\""), "search-help-phrase"),
        (example("écran OU souris", "screen OR mouse"), "search-help-either"),
        (example("-souris  -canal:courriel", "-mouse  -channel:email"), "search-help-not"),
        (example("(écran OU souris) licence", "(screen OR mouse) licence"), "search-help-group"),
        (example("état:nouvelle,ouverte", "state:new,open"), "search-help-several"),
    ];
    let dates = [
        (
            example("reçue:2026-03-15  reçue:2026-03", "received:2026-03-15  received:2026-03"),
            "search-help-day",
        ),
        (example("reçue:2026-03-01..2026-03-15", "received:2026-03-01..2026-03-15"), "search-help-range"),
        (
            example("reçue:>2026-03-01  échéance:<=2026-04", "received:>2026-03-01  due:<=2026-04"),
            "search-help-compare",
        ),
        (example("reçue:7j  échéance:7j", "received:7d  due:7d"), "search-help-span"),
        (example("modifiée:hier", "updated:yesterday"), "search-help-words"),
    ];
    let operators: Vec<SearchOperator> =
        SearchOperator::all().filter(|operator| is_staff || !operator.is_for_staff()).collect();
    frame.page(
        &head,
        html! {
            main class=(if is_staff { "shell" } else { "wrap" }) #contenu tabindex="-1" {
                div.stack.gap-top {
                    h1 { (title) }
                    p.lede { (frame.say("search-help-lede")) }
                    p { (frame.say(if is_staff { "search-help-where-staff" } else { "search-help-where" })) " " (frame.say("search-help-order")) }
                    h2 { (frame.say("search-help-signs")) }
                    (table(frame, signs.map(|(written, key)| (written.to_owned(), frame.say(key).to_owned()))))
                    h2 { (frame.say("search-help-criteria")) }
                    p { (frame.say("search-help-languages")) }
                    (table(frame, operators.into_iter().map(|operator| (names(frame, operator), told(frame, operator)))))
                    h2 { (frame.say("search-help-dates")) }
                    (table(frame, dates.map(|(written, key)| (written.to_owned(), frame.say(key).to_owned()))))
                }
            }
        },
    )
}

fn table(frame: &Frame, rows: impl IntoIterator<Item = (String, String)>) -> Markup {
    html! {
        table {
            thead { tr { th scope="col" { (frame.say("search-help-write")) } th scope="col" { (frame.say("search-help-finds")) } } }
            tbody { @for (written, found) in rows { tr { th scope="row" { code { (written) } } td { (found) } } } }
        }
    }
}

/// Both names, the reader's first.
fn names(frame: &Frame, operator: SearchOperator) -> String {
    // The word for fields is followed by the key of one.
    let key = if operator == SearchOperator::Field { [".clé", ".key"] } else { ["", ""] };
    let french = format!("{}{}:", operator.french(), key[0]);
    let english = format!("{}{}:", operator.english(), key[1]);
    match frame.language {
        _ if french == english => french,
        Language::French => format!("{french}  {english}"),
        Language::English => format!("{english}  {french}"),
    }
}

fn told(frame: &Frame, operator: SearchOperator) -> String {
    let key = format!("search-help-{}", operator.english());
    let values = match operator.takes() {
        SearchValue::Name => operator.values(frame.language).join(", "),
        SearchValue::Words | SearchValue::Time | SearchValue::YesNo => String::new(),
    };
    frame.say_with(&key, &[("values", &values)])
}

#[cfg(test)]
mod tests {
    use operations::{SearchOperator, SearchProblemKind};
    use words::Language;

    #[test]
    fn every_operator_and_every_problem_is_told_in_both_languages() {
        let operators = SearchOperator::all().map(|operator| format!("search-help-{}", operator.english()));
        let problems = SearchProblemKind::ALL.into_iter().map(|kind| kind.key().to_owned());
        for key in operators.chain(problems) {
            for language in [Language::French, Language::English] {
                assert!(words::has_text(language, &key), "{key}");
            }
        }
    }
}
