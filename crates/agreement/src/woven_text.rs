use calendar::LocalDate;

/// An agreement to be read: prose, rules in words, interpretations and worked examples, in the order
/// of the document. What it looks like, on a screen or on paper, is another's business.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WovenText {
    /// Title of the document.
    pub title: String,
    /// Language of the title: the document’s first where it has none in the reader’s.
    pub title_language: String,
    /// Version and first day in force, in words; empty when it cannot be adopted.
    pub edition: String,
    /// Language of everything that the document did not write itself.
    pub language: String,
    /// Language of the prose; empty when unknown.
    pub text_language: String,
    /// Language of the block quotes: the document's second, where it has one.
    pub quote_language: Option<String>,
    /// Key of the agreement.
    pub key: String,
    /// Its version.
    pub version: String,
    /// Country of the provider, two letters; empty when not said.
    pub country: String,
    /// First day in force.
    pub effective: LocalDate,
    /// Every heading with what stands under it; the first is the title's.
    pub sections: Vec<WovenSection>,
}

/// A heading of the document with what stands under it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WovenSection {
    /// Depth of the heading, 1 for the title.
    pub level: u8,
    /// Number of the clause; empty when it has none.
    pub number: String,
    /// Words of the heading.
    pub heading: String,
    /// What links lead to, without `#`.
    pub anchor: String,
    /// What stands under it.
    pub blocks: Vec<WovenBlock>,
}

/// A part of a clause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WovenBlock {
    /// Prose as the document has it.
    Prose {
        /// The text, in Markdown.
        markdown: String,
    },
    /// The rules of the clause in words.
    Rules {
        /// Words above the table.
        caption: String,
        /// Headings of the two columns.
        head: Vec<String>,
        /// What each rule is called, and what it says.
        rows: Vec<WovenRow>,
    },
    /// How a doubtful passage is understood.
    Interpretation {
        /// Its name in the document.
        name: String,
        /// Words that say what this is.
        lead: String,
        /// How the text is understood.
        text: String,
        /// What was set aside.
        more: Vec<String>,
    },
    /// A worked example with what was stated and what was computed.
    Example {
        /// Words that say what this is.
        lead: String,
        /// Its title, as the document has it.
        title: String,
        /// Headings of the three columns.
        head: Vec<String>,
        /// Facts, events and results.
        rows: Vec<WovenRow>,
    },
}

/// A row of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WovenRow {
    /// The cells; the first names the row.
    pub cells: Vec<String>,
    /// Whether what was computed differs from what is stated.
    pub differs: bool,
}
