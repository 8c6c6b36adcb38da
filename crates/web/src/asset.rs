//! The stylesheet, the script and the icon: built into the program, named by their content.

use axum::body::Bytes;
use axum::extract::Path;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

/// A file that pages refer to.
struct Asset {
    path: String,
    media_type: &'static str,
    bytes: Bytes,
}

impl Asset {
    fn new(stem: &str, ending: &str, media_type: &'static str, text: &'static str) -> Self {
        let bytes = Bytes::from(unremarked(text));
        let digest = Sha256::digest(&bytes);
        let mark = u64::from_be_bytes(digest[..8].try_into().expect("a SHA-256 digest has 32 bytes"));
        Self { path: format!("/assets/{stem}-{mark:016x}.{ending}"), media_type, bytes }
    }
}

static STYLE: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new("entente", "css", "text/css; charset=utf-8", include_str!("../assets/entente.css"))
});
static SCRIPT: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new("entente", "js", "text/javascript; charset=utf-8", include_str!("../assets/entente.js"))
});
static ICON: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("icon", "svg", "image/svg+xml", include_str!("../assets/icon.svg")));

/// A text without what is only for whoever changes it: its lines begin where they begin to say something, and those that
/// are remarks from their first sign to their last are left out.
fn unremarked(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut is_remark = false;
    for line in text.lines().map(str::trim) {
        is_remark |= line.starts_with("/*");
        if !is_remark && !line.starts_with("//") && !line.is_empty() {
            kept.push_str(line);
            kept.push('\n');
        }
        is_remark &= !line.ends_with("*/");
    }
    kept
}

/// Bytes of style and script, as a browser reads them.
#[cfg(test)]
pub(crate) fn weight() -> usize {
    STYLE.bytes.len() + SCRIPT.bytes.len()
}

/// Address of the stylesheet.
pub(crate) fn style_path() -> &'static str {
    &STYLE.path
}

/// Address of the script.
pub(crate) fn script_path() -> &'static str {
    &SCRIPT.path
}

/// Address of the icon.
pub(crate) fn icon_path() -> &'static str {
    &ICON.path
}

/// `GET /favicon.ico`: browsers ask for it where a page names no icon of its own.
pub(crate) async fn icon() -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(ICON.media_type)),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=86400")),
    ];
    (headers, ICON.bytes.clone()).into_response()
}

/// Serves an asset. Its name changes with its content, so a browser may keep it for ever.
pub(crate) async fn asset(Path(name): Path<String>) -> Response {
    let found =
        [&*STYLE, &*SCRIPT, &*ICON].into_iter().find(|asset| asset.path.ends_with(&name) && !name.is_empty());
    let Some(asset) = found.filter(|asset| asset.path.len() == "/assets/".len() + name.len()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(asset.media_type)),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable")),
    ];
    (headers, asset.bytes.clone()).into_response()
}

#[cfg(test)]
mod tests {
    use super::unremarked;

    #[test]
    fn remarks_are_for_whoever_changes_a_file() {
        let told = "/* one */\na { b: c; /* two */ d: e }\n\n/* three\n   four */\n  // five\n  x = 'https://a'; // six\n";
        assert_eq!(unremarked(told), "a { b: c; /* two */ d: e }\nx = 'https://a'; // six\n");
    }
}
