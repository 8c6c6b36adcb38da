//! No file is handed on before the scanner has looked at it, whichever way it came and whichever way it would go.

#[path = "sample/desk.rs"]
mod sample;

use desk::FileId;
use harness::{EICAR_NAME, FakeScanner, eicar};
use operations::{
    Failure, FileScan, NewFile, NewRequest, Received, Request, Scanner, command_ticket, list_kept_mail,
    open_ticket, read_file, read_kept_letter, scan_files, settle, take_in_again, view_ticket,
};
use sample::{Desk, postgres, sqlite};

fn file(name: &str, bytes: Vec<u8>) -> NewFile {
    NewFile { name: name.to_owned(), media_type: "application/octet-stream".to_owned(), bytes }
}

async fn asked(desk: &Desk, files: Vec<NewFile>) -> String {
    let new = NewRequest {
        channel: "portal".to_owned(),
        subject: "Un fichier".to_owned(),
        body: "Le voici".to_owned(),
        files,
        ..NewRequest::default()
    };
    open_ticket(&desk.environment, &desk.viewer(3).await, new).await.expect("opened").number
}

/// The files of a request as somebody is told of them.
async fn told(desk: &Desk, person: u128, number: &str) -> Vec<(FileId, FileScan)> {
    let view = view_ticket(&desk.environment, &desk.viewer(person).await, number).await.expect("shown");
    view.messages.iter().flat_map(|message| &message.files).map(|file| (file.id, file.scan.clone())).collect()
}

/// Why a file is not handed on; none where it is.
async fn held(desk: &Desk, number: &str, file: FileId) -> Option<String> {
    match read_file(&desk.environment, &desk.viewer(1).await, number, file).await {
        Ok(_) => None,
        Err(Failure::Invalid { problem, .. }) => Some(problem.to_string()),
        Err(other) => panic!("{other:?}"),
    }
}

async fn what_is_infected_is_never_handed_on(desk: Desk) {
    let environment = &desk.environment;
    let before = asked(&desk, vec![file("avant.bin", eicar())]).await;
    let (early, scan) = told(&desk, 1, &before).await.remove(0);
    assert_eq!(scan, FileScan::Free, "no scanner is configured");
    assert_eq!(held(&desk, &before, early).await, None);

    let scanner = FakeScanner::on_tcp();
    environment.scan_with(Scanner::Tcp(scanner.address().to_owned()));
    assert_eq!(told(&desk, 1, &before).await[0].1, FileScan::Waiting, "what came before waits as well");

    // Down: what waits is held, and looked at when the scanner is back.
    scanner.set_down(true);
    let number = asked(&desk, vec![file("sain.txt", b"rien".to_vec()), file("mal.bin", eicar())]).await;
    let files: Vec<FileId> = told(&desk, 3, &number).await.iter().map(|(id, _)| *id).collect();
    scan_files(environment).await.expect("a scanner that is down is no failure");
    for id in &files {
        assert_eq!(held(&desk, &number, *id).await.as_deref(), Some("error-file-waiting"));
    }
    scanner.set_down(false);
    desk.go_to("2026-08-14T18:10:00-04:00").await;
    while scan_files(environment).await.expect("looked at") > 0 {}
    assert_eq!(scanner.scans(), 3, "each once");
    assert_eq!(held(&desk, &number, files[0]).await, None);
    assert_eq!(held(&desk, &number, files[1]).await.as_deref(), Some("error-file-infected"));
    assert_eq!(held(&desk, &before, early).await.as_deref(), Some("error-file-infected"));

    // The name of what was found is for administrators alone.
    assert_eq!(told(&desk, 3, &number).await[1].1, FileScan::Infected(None));
    assert_eq!(told(&desk, 1, &number).await[1].1, FileScan::Infected(None));
    desk.administrator().await;
    assert_eq!(told(&desk, 40, &number).await[1].1, FileScan::Infected(Some(EICAR_NAME.to_owned())));

    // Asked for before a round came by, it is looked at on the spot.
    let number = asked(&desk, vec![file("frais.txt", b"frais".to_vec()), file("frais.bin", eicar())]).await;
    let files = told(&desk, 1, &number).await;
    assert_eq!(held(&desk, &number, files[0].0).await, None);
    assert_eq!(held(&desk, &number, files[1].0).await.as_deref(), Some("error-file-infected"));

    // A file that the scanner answers by an error is held for good after some tries.
    let number = asked(&desk, vec![file("grand.bin", b"grand".to_vec())]).await;
    let id = told(&desk, 1, &number).await[0].0;
    for minute in ["18:20", "18:30", "18:40"] {
        scanner.say("INSTREAM size limit exceeded. ERROR");
        desk.go_to(&format!("2026-08-14T{minute}:00-04:00")).await;
        scan_files(environment).await.expect("looked at");
    }
    assert_eq!(told(&desk, 1, &number).await[0].1, FileScan::Unscannable);
    assert_eq!(held(&desk, &number, id).await.as_deref(), Some("error-file-unscannable"));
}

