use std::process::{Command, Stdio};

use crate::temporary_folder::TemporaryFolder;

/// What LibreOffice makes of a table of text (CSV) whose cells it is told to part at a sign: a document as flat XML,
/// where a formula is an attribute of its cell, `table:formula`.
///
/// # Panics
/// When LibreOffice is not there, or makes nothing of it.
#[must_use]
pub fn opened_by_spreadsheet(table: &[u8], parted_at: char) -> String {
    let folder = TemporaryFolder::new("spreadsheet");
    std::fs::write(folder.join("table.csv"), table).expect("the table can be written");
    // Parted at this sign, quoted by ", in UTF-8, from the first line on. Source: LibreOffice, "Filter Options for CSV".
    let filter = format!("--infilter=CSV:{},34,76,1", u32::from(parted_at));
    let output = Command::new("soffice")
        .args(["--headless", "--norestore", &filter])
        .arg(format!("-env:UserInstallation=file://{}", folder.join("profile")))
        .args(["--convert-to", "fods", "--outdir"])
        .arg(folder.path())
        .arg(folder.join("table.csv"))
        .env("HOME", folder.path())
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("could not start soffice ({error}); ./test long installs it"));
    std::fs::read_to_string(folder.join("table.fods")).unwrap_or_else(|error| {
        panic!("LibreOffice made nothing of it ({error}): {}", String::from_utf8_lossy(&output.stderr))
    })
}
