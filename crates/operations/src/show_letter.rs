//! The form in which a letter was sent: cleaned, with the images that came with it, and nothing that
//! loads from anywhere.

use crate::environment::Environment;
use crate::error::Failure;
use crate::scan_files::file_if_free;
use crate::strip_metadata::strip_metadata;
use crate::view_ticket::{MessageView, view_ticket};
use crate::viewer::Viewer;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use desk::{FileId, Message, MessageId, MessageKind};
use mail::{Letter, REMOTE_IMAGE, parse, place_images};
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use store::FileMeta;

/// The most that the images of one letter may weigh to be shown inside it, in bytes; the others stay
/// files beside it.
const IMAGES_BYTES_AT_MOST: usize = 8 << 20;

/// The most that the images of one letter may cover to be shown inside it, in pixels by their own headers: some
/// kilobytes may claim more than the memory of whoever opens the letter holds.
///
/// Source: OWASP ASVS 5.0, 5.2.6.
const IMAGES_PIXELS_AT_MOST: usize = 120_000_000;

/// How the letter itself is called among its files, where it is kept as it came.
pub(crate) const KEPT_NAME: &str = "message.eml";
pub(crate) const KEPT_TYPE: &str = "message/rfc822";

/// A letter in the form in which it was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownLetter {
    /// Cleaned HTML that loads nothing: its images are in it.
    pub html: String,
    /// How many images are elsewhere and were not fetched.
    pub images_elsewhere: usize,
    /// How many images of the letter itself are too large, or of no kind that is shown.
    pub images_left_out: usize,
}

/// Shows a message of a request in the form in which its letter was sent. The images are put into it
/// here, under the viewer's own right, so that a page which shows it asks for nothing more.
///
/// # Errors
/// - there is no such request or message for this viewer, or it has no form of its own;
/// - the store fails.
pub async fn show_letter(
    environment: &Environment,
    viewer: &Viewer,
    number: &str,
    message: MessageId,
) -> Result<ShownLetter, Failure> {
    let missing = || Failure::NotFound { what: "letter" };
    let view = view_ticket(environment, viewer, number).await?;
    let found = view.messages.iter().find(|known| known.id == message).ok_or_else(missing)?;
    let html = match found.html {
        Some(file) => {
            let (_, bytes) = environment.store.file(&viewer.provider.id, file).await?.ok_or_else(missing)?;
            String::from_utf8(bytes).map_err(|_| missing())?
        }
        None => match from_bytes(environment, viewer, found).await? {
            Some(html) => html,
            // A letter whose bytes are kept and that had no form: its words are all of it.
            None if found.kept_letter.is_some() => {
                let words = found.history.as_ref().or(found.body.as_ref()).ok_or_else(missing)?;
                format!("<pre>{}</pre>", words.replace('&', "&amp;").replace('<', "&lt;"))
            }
            None => return Err(missing()),
        },
    };
    let wanted = references(&html).ok_or_else(missing)?;
    let (mut room, mut area) = (IMAGES_BYTES_AT_MOST, IMAGES_PIXELS_AT_MOST);
    let mut images: HashMap<String, String> = HashMap::new();
    for id in wanted {
        let file = id.parse::<FileId>().ok();
        let Some(file) = file.filter(|id| found.files.iter().any(|file| file.id == *id)) else { continue };
        let Some((_, bytes)) = file_if_free(environment, &viewer.provider.id, file).await? else { continue };
        let Some(media_type) = image_type(&bytes).filter(|_| bytes.len() <= room) else { continue };
        let Some(pixels) = pixels(&bytes).filter(|pixels| *pixels <= area) else { continue };
        room -= bytes.len();
        area -= pixels;
        images.insert(id, format!("data:{media_type};base64,{}", STANDARD.encode(strip_metadata(bytes))));
    }
    let placeholder = |key| {
        let text = words::text(viewer.language(), key);
        format!("data:image/svg+xml;base64,{}", STANDARD.encode(sign(&text)))
    };
    let (elsewhere, absent) = (placeholder("letter-image-elsewhere"), placeholder("letter-image-absent"));
    let counts = Arc::new((AtomicUsize::new(0), AtomicUsize::new(0)));
    let counted = Arc::clone(&counts);
    let html = place_images(&html, move |id| {
        Some(match images.get(id) {
            Some(image) => image.clone(),
            None if id == REMOTE_IMAGE => {
                counted.0.fetch_add(1, Ordering::Relaxed);
                elsewhere.clone()
            }
            None => {
                counted.1.fetch_add(1, Ordering::Relaxed);
                absent.clone()
            }
        })
    })
    .ok_or_else(missing)?;
    Ok(ShownLetter {
        html,
        images_elsewhere: counts.0.load(Ordering::Relaxed),
        images_left_out: counts.1.load(Ordering::Relaxed),
    })
}

/// The HTML of a letter whose references to images of its own name the files that these became.
/// `files` stand in the order of the letter's attachments.
pub(crate) fn with_files(letter: &Letter, files: &[FileId]) -> Option<String> {
    let html = letter.html.as_ref()?;
    if !html.contains("cid:") {
        return Some(html.clone());
    }
    let pairs = letter.attachments.iter().zip(files);
    let named: HashMap<String, FileId> =
        pairs.filter_map(|(file, id)| Some((file.content_id.clone()?, *id))).collect();
    place_images(html, move |id| {
        Some(match named.get(id) {
            Some(file) => format!("cid:{file}"),
            None => format!("cid:{id}"),
        })
    })
}

