//! How letters would be taken in.

use crate::{expect, keys, written};
use harness::TemporaryFolder;
use serde_json::{Value, json};
use std::collections::BTreeSet;

#[test]
fn letters_are_shown_as_they_would_be_taken_in() {
    let folder = TemporaryFolder::new("letters");
    let whole = written(
        &folder,
        "whole.eml",
        "From: =?utf-8?Q?Zo=C3=A9?= <zoe@client.example>\r\nTo: Desk <desk@boreal.example>\r\n\
         Cc: c@client.example\r\nReply-To: answers@client.example\r\nSubject: =?utf-8?Q?H=C3=A9las?=\r\n\
         Date: Fri, 14 Aug 2026 17:59:00 -0400\r\nMessage-ID: <2@client.example>\r\n\
         In-Reply-To: <1@boreal.example>\r\nReferences: <0@client.example> <1@boreal.example>\r\n\
         MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\
         Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
         Voil=E0.\r\n\r\nOn Monday, Desk wrote:\r\n> old words\r\n--b\r\nContent-Type: application/pdf\r\n\
         Content-Disposition: attachment; filename*=utf-8''d%C3%A9tail.pdf\r\n\
         Content-Transfer-Encoding: base64\r\n\r\nQUJD\r\n--b--\r\n",
    );
    let html = written(
        &folder,
        "html.eml",
        "From: a@b.example\r\nTo: c@d.example\r\nSubject: x\r\nContent-Type: text/html\r\n\r\n\
         <p onclick=\"x()\">Hi<script>alert(1)</script><img src=\"http://t.example/p.gif\"></p>\r\n",
    );
    let reply = written(
        &folder,
        "reply.eml",
        "From: a@b.example\r\nAuto-Submitted: auto-replied\r\nSubject: Away\r\n\r\nAway.\r\n",
    );
    let (stdout, _) = expect(0, &["mail", "read", &whole, &html, &reply]);
    let letters: Vec<Value> =
        stdout.lines().map(|line| serde_json::from_str(line).expect("an object a line")).collect();
    let [whole_read, html_read, reply_read] = letters.as_slice() else { panic!("three: {stdout}") };
    let fields = BTreeSet::from([
        "file",
        "from",
        "to",
        "cc",
        "reply_to",
        "subject",
        "date",
        "message_id",
        "in_reply_to",
        "references",
        "text",
        "html",
        "new_text",
        "attachments",
        "automatic",
        "problems",
    ]);
    for letter in &letters {
        assert_eq!(keys(letter), fields);
    }
    assert_eq!(whole_read["file"], whole.as_str());
    assert_eq!(whole_read["from"], json!({ "name": "Zoé", "address": "zoe@client.example" }));
    assert_eq!(whole_read["to"], json!([{ "name": "Desk", "address": "desk@boreal.example" }]));
    assert_eq!(whole_read["subject"], "Hélas");
    assert_eq!(whole_read["date"], "2026-08-14T21:59:00Z");
    assert_eq!(whole_read["message_id"], "2@client.example");
    assert_eq!(whole_read["in_reply_to"], "1@boreal.example");
    assert_eq!(whole_read["references"], json!(["0@client.example", "1@boreal.example"]));
    assert_eq!(whole_read["new_text"], "Voilà.");
    assert!(whole_read["text"].as_str().is_some_and(|text| text.contains("old words")));
    assert_eq!(
        whole_read["attachments"],
        json!([{ "name": "détail.pdf", "media_type": "application/pdf", "size": 3, "inline": false }])
    );
    assert!(whole_read["automatic"].is_null());
    assert_eq!(whole_read["problems"], json!([]));
    let shown = html_read["html"].as_str().expect("sanitised HTML");
    assert!(shown.contains("Hi"), "{shown}");
    for bad in ["script", "alert", "onclick", "http://t.example"] {
        assert!(!shown.contains(bad), "{bad} in {shown}");
    }
    assert_eq!(reply_read["automatic"], "reply");
}

#[test]
fn no_bytes_are_too_hostile_to_be_read() {
    let folder = TemporaryFolder::new("hostile");
    // A linear congruence gives the same noise on every run.
    let mut state = 0x2545_f491_u32;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    })
    .take(20_000)
    .collect();
    let nested: String = (0..200)
        .map(|depth| format!("Content-Type: multipart/mixed; boundary=b{depth}\r\n\r\n--b{depth}\r\n"))
        .collect();
    let hostile: [(&str, Vec<u8>); 7] = [
        ("empty.eml", Vec::new()),
        ("noise.eml", noise),
        ("zeros.eml", vec![0; 4096]),
        ("nested.eml", nested.into_bytes()),
        ("header.eml", [b"Subject: ".as_slice(), &vec![b'x'; 2_000_000]].concat()),
        ("broken.eml", b"From: <<>>\xff\r\nTo: ,;:,\r\nDate: never\r\nContent-Type: text/plain; charset=unknown-7\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!".to_vec()),
        ("names.eml", b"From: a@b.example\r\nContent-Type: application/x; name=\"../../etc/passwd\"\r\nContent-Disposition: attachment; filename=\"../../etc/passwd\"\r\n\r\nx".to_vec()),
    ];
    let paths: Vec<String> = hostile.iter().map(|(name, bytes)| written(&folder, name, bytes)).collect();
    let mut arguments = vec!["mail", "read"];
    arguments.extend(paths.iter().map(String::as_str));
    let (stdout, _) = expect(0, &arguments);
    let letters: Vec<Value> = stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(letters.len(), hostile.len());
    for (path, letter) in paths.iter().zip(&letters) {
        assert_eq!(letter["file"], path.as_str());
        assert!(letter["problems"].is_array());
    }
    for place in [0, 1, 2, 5] {
        assert_ne!(letters[place]["problems"], json!([]), "{}", paths[place]);
    }
    let name = letters[6]["attachments"][0]["name"].as_str().expect("a name");
    assert!(!name.contains('/'), "{name}");
}