async fn letters_neither_bring_nor_take_it_along(desk: Desk) {
    let environment = &desk.environment;
    let socket = desk.folder.path().join("scanner");
    let scanner = FakeScanner::on_unix(&socket);
    environment.scan_with(Scanner::Unix(socket));
    let letter = format!(
        "From: Maude <maude@client.example>\nTo: aide@orvane.example\nSubject: Un fichier\n\
         Message-ID: <file@client.example>\nDate: Fri, 14 Aug 2026 17:59:00 -0400\nMIME-Version: 1.0\n\
         Content-Type: multipart/mixed; boundary=\"b\"\n\n--b\nContent-Type: text/plain\n\nLe voici.\n\n--b\n\
         Content-Type: application/octet-stream; name=\"mal.bin\"\n\
         Content-Disposition: attachment; filename=\"mal.bin\"\n\n{}\n--b--\n",
        String::from_utf8(eicar()).expect("it is text"),
    );
    let number = match desk.receive(&letter, true).await {
        Received::Opened(number) => number,
        other => panic!("it opens a request, not {other:?}"),
    };
    while scan_files(environment).await.expect("looked at") > 0 {}
    let files = told(&desk, 1, &number).await;
    assert!(
        !files.is_empty() && files.iter().any(|(_, scan)| *scan == FileScan::Infected(None)),
        "{files:?}"
    );

    // An answer with a file leaves; what is infected does not go with it.
    let answer = Request::Reply {
        body: "Voici deux fichiers".to_owned(),
        files: vec![file("sain.txt", b"zqsain".to_vec()), file("mal.bin", eicar())],
        technical: true,
        turn: None,
        undo_seconds: 0,
    };
    command_ticket(environment, &desk.viewer(1).await, &number, answer, None).await.expect("answered");
    settle(environment).await.expect("rounds");
    let letters = desk.outgoing_to("maude@client.example");
    let names: Vec<&str> = letters
        .iter()
        .flat_map(|letter| &letter.attachments)
        .filter_map(|attachment| attachment.name.as_deref())
        .collect();
    assert_eq!(names, ["sain.txt"]);
    assert!(scanner.scans() >= 3);
}

/// A letter that became no request is handed out as it came, files and all: the scanner looks at it each time.
async fn kept_letters_are_looked_at_too(desk: Desk) {
    let environment = &desk.environment;
    // A report about nothing known is kept.
    let report = |name: &str, words: &str| {
        format!(
            "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example\nTo: aide@orvane.example\nSubject: failure notice {name}\n\n\
             <x@y.example>:\nno\n\n{words}\n"
        )
    };
    let infected = String::from_utf8(eicar()).expect("it is text");
    for (name, words) in [("sain", "rien"), ("mal", infected.as_str())] {
        assert_eq!(desk.receive(&report(name, words), false).await, Received::Kept);
    }
    let manager = desk.viewer(7).await;
    let kept = list_kept_mail(environment, &manager).await.expect("listed").letters;
    let digest_of =
        |name: &str| kept.iter().find(|letter| letter.subject.ends_with(name)).expect("kept").digest.clone();
    let handed = async |name: &str| match read_kept_letter(environment, &manager, &digest_of(name)).await {
        Ok(_) => None,
        Err(Failure::Invalid { problem, .. }) => Some(problem),
        Err(other) => panic!("{other:?}"),
    };
    assert_eq!(handed("mal").await, None, "no scanner is configured");
    let scanner = FakeScanner::on_tcp();
    environment.scan_with(Scanner::Tcp(scanner.address().to_owned()));
    for _ in 0..2 {
        assert_eq!(handed("sain").await, None);
        assert_eq!(handed("mal").await.as_deref(), Some("error-file-infected"));
    }
    assert_eq!(scanner.scans(), 4, "no finding is kept");
    scanner.set_down(true);
    for name in ["sain", "mal"] {
        assert_eq!(handed(name).await.as_deref(), Some("error-file-waiting"), "{name}");
    }
    // It can be made a request all the same: what it brings is held there.
    let number = take_in_again(environment, &manager, &digest_of("mal"), &terms::Facts::new())
        .await
        .expect("taken in");
    for (id, _) in told(&desk, 1, &number).await {
        assert_eq!(held(&desk, &number, id).await.as_deref(), Some("error-file-waiting"));
    }
}

on_both_databases! {
    kept_letters_are_looked_at_too => kept_sqlite, kept_postgres;
    what_is_infected_is_never_handed_on => infected_sqlite, infected_postgres;
    letters_neither_bring_nor_take_it_along => letters_sqlite, letters_postgres;
}
