//! Links to files on a host of their own, where no cookie counts: signed, for a minute, for one person and one file.

use crate::environment::Environment;
use crate::error::Failure;
use crate::key_ring::Signed;
use crate::signed_link::SignedLink;
use crate::view_ticket::{FileView, read_file};
use crate::viewer::Viewer;
use desk::FileId;
use serde::{Deserialize, Serialize};

/// For a minute a link leads to its file.
const LINK: SignedLink = SignedLink { by: Signed::FileLinks, missing: "file" };

/// Where a link leads.
#[derive(Serialize, Deserialize)]
struct LinkedFile {
    number: String,
    file: FileId,
}

/// The last part of a link by which one person gets one file of a request for a minute. Nothing is handed on by
/// this: whether they may have it is looked at when the link is followed.
///
/// # Errors
/// When the store fails.
pub async fn sign_file_link(
    environment: &Environment,
    viewer: &Viewer,
    number: &str,
    file: FileId,
) -> Result<String, Failure> {
    let to = LinkedFile { number: number.to_owned(), file };
    LINK.sign(environment, &viewer.provider.id, viewer.person.id, to).await
}

/// The file that a link leads to, for the person it was made for, by the rights that they have now.
///
/// # Errors
/// - the link is none, is over, or was changed; the file is not theirs any more: [`Failure::NotFound`] for all of it;
/// - the file is held: [`Failure::Invalid`];
/// - the store fails.
pub async fn follow_file_link(
    environment: &Environment,
    link: &str,
) -> Result<(Viewer, String, FileView, Vec<u8>), Failure> {
    let (viewer, LinkedFile { number, file }) = LINK.follow(environment, link).await?;
    let (shown, bytes) = read_file(environment, &viewer, &number, file).await?;
    Ok((viewer, number, shown, bytes))
}
