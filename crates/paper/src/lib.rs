//! Documents to print, sign and send, set as PDF.
//!
//! Here live the values that a printed page is made of, their typesetting, and the fonts. What does
//! not live here: agreements, tickets and any wording. Whoever asks hands in finished text, in the
//! language and order it is to be read in.
//!
//! The page is a fixed template (`templates/`) that is given the text as data. Nothing of a
//! document is ever read as markup of the template, so no text can become a command.
//!
//! Start with [`SignablePage`] and [`SignablePage::to_pdf`]:
//!
//! ```
//! use paper::{Block, Date, Section, SignablePage};
//!
//! let page = SignablePage {
//!     title: "Entente d’essai".to_owned(),
//!     language: "fr".to_owned(),
//!     date: Date { year: 2026, month: 1, day: 1 },
//!     sections: vec![Section {
//!         level: 1,
//!         number: "1".to_owned(),
//!         heading: "Heures".to_owned(),
//!         language: "fr".to_owned(),
//!         blocks: vec![Block::Prose { markdown: "Du lundi au vendredi.".to_owned() }],
//!     }],
//!     ..SignablePage::default()
//! };
//! let pdf = page.to_pdf()?;
//! assert!(pdf.starts_with(b"%PDF-"));
//! # Ok::<(), paper::PaperError>(())
//! ```

mod data;
mod error;
mod prose;
mod signable_page;
mod typeset;

pub use crate::error::PaperError;
pub use crate::signable_page::{Block, Date, PageWords, PaperSize, Row, Section, SignablePage};
