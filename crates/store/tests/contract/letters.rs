//! Letters that belong to no request: put out with what they tell of, shared by nodes, gone once they left.

use crate::{World, at, orvane};
use desk::{NoticeId, Person, PersonId, Role};
use std::collections::BTreeSet;
use store::{Entry, Letter, NoticeState, Pseudonym};

fn letter(id: u128, created_at: i64) -> Letter {
    Letter {
        provider: orvane(),
        id: NoticeId(id),
        kind: "release".into(),
        person: PersonId(1),
        address: "x@client.example".into(),
        subject: "Atelier 7.2".into(),
        body: "Impression corrigée.".into(),
        attempts: 0,
        created_at: at(created_at),
    }
}

pub async fn letters_leave_once_and_what_they_tell_of_stands(world: World) {
    let nodes = [world.desk().await, world.node().await];
    let person = Person {
        id: PersonId(1),
        provider: orvane(),
        role: Role::Contact,
        name: "Maude".into(),
        email: "x@client.example".into(),
        account: None,
        language: "fr".into(),
        zone: None,
    };
    nodes[0].put_person(&person).await.unwrap();
    let told = Entry {
        provider: orvane(),
        kind: "release".into(),
        key: "atelier-7-2".into(),
        body: "{}".into(),
        changed_at: at(5),
        changed_by: PersonId(1),
    };
    let letters: Vec<Letter> = (1..=30).map(|id| letter(id, 5)).collect();
    nodes[0].put_letters(std::slice::from_ref(&told), &letters).await.unwrap();
    nodes[1].put_letters(&[], &letters[..3]).await.unwrap();
    assert_eq!(nodes[1].entry(&orvane(), "release", "atelier-7-2").await.unwrap(), Some(told));
    assert_eq!(nodes[1].claim_letters(at(4), 10, at(60)).await.unwrap(), []);
    // Nodes share them, and one that was claimed is nobody else's until its lease runs out.
    let (some, others) =
        tokio::join!(nodes[0].claim_letters(at(10), 15, at(60)), nodes[1].claim_letters(at(10), 15, at(60)));
    let claimed = [some.unwrap(), others.unwrap()].concat();
    let ids: BTreeSet<u128> = claimed.iter().map(|letter| letter.id.0).collect();
    assert_eq!((claimed.len(), ids.len()), (30, 30));
    assert_eq!(claimed[0], Letter { attempts: 1, ..letter(claimed[0].id.0, 5) });
    assert_eq!(nodes[0].claim_letters(at(10), 40, at(60)).await.unwrap(), []);

    // What left is gone, what could not waits, what was given up is shown.
    let [tried, given_up, rest @ ..] = claimed.as_slice() else { panic!("thirty") };
    nodes[0].remove_letters(rest).await.unwrap();
    nodes[0].fail_letter(tried, Some(at(40)), "421 later").await.unwrap();
    nodes[0].fail_letter(given_up, None, "550 unknown").await.unwrap();
    let again = nodes[1].claim_letters(at(1_000), 40, at(2_000)).await.unwrap();
    assert_eq!(again.iter().map(|letter| (letter.id, letter.attempts)).collect::<Vec<_>>(), [(tried.id, 2)]);
    let undelivered = nodes[1].undelivered(&orvane(), 9).await.unwrap();
    let [shown] = undelivered.as_slice() else { panic!("one: {undelivered:?}") };
    assert_eq!((shown.number.as_deref(), shown.state), (None, NoticeState::Dead));
    assert_eq!(shown.error.as_deref(), Some("550 unknown"));
    nodes[0].forget_given_up(at(4)).await.unwrap();
    assert_eq!(nodes[0].undelivered(&orvane(), 9).await.unwrap().len(), 1, "it is not that old");
    nodes[0].forget_given_up(at(5)).await.unwrap();
    assert_eq!(nodes[0].undelivered(&orvane(), 9).await.unwrap(), []);

    // Nothing waits for somebody who was erased.
    let pseudonym = Pseudonym {
        former_email: "x@client.example".into(),
        name: "—".into(),
        email: "erased@invalid".into(),
        own_message_ids: "@desk.example".into(),
    };
    nodes[0].erase_person(&orvane(), PersonId(1), &pseudonym, at(3_000)).await.unwrap();
    assert_eq!(nodes[0].claim_letters(at(9_000), 40, at(9_900)).await.unwrap(), []);
}

