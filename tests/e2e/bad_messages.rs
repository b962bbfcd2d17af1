//! Bad input where people do not look: on the bus. Each message is set aside whole, with the
//! reason, and the partition behind it goes on.

use std::collections::{BTreeMap, BTreeSet};

use async_nats::jetstream;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use posthouse_bus::subject::{Subjects, partition_in};
use posthouse_bus::topology::Size;
use posthouse_domain::TicketId;
use posthouse_domain::ticket::FactKind;
use posthouse_tests::limits::CARRIED_WITHIN;
use posthouse_tests::poison::{bad_payloads, subjects_of_the_region};
use posthouse_tests::{Door, Noise, Setup, Up, cli, eventually, samples};
use posthouse_wire::v1::{ReplyToTicket, TicketCommand, ticket_command};
use prost::Message;
use serde_json::Value;

use crate::verdict;

/// The region that `up` runs.
const REGION: &str = "cn-north";
/// Where other systems send what they have for it.
const INBOX: &str = "ph.cn-north.inbox.test";
/// What the noise grows from. Change it to try other bytes.
const SEED: u64 = 0x0070_0573_0053;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_messages_stop_nobody() {
    let Some(up) = Up::start(Setup::default()).await else {
        return;
    };
    let door = up.door();
    let nats = async_nats::connect(door.nats_url().await).await.unwrap();
    let bus = jetstream::new(nats.clone());

    // A reply to a ticket that comes only later: bad now, good by then.
    let first = door.submit(&samples().next().unwrap()).await;
    let next = successor(&first.number);
    bus.publish(INBOX, reply(&next))
        .await
        .unwrap()
        .await
        .unwrap();
    letter_from(door, |letter| letter["code"] == "INT0005").await;

    let sent = send_noise(&bus).await;
    // Questions that are none, and words from outside that nobody asked for.
    for question in ["ticket", "nothing"] {
        let subject = Subjects::new(REGION, 1, 1).query(question);
        nats.publish(subject, Noise::new(SEED).bytes(64).into())
            .await
            .unwrap();
    }
    nats.flush().await.unwrap();

    let mut opened = 1;
    opened += good_tickets_pass(door).await;
    every_one_is_set_aside(door, &sent).await;

    let second = door.json(&format!("/v1/tickets/{next}")).await;
    assert_eq!(second["number"], next.as_str());
    redrive_and_drop(door, &next).await;
    verdict::sound_but_for_letters(door, opened).await;
    up.process().assert_no_panic();
    up.end().await;
}

/// The number after this one.
fn successor(number: &str) -> String {
    let (head, digits) = number.rsplit_once('-').unwrap();
    let value: u64 = digits.parse().unwrap();
    format!("{head}-{:0width$}", value + 1, width = digits.len())
}

fn reply(ticket: &str) -> Bytes {
    let reply = ReplyToTicket {
        ticket_id: ticket.to_owned(),
        text: "It is on fire now.".to_owned(),
        ..ReplyToTicket::default()
    };
    let body = Some(ticket_command::Body::Reply(reply));
    TicketCommand {
        command_id: "early".to_owned(),
        body,
        ..TicketCommand::default()
    }
    .encode_to_vec()
    .into()
}

/// Messages by the subject under which somebody reads them.
type Sent = BTreeMap<String, Vec<Bytes>>;

/// Sends bad messages to every subject of the region; gives those that somebody must set aside.
async fn send_noise(bus: &jetstream::Context) -> Sent {
    let mut noise = Noise::new(SEED);
    let mut sent = Sent::new();
    for (subject, read_as) in subjects_of_the_region(REGION, &Size::LAPTOP, INBOX) {
        for payload in bad_payloads(REGION, &mut noise) {
            bus.publish(subject.clone(), payload.clone())
                .await
                .unwrap()
                .await
                .unwrap();
            if let Some(read_as) = &read_as {
                sent.entry(read_as.clone()).or_default().push(payload);
            }
        }
    }
    sent
}

/// Tickets pass in every partition; gives how many were needed.
async fn good_tickets_pass(door: &Door) -> usize {
    let partitions = Size::LAPTOP.partitions;
    let mut reached = BTreeSet::new();
    let mut count = 0;
    for sample in samples().take(200) {
        let accepted = door.submit(&sample).await;
        let ticket: TicketId = accepted.ticket_id.parse().unwrap();
        reached.insert(ticket.partition(partitions));
        count += 1;
        door.carried(&accepted.ticket_id).await;
        if reached.len() == usize::from(partitions) {
            return count;
        }
    }
    panic!("200 tickets reached only partitions {reached:?}");
}