/// The same HTML after its files were copied under other ids.
pub(crate) fn with_copies(html: &str, copies: HashMap<FileId, FileId>) -> Option<String> {
    place_images(html, move |id| {
        let copy = id.parse().ok().and_then(|id: FileId| copies.get(&id).copied());
        Some(copy.map_or_else(|| format!("cid:{id}"), |copy| format!("cid:{copy}")))
    })
}

/// The content ids that the images of cleaned HTML name, each once.
fn references(html: &str) -> Option<Vec<String>> {
    let found: Arc<Mutex<Vec<String>>> = Arc::default();
    let into = Arc::clone(&found);
    place_images(html, move |id| {
        let mut found = into.lock().expect("nothing panics while it is held");
        if !found.iter().any(|known| known == id) {
            found.push(id.to_owned());
        }
        None
    })?;
    let found = std::mem::take(&mut *found.lock().expect("nothing panics while it is held"));
    Some(found)
}

/// The form of a letter that was taken in before forms were kept: read again from its bytes, where
/// they stand beside it. A message that its sender attached is another letter, and is told apart by
/// its words.
async fn from_bytes(
    environment: &Environment,
    viewer: &Viewer,
    message: &MessageView,
) -> Result<Option<String>, Failure> {
    let Some(file) = message.kept_letter else { return Ok(None) };
    let Some((_, bytes)) = environment.store.file(&viewer.provider.id, file).await? else {
        return Ok(None);
    };
    let Ok(letter) = catch_unwind(AssertUnwindSafe(|| parse(&bytes))) else { return Ok(None) };
    let whole = message.history.as_ref().or(message.body.as_ref());
    if whole.map(|text| text.trim()) != Some(letter.text.trim()) {
        return Ok(None);
    }
    let files: Vec<FileId> = message.files.iter().map(|file| file.id).collect();
    Ok(with_files(&letter, &files))
}

/// The file that holds the letter itself, as it came; it is kept last among the files of a message.
pub(crate) fn kept_letter(message: &Message, kept: &[FileMeta]) -> Option<FileId> {
    let is_letter =
        message.kind == MessageKind::Incoming && ["email", "voicemail"].contains(&message.channel.as_str());
    let last = message.files.last().filter(|_| is_letter)?;
    let known = kept.iter().find(|meta| meta.id == last.id)?;
    is_named_as_kept(&known.name, &known.media_type).then_some(last.id)
}

/// Whether a file is called as the letter itself is.
pub(crate) fn is_named_as_kept(name: &str, media_type: &str) -> bool {
    name == KEPT_NAME && media_type == KEPT_TYPE
}

/// What an image is by its first bytes; nothing for what is not shown inside a page.
fn image_type(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}

/// How many pixels an image claims to have; nothing where it does not say.
fn pixels(bytes: &[u8]) -> Option<usize> {
    let size = imagesize::blob_size(bytes).ok()?;
    Some(size.width.saturating_mul(size.height))
}

/// A small picture with words on it, drawn where another one is not shown.
fn sign(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;");
    let width = 20 + text.chars().count() * 7;
    format!(
        "<svg xmlns='http://www.w3.org/2000/svg' width='{width}' height='24'>\
         <rect x='.5' y='.5' width='{}' height='23' rx='3' fill='#f3f3f1' stroke='#a9a8a4'/>\
         <text x='10' y='16' font-family='sans-serif' font-size='12' fill='#4f4e4a'>{escaped}</text></svg>",
        width - 1
    )
}

#[cfg(test)]
mod tests {
    use super::{IMAGES_PIXELS_AT_MOST, image_type, pixels, references, with_copies};
    use desk::FileId;
    use std::collections::HashMap;

    #[test]
    fn only_what_is_an_image_is_shown_as_one() {
        for (bytes, expected) in [
            (&b"\x89PNG\r\n\x1a\n...."[..], Some("image/png")),
            (b"\xff\xd8\xff\xe0", Some("image/jpeg")),
            (b"GIF89a", Some("image/gif")),
            (b"RIFF\0\0\0\0WEBPVP8 ", Some("image/webp")),
            (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", None),
            (b"%PDF-1.7", None),
            (b"", None),
        ] {
            assert_eq!(image_type(bytes), expected);
        }
    }

    /// Class 18: some bytes that claim a picture of 65,535 by 65,535.
    #[test]
    fn a_flood_of_pixels_is_known_by_its_header() {
        let png = |width: u32, height: u32| {
            let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
            bytes.extend(width.to_be_bytes());
            bytes.extend(height.to_be_bytes());
            bytes.extend([8, 6, 0, 0, 0, 0, 0, 0, 0]);
            bytes
        };
        assert_eq!(pixels(&png(640, 480)), Some(307_200));
        assert!(pixels(&png(65_535, 65_535)).unwrap() > IMAGES_PIXELS_AT_MOST);
        assert!(pixels(&png(u32::MAX, u32::MAX)).unwrap() > IMAGES_PIXELS_AT_MOST);
        assert_eq!(pixels(b"GIF89a\xff\xff\xff\xff\0\0\0"), Some(65_535 * 65_535));
        assert_eq!(pixels(b"\x89PNG\r\n\x1a\n"), None, "says nothing");
    }

    #[test]
    fn references_are_found_in_images_alone_and_follow_their_copies() {
        let html = "<p>src=\"cid:a\" <img src=\"cid:b\"><img src='cid:b'><a href=\"cid:c\">x</a></p>";
        assert_eq!(references(html).unwrap(), ["b"]);
        let html = format!("<img src=\"cid:{}\">", FileId(7));
        let moved = with_copies(&html, HashMap::from([(FileId(7), FileId(8))])).unwrap();
        assert_eq!(references(&moved).unwrap(), [FileId(8).to_string()]);
    }
}
