//! The typesetter: a template, its data and the fonts in, a PDF out.

use std::sync::LazyLock;

use typst::diag::{FileError, FileResult, SourceDiagnostic};
use typst::foundations::{Bytes, Datetime, Dict, Duration, IntoValue, Smart};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

use crate::error::PaperError;
use crate::signable_page::Date;

/// How many documents the typesetter’s memory of intermediate results may outlive.
const KEPT_FOR_DOCUMENTS: usize = 2;

/// Fonts of the page, embedded: the first family sets the prose, the second what is told beside
/// it, the third Japanese.
const FONTS: [&[u8]; 8] = [
    include_bytes!("../fonts/LibertinusSerif-Regular.otf"),
    include_bytes!("../fonts/LibertinusSerif-Italic.otf"),
    include_bytes!("../fonts/LibertinusSerif-Semibold.otf"),
    include_bytes!("../fonts/LibertinusSerif-SemiboldItalic.otf"),
    include_bytes!("../fonts/SourceSans3-Regular.ttf"),
    include_bytes!("../fonts/SourceSans3-Italic.ttf"),
    include_bytes!("../fonts/SourceSans3-SemiBold.ttf"),
    include_bytes!("../fonts/NotoSansJP-Regular.ttf"),
];

/// Read when the first page is set, so that a server that never prints pays nothing.
static SHELF: LazyLock<(Vec<Font>, LazyHash<FontBook>)> = LazyLock::new(|| {
    let fonts: Vec<Font> = FONTS.iter().flat_map(|bytes| Font::iter(Bytes::new(*bytes))).collect();
    let book = FontBook::from_fonts(&fonts);
    (fonts, LazyHash::new(book))
});

/// Sets the agreement template with its data.
pub(crate) fn typeset(data: Dict, identity: &str, date: Date) -> Result<Vec<u8>, PaperError> {
    let world = Sheet::new(include_str!("../templates/signable_page.typ"), data);
    let document = typst::compile::<PagedDocument>(&world).output.map_err(|found| refused(&found))?;
    let midnight = Datetime::from_ymd_hms(date.year, date.month, date.day, 0, 0, 0);
    let options = |standards: PdfStandards| PdfOptions {
        ident: if identity.is_empty() { Smart::Auto } else { Smart::Custom(identity.to_owned()) },
        creator: Smart::Custom(Some("Entente".to_owned())),
        timestamp: midnight.map(Timestamp::new_utc),
        standards,
        ..PdfOptions::default()
    };
    let accessible = PdfStandards::new(&[PdfStandard::Ua_1])
        .map_err(|found| PaperError::Typesetting(vec![found.message().to_string()]))?;
    // A page with a letter that none of the fonts has is still a page: it is tagged all the same and
    // only does not claim the standard.
    let pdf = typst_pdf::pdf(&document, &options(accessible))
        .or_else(|_| typst_pdf::pdf(&document, &options(PdfStandards::default())))
        .map_err(|found| refused(&found));
    comemo::evict(KEPT_FOR_DOCUMENTS);
    pdf
}

fn refused(found: &[SourceDiagnostic]) -> PaperError {
    PaperError::Typesetting(found.iter().map(|found| found.message.to_string()).collect())
}

/// All that the typesetter may see: one template, its data, the fonts. No file, no clock, no net.
struct Sheet {
    library: LazyHash<Library>,
    main: FileId,
    source: Source,
}

impl Sheet {
    fn new(template: &str, data: Dict) -> Self {
        let mut inputs = Dict::new();
        inputs.insert("page".into(), data.into_value());
        let path = VirtualPath::new("main.typ").expect("a plain name is a path");
        let main = RootedPath::new(VirtualRoot::Project, path).intern();
        Self {
            library: LazyHash::new(Library::builder().with_inputs(inputs).build()),
            main,
            source: Source::new(main, template.to_owned()),
        }
    }
}

impl World for Sheet {
    fn library(&self) -> &LazyHash<Library> {
        &self.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &SHELF.1
    }

    fn main(&self) -> FileId {
        self.main
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == self.main { Ok(self.source.clone()) } else { Err(FileError::AccessDenied) }
    }

    fn file(&self, _id: FileId) -> FileResult<Bytes> {
        Err(FileError::AccessDenied)
    }

    fn font(&self, index: usize) -> Option<Font> {
        SHELF.0.get(index).cloned()
    }

    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        None
    }
}
