//! Letters that nobody wrote, made from a corpus and a seed.

use crate::chance::Chance;
use std::path::Path;

/// The letters of a folder (`*.eml`), in the order of their names.
///
/// # Panics
/// When the folder or a letter cannot be read.
pub fn letters_in(folder: &Path) -> Vec<Vec<u8>> {
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .expect("the corpus")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|end| end == "eml"))
        .collect();
    files.sort();
    files.iter().map(|path| std::fs::read(path).expect("a letter")).collect()
}

/// A letter that nobody wrote: one of the corpus, cut, crossed with another and garbled. The same for the
/// same seed and number; at most 200,000 bytes.
pub fn garbled(corpus: &[Vec<u8>], seed: u64, number: u64) -> Vec<u8> {
    let mut chance = Chance(seed.wrapping_add(number.wrapping_mul(0x1000_0001)));
    garble(&mut chance, corpus, &TELLING, 200_000)
}

/// One of the corpus, cut, crossed with another and garbled, with words in it that its reader knows.
pub(crate) fn garble(chance: &mut Chance, corpus: &[Vec<u8>], words: &[&[u8]], at_most: usize) -> Vec<u8> {
    let mut bytes = chance.one(corpus).clone();
    for _ in 0..=chance.below(8) {
        let at = chance.below(bytes.len() + 1);
        match chance.below(8) {
            0 if !bytes.is_empty() => {
                let at = at.min(bytes.len() - 1);
                bytes[at] ^= 1 << chance.below(8);
            }
            1 => bytes.truncate(at),
            2 if !words.is_empty() => {
                let word = *chance.one(words);
                bytes.splice(at..at, word.iter().copied());
            }
            3 => {
                let end = (at + chance.below(200)).min(bytes.len());
                bytes.drain(at..end);
            }
            4 => {
                let end = (at + chance.below(400)).min(bytes.len());
                let piece = bytes[at..end].repeat(1 + chance.below(20));
                bytes.splice(at..at, piece);
            }
            5 => {
                let other = chance.one(corpus);
                let from = chance.below(other.len() + 1);
                bytes.truncate(at);
                bytes.extend_from_slice(&other[from..]);
            }
            6 => bytes.insert(at, u8::try_from(chance.below(256)).expect("a byte")),
            _ => {
                let to = chance.below(bytes.len() + 1);
                let (at, to) = (at.min(to), at.max(to));
                bytes[at..to].reverse();
            }
        }
        bytes.truncate(at_most);
    }
    bytes
}

/// Words that readers of mail take for something.
const TELLING: [&[u8]; 22] = [
    b"\r\n\r\n",
    b"\n",
    b"\r",
    b"\0",
    b"--",
    b"=?utf-8?b?",
    b"?=",
    b"Content-Type: multipart/mixed; boundary=",
    b"Content-Type: message/rfc822\r\n\r\n",
    b"Content-Transfer-Encoding: base64\r\n",
    b"charset=utf-7",
    b"charset=iso-2022-jp",
    b"From: ",
    b"begin 644 x\r\n",
    b"<svg><style><img src=x onerror=hit()>",
    b"\xff\xfe",
    b"\x1b$B",
    b"\xf0\x9f",
    b";filename*0*=utf-8''%",
    b"=\r\n",
    b"(((((((",
    b",,,,,:;<>@",
];
