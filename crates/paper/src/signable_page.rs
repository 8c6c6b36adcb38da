//! A page to sign, as plain values.

use crate::data::page_data;
use crate::error::PaperError;
use crate::typeset::typeset;

/// A document to print and sign: title, clauses in order, and a place for two signatures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignablePage {
    /// Title of the document.
    pub title: String,
    /// A line under the title: version and first day in force.
    pub edition: String,
    /// Language of the words around the text, `fr`.
    pub language: String,
    /// Language of the title; that of the frame when empty.
    pub title_language: String,
    /// Language of the text where a section does not say otherwise.
    pub text_language: String,
    /// Second language of the document: that of its block quotes.
    pub quote_language: Option<String>,
    /// Date of the document in its metadata.
    pub date: Date,
    /// Size of the sheet.
    pub size: PaperSize,
    /// What identifies the document for ever: its key and version. Equal pages of equal names give
    /// equal bytes.
    pub identity: String,
    /// Words that search programs find it by.
    pub keywords: Vec<String>,
    /// The text, in order.
    pub sections: Vec<Section>,
    /// Words of the frame, in `language`.
    pub words: PageWords,
}

impl SignablePage {
    /// Sets the page as a tagged PDF with bookmarks, contents, page numbers and metadata.
    ///
    /// # Errors
    /// The typesetter refused the page, which no text alone can cause.
    pub fn to_pdf(&self) -> Result<Vec<u8>, PaperError> {
        typeset(page_data(self), &self.identity, self.date)
    }
}

/// A civil day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Date {
    /// Year.
    pub year: i32,
    /// Month, 1 to 12.
    pub month: u8,
    /// Day of the month.
    pub day: u8,
}

impl Default for Date {
    fn default() -> Self {
        Self { year: 1970, month: 1, day: 1 }
    }
}

/// Size of the sheet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PaperSize {
    /// 210 by 297 mm.
    #[default]
    A4,
    /// 8.5 by 11 inches, as used in North America.
    Letter,
}

/// A heading with what stands under it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Section {
    /// Depth, from 1; 0 for text before the first heading.
    pub level: u8,
    /// Number of the clause; empty when it has none.
    pub number: String,
    /// Words of the heading.
    pub heading: String,
    /// Language of heading and prose.
    pub language: String,
    /// What stands under it.
    pub blocks: Vec<Block>,
}

/// A part of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// Prose of the document, in Markdown.
    Prose {
        /// The text as written. HTML in it is shown as text; nothing is fetched.
        markdown: String,
    },
    /// What the prose means for the program, told in words: a table set apart from the prose.
    Rules {
        /// Words above the table.
        caption: String,
        /// Headings of the columns.
        head: Vec<String>,
        /// The rows, as long as `head`.
        rows: Vec<Row>,
    },
    /// A worked example.
    Example {
        /// Words that say what this is, in the language of the frame.
        lead: String,
        /// Its title, in the language of the section.
        title: String,
        /// Headings of the columns.
        head: Vec<String>,
        /// The rows, as long as `head`.
        rows: Vec<Row>,
    },
    /// How a doubtful passage is understood.
    Note {
        /// A word or two that name it.
        lead: String,
        /// The text.
        text: String,
        /// What else there is to say, each on its own line.
        more: Vec<String>,
    },
}

/// A row of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// The cells; the first names the row.
    pub cells: Vec<String>,
    /// Whether the row is to be seen at once: what was found differs from what is stated.
    pub differs: bool,
}

/// Words of the frame around the text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageWords {
    /// Heading of the table of contents.
    pub contents: String,
    /// Between the number of a page and how many there are: “of”.
    pub of: String,
    /// Before the number of a page: “page”.
    pub page: String,
    /// Above the names of the parties: “Between”.
    pub between: String,
    /// The two parties, each with the words beside its lines: “The provider”, “The customer”.
    pub parties: Vec<String>,
    /// Beside the lines to fill in for each party: name, address, represented by.
    pub party_lines: Vec<String>,
    /// Heading of the place to sign.
    pub signatures: String,
    /// A sentence above the signatures.
    pub signed_in: String,
    /// Beside the lines to fill in under each signature: name, capacity, place and date, signature.
    pub signature_lines: Vec<String>,
}
