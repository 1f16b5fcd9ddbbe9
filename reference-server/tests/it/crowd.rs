//! Many at once: those who all come back, and those who are gone without a word.

use std::time::Duration;

use roomwire_server::{Config, Server};
use serde_json::json;
use tokio::task::JoinSet;

use crate::client::{Client, data, full_server, in_time, words};

const TOPICS: usize = 10;
const EACH: usize = 100;

#[tokio::test]
async fn a_thousand_that_come_back_at_once_have_all_that_they_missed() {
    rlimit::increase_nofile_limit(u64::MAX).unwrap();
    let server = full_server().await;
    let url = server.url();
    let mut anns = Vec::new();
    for topic in 0..TOPICS {
        anns.push(Client::in_topic(&server, "ann", &format!("t{topic}")).await);
    }
    let mut crowd = Vec::new();
    for number in 0..TOPICS * EACH {
        let topic = format!("t{}", number % TOPICS);
        let mut client = Client::connect(&server, &format!("u{number}")).await;
        let joined = data(&client.join(&topic).await);
        crowd.push((client, topic, joined["epoch"].clone()));
    }
    // All are lost in the same moment.
    let lost: Vec<_> =
        crowd.into_iter().map(|(client, topic, epoch)| (client.user.clone(), topic, epoch)).collect();
    for (topic, ann) in anns.iter_mut().enumerate() {
        for number in 0..5 {
            ann.say(&format!("t{topic}"), &number.to_string()).await;
        }
        ann.fence().await;
    }
    let mut coming = JoinSet::new();
    for (user, topic, epoch) in lost {
        let url = url.clone();
        coming.spawn(async move {
            let mut client = Client::to(&url, &user).await;
            let join = json!({ "topic": topic, "since": { "epoch": epoch, "seq": 0 } });
            let mut frames = client.answers(client.frame(3, &join)).await.into_iter();
            let joined = data(&frames.next().unwrap());
            assert_eq!((&joined["recovered"], &joined["seq"]), (&json!(true), &json!(5)), "{joined}");
            let missed: Vec<_> =
                frames.filter(|frame| frame["code"] == 200).map(|frame| words(&frame)).collect();
            assert_eq!(missed, ["0", "1", "2", "3", "4"]);
            client
        });
    }
    let back = in_time("the crowd", coming.join_all()).await;
    assert_eq!(back.len(), TOPICS * EACH);
}

/// The network ate their goodbye: the connections are open, and nobody is there any more.
#[tokio::test]
async fn who_is_gone_without_a_word_gives_up_list_and_place() {
    let mut config = Config { max_connections: 21, ..Config::on_free_port() };
    config.limits.heartbeat_timeout_ms = 1000;
    let server = Server::bind(config).await.unwrap();
    let mut gone = Vec::new();
    for number in 0..20 {
        gone.push(Client::in_topic(&server, &format!("gone{number}"), "t").await);
    }
    let mut ann = Client::in_topic(&server, "ann", "t").await;
    let mut pace = tokio::time::interval(Duration::from_millis(200));
    in_time("the list to be of ann alone", async {
        loop {
            pace.tick().await;
            ann.ask(5, json!({ "topic": "t" })).await;
            let frames = ann.fence().await;
            let list = frames.iter().find(|frame| frame["code"] == 205).expect("a list");
            if data(list)["users"] == json!([{ "user": "ann" }]) {
                break;
            }
        }
    })
    .await;
    for newcomer in &mut gone {
        in_time("a place", async {
            loop {
                let stream = tokio::net::TcpStream::connect(server.local_addr()).await.unwrap();
                if let Ok((ws, _)) = tokio_tungstenite::client_async(server.url(), stream).await {
                    newcomer.ws = ws;
                    break;
                }
                pace.tick().await;
                ann.fence().await;
            }
        })
        .await;
        newcomer.fence().await;
    }
}