/// For every message that somebody read there is a letter that holds its bytes and a reason.
async fn every_one_is_set_aside(door: &Door, sent: &Sent) {
    let letters = eventually("a letter for every message", CARRIED_WITHIN, async || {
        let mut letters: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        for letter in list(door).await {
            let subject = letter["origin"]["subject"].as_str().unwrap().to_owned();
            letters.entry(subject).or_default().push(letter);
        }
        let too_few = |subject: &String, payloads: &Vec<Bytes>| {
            letters
                .get(subject)
                .is_none_or(|letters| letters.len() < payloads.len())
        };
        let lacking: Vec<&String> = sent
            .iter()
            .filter(|(it, sent)| too_few(it, sent))
            .map(|(it, _)| it)
            .collect();
        if lacking.is_empty() {
            Ok(letters)
        } else {
            Err(format!("too few from {lacking:?}"))
        }
    })
    .await;
    // Each look at one costs a request, and the partitions of the log are alike.
    for (subject, payloads) in sent
        .iter()
        .filter(|(it, _)| partition_in(it).unwrap_or(0) == 0)
    {
        let mut kept = BTreeSet::new();
        for letter in &letters[subject] {
            for known in ["role", "code", "reason", "refused_at"] {
                assert!(
                    letter[known].as_str().is_some_and(|it| !it.is_empty()),
                    "{letter}"
                );
            }
            let whole = door
                .json(&format!("/v1/dead-letters/{}", place_of(letter)))
                .await;
            kept.insert(whole["payload_base64"].as_str().unwrap().to_owned());
        }
        for payload in payloads {
            let kept = kept.contains(&STANDARD.encode(payload));
            assert!(kept, "{subject}: {payload:?} is in no letter");
        }
    }
    let one = &letters[INBOX][0];
    let words = [
        "dlq",
        "show",
        &place_of(one),
        "--json",
        "--server",
        door.url(),
    ];
    let shown = cli::run(&words).await.done().last_object();
    assert_eq!(shown["origin"]["subject"], INBOX);
    assert!(shown["payload_base64"].is_string(), "{shown}");

    let facts = FactKind::ALL.len() * usize::from(Size::LAPTOP.partitions);
    let unreadable = door.stats().await["counts"]["unreadable"].as_u64().unwrap();
    assert!(
        unreadable >= u64::try_from(facts).unwrap(),
        "{unreadable} counted"
    );
}

/// What was bad when it came and is good now is published again; what is hopeless is given up.
async fn redrive_and_drop(door: &Door, ticket: &str) {
    let early = letter_from(door, |letter| letter["code"] == "INT0005").await;
    let hopeless = letter_from(door, |letter| letter["code"] == "WIRE0005").await;
    for (what, letter) in [("redrive", &early), ("drop", &hopeless)] {
        let place = place_of(letter);
        let words = [
            "dlq",
            what,
            &place,
            "--by",
            "anna",
            "--json",
            "--server",
            door.url(),
        ];
        cli::run(&words).await.done();
        let settled = if what == "drop" {
            "dropped"
        } else {
            "redriven"
        };
        eventually(
            &format!("{place} to be {settled}"),
            CARRIED_WITHIN,
            async || {
                let letter = door.json(&format!("/v1/dead-letters/{place}")).await;
                let is_so = letter["status"] == settled && letter["settled_by"] == "anna";
                if is_so {
                    Ok(())
                } else {
                    Err(letter.to_string())
                }
            },
        )
        .await;
        let left = list(door).await;
        assert!(
            left.iter().all(|letter| place_of(letter) != place),
            "{place} is still listed"
        );
    }
    let replied = |ticket: &Value| verdict::kinds(ticket).contains(&"replied".to_owned());
    door.once(ticket, "has the reply", replied).await;
}

/// What `dlq list` lists.
async fn list(door: &Door) -> Vec<Value> {
    cli::run(&["dlq", "list", "--json", "--server", door.url()])
        .await
        .done()
        .objects()
}

async fn letter_from(door: &Door, wanted: impl Fn(&Value) -> bool) -> Value {
    eventually("a dead letter", CARRIED_WITHIN, async || {
        let listed = list(door).await;
        let found = listed.iter().find(|letter| wanted(letter)).cloned();
        found.ok_or_else(|| format!("{} others", listed.len()))
    })
    .await
}

fn place_of(letter: &Value) -> String {
    format!(
        "{}/{}",
        letter["stream"].as_str().unwrap(),
        letter["sequence"]
    )
}
