//! A member that does not read delays nobody, and is ended.

use roomwire_server::{Config, Server};
use tokio::io::AsyncWriteExt;

use crate::client::{Client, End, core, in_time, words};
use crate::raw::{Raw, frame, small_stream};

/// How many long chats are more than the queue and all that the system keeps can hold: 15 MB.
const ENOUGH: usize = 300;

fn small_queue() -> Config {
    let mut config = core();
    config.limits.max_queue_bytes = 256 * 1024;
    config
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_others_go_on_and_the_slow_one_is_closed_with_4101() {
    let server = Server::bind(small_queue()).await.unwrap();
    let mut slow = Client::over(small_stream(&server).await, &server, "slow").await;
    slow.join("t").await;
    let mut ann = Client::in_topic(&server, "ann", "t").await;
    let mut bob = Client::in_topic(&server, "bob", "t").await;
    let long = "x".repeat(50_000);
    for _ in 0..ENOUGH {
        ann.say("t", &long).await;
        assert_eq!(words(&ann.next().await), long);
        assert_eq!(words(&bob.next().await), long);
    }
    let (heard, end) = slow.end().await;
    assert!(heard.len() < ENOUGH, "it cannot have heard everything");
    for (place, chat) in heard.iter().enumerate() {
        assert_eq!(chat["seq"], place + 1, "what it has heard is without a gap");
    }
    assert_eq!(end, End::Closed(4101));
    ann.say("t", "on").await;
    assert_eq!(words(&bob.next().await), "on");
}

/// It is the queue that counts, not how much has gone through it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_reader_that_keeps_up_in_the_end_is_kept() {
    let server = Server::bind(small_queue()).await.unwrap();
    let mut slow = Client::in_topic(&server, "slow", "t").await;
    let mut ann = Client::in_topic(&server, "ann", "t").await;
    let long = "x".repeat(50_000);
    for _ in 0..ENOUGH {
        ann.say("t", &long).await;
        ann.next().await;
        assert_eq!(words(&slow.next().await), long);
    }
    assert!(slow.fence().await.is_empty());
}

/// Whoever sends without reading its own answers, too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_never_reads_its_answers_is_ended() {
    let server = Server::bind(small_queue()).await.unwrap();
    let accepted = frame(1, crate::raw::HEARTBEAT.as_bytes());
    let nonsense = frame(1, b"nonsense, of which each piece is answered, but not 64 of them in a row");
    let floods = [[accepted.clone(), nonsense].concat(), frame(9, &[b'x'; 125])];
    let [answered, pings] = floods.map(|piece| flood(&server, &accepted, piece.repeat(10_000)));
    tokio::join!(answered, pings);
}

/// Sends without an end, and without reading. The server reads all the time, so that this goes on until it has ended
/// the connection, which resets it.
async fn flood(server: &Server, first: &[u8], flood: Vec<u8>) {
    let mut raw = Raw::open(server).await;
    raw.send(first).await;
    in_time("the end", async { while raw.stream.write_all(&flood).await.is_ok() {} }).await;
}

/// A burst that is larger than the queue: those who read get all of it.
#[tokio::test]
async fn a_burst_of_many_senders_ends_nobody_who_reads() {
    const SENDERS: usize = 8;
    const CHATS: usize = 300;
    let server = Server::bind(small_queue()).await.unwrap();
    let mut clients = Vec::new();
    for number in 0..SENDERS {
        clients.push(Client::in_topic(&server, &format!("u{number}"), "t").await);
    }
    let talks: Vec<_> = clients
        .into_iter()
        .map(|mut client| {
            tokio::spawn(async move {
                let long = "x".repeat(1000);
                for _ in 0..CHATS {
                    client.buffer(client.chat("t", &long)).await;
                }
                client.flush().await;
                for place in 1..=SENDERS * CHATS {
                    assert_eq!(client.next().await["seq"], place);
                }
            })
        })
        .collect();
    for talk in talks {
        talk.await.unwrap();
    }
}