/// No more are counted than may be, whoever counts at the same moment and over restarts, and none older.
pub async fn what_is_counted_of_mails_is_counted_on_all_nodes(world: World) {
    use store::MailCounted::{AccessToAddress, AccessToDomain, OpenedByPerson, ToStrangers};
    let within = |at_most, since| (store::Measure { at_most, since: at(since) }, None);
    let nodes = [world.desk().await, world.node().await];
    // Where there is room for all, all are counted, however many come at once.
    for what in [OpenedByPerson, ToStrangers] {
        let counts: Vec<_> = (0..40_u128)
            .map(|thing| {
                let node = nodes[usize::from(thing % 2 == 0)].clone();
                let thing = thing << 96 | thing;
                tokio::spawn(async move {
                    node.count_mail(what, "everybody", thing, within(1000, 0), at(10)).await.unwrap()
                })
            })
            .collect();
        let mut counted = 0;
        for count in counts {
            counted += usize::from(count.await.unwrap());
        }
        assert_eq!(counted, 40, "{what:?}");
    }
    let counts = (0..40_u128).map(|thing| {
        let node = nodes[usize::from(thing % 2 == 0)].clone();
        tokio::spawn(async move {
            node.count_mail(AccessToAddress, "a@client.example", thing, within(3, 0), at(10)).await.unwrap()
        })
    });
    let mut counted = Vec::new();
    for (thing, count) in counts.collect::<Vec<_>>().into_iter().enumerate() {
        if count.await.unwrap() {
            counted.push(thing as u128);
        }
    }
    assert_eq!(counted.len(), 3, "{counted:?}");
    let restarted = world.node().await;
    let take = async |what, name: &str, thing, since, now| {
        restarted.count_mail(what, name, thing, within(3, since), at(now)).await.unwrap()
    };
    assert!(!take(AccessToAddress, "a@client.example", 100, 0, 20).await);
    assert!(take(AccessToAddress, "a@client.example", counted[0], 0, 20).await, "the same thing counts once");
    assert!(take(AccessToAddress, "b@client.example", 100, 0, 20).await, "another name");
    assert!(take(AccessToDomain, "a@client.example", 100, 0, 20).await, "another measure");
    assert!(take(AccessToAddress, "a@client.example", 101, 10, 21).await, "what is older does not count");
    let count =
        async |since| restarted.mail_count(AccessToAddress, "a@client.example", at(since)).await.unwrap();
    assert_eq!((count(0).await, count(10).await), (4, 1));
    // Two measures at once: three within a hundred seconds, and four in all.
    let opens = async |thing, now: i64| {
        let measures = (
            store::Measure { at_most: 3, since: at(now - 100) },
            Some(store::Measure { at_most: 4, since: at(now - 1_000) }),
        );
        restarted.count_mail(OpenedByPerson, "somebody", thing, measures, at(now)).await.unwrap()
    };
    let mut opened = Vec::new();
    for (thing, now) in (0_u128..).zip([110, 120, 130, 140, 210, 211, 220, 400, 1_110, 1_120]) {
        opened.push(opens(thing, now).await);
    }
    assert_eq!(opened, [true, true, true, false, true, false, false, false, true, true]);
    assert!(opens(0, 1_130).await, "what was counted holds");
    // Nothing has room where nothing may be.
    let nothing = restarted.count_mail(OpenedByPerson, "nobody", 1, within(0, 0), at(10)).await.unwrap();
    assert!(!nothing);
    // Nothing is kept longer than a day.
    assert!(take(AccessToDomain, "x.example", 1, 0, 21 + 24 * 3600).await);
    assert_eq!(count(0).await, 0);
}
