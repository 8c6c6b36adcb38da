//! Tables that are handed over as files for spreadsheets, read while they are.

use crate::download::download;
use axum::response::Response;
use operations::Failure;
use std::future::Future;

/// A table of a file, page by page (RFC 4180).
pub(crate) struct Table<P> {
    /// Name of the file.
    pub(crate) name: &'static str,
    /// The first line.
    pub(crate) columns: &'static str,
    /// The lines of a page.
    pub(crate) lines: fn(&P) -> String,
    /// Where the next page begins; none behind the last.
    pub(crate) cursor: fn(&P) -> Option<String>,
}

impl<P: Send + 'static> Table<P> {
    /// The file, of a page that was read already and of those that `next` reads from a cursor on.
    pub(crate) fn hand_over<F>(self, first: P, next: impl Fn(String) -> F + Send + 'static) -> Response
    where
        F: Future<Output = Result<P, Failure>> + Send + 'static,
    {
        let Self { name, columns, lines, cursor } = self;
        let pieces = futures_util::stream::unfold(Some((first, format!("{columns}\r\n"))), move |page| {
            let read = page.map(|(page, begun)| {
                let cursor = cursor(&page);
                (begun + &lines(&page), cursor.map(&next))
            });
            async move {
                let (piece, next) = read?;
                let Some(next) = next else { return Some((Ok(piece), None)) };
                match next.await {
                    Ok(page) => Some((Ok(piece), Some((page, String::new())))),
                    Err(failure) => Some((Err(failure), None)),
                }
            }
        });
        download(name, "text/csv; charset=utf-8", pieces)
    }
}

/// A line of cells.
pub(crate) fn line<const CELLS: usize>(cells: [&str; CELLS]) -> String {
    cells.map(cell).join(",") + "\r\n"
}

/// A cell that no spreadsheet takes for a formula (CWE-1236), also where it is told to part cells at other signs than commas, as
/// it is where decimals have commas: then a cell may begin within ours.
fn cell(text: &str) -> String {
    let mut cell = String::with_capacity(text.len() + 2);
    cell.push('"');
    let mut begins = true;
    for sign in text.chars() {
        if begins && matches!(sign, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠')
        {
            cell.push('\'');
        }
        begins = matches!(sign, ',' | ';' | '\t' | '|' | '"' | '\r' | '\n') || begins && sign == ' ';
        cell.push(sign);
        if sign == '"' {
            cell.push(sign);
        }
    }
    cell.push('"');
    cell
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn no_cell_is_a_formula_and_none_breaks_out() {
        for (text, expected) in [
            ("Noé", "\"Noé\""),
            ("=1+1", "\"'=1+1\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("+33 1", "\"'+33 1\""),
            ("-1", "\"'-1\""),
            ("＝1+1", "\"'＝1+1\""),
            ("\t=1", "\"'\t'=1\""),
            ("\r\n@a", "\"'\r'\n'@a\""),
            (" =1", "\" '=1\""),
            ("a\",=1", "\"a\"\",'=1\""),
            ("Mozilla; =cmd|'/C calc'!A0", "\"Mozilla; '=cmd|'/C calc'!A0\""),
            ("a-b=c, d", "\"a-b=c, d\""),
        ] {
            assert_eq!(cell(text), expected);
        }
    }
}
