//! What clients do all day.

use serde_json::json;

use crate::client::{Client, data, server, words};

/// The frames of a client that is out there, byte for byte.
#[tokio::test]
async fn a_client_of_the_first_day_works_unchanged() {
    let server = server().await;
    let mut client = Client::connect(&server, "u1").await;

    client.text(r#"{"token":"u1","type":1,"payLoad":""}"#).await;
    assert_eq!(client.next().await, json!({ "type": 1, "code": 100, "data": "" }));

    client.text(r#"{"token":"u1","type":3,"payLoad":"{\"topic\":\"8017\"}"}"#).await;
    let joined = client.next().await;
    assert_eq!((&joined["type"], &joined["code"]), (&json!(3), &json!(201)));

    client
        .text(r#"{"token":"u1","type":2,"payLoad":"{\"topic\":\"8017\",\"chatInfo\":\"{\\\"user\\\":\\\"u1\\\",\\\"displayName\\\":\\\"Ann\\\",\\\"avatarurl\\\":\\\"https://…\\\",\\\"stream\\\":\\\"s1\\\",\\\"content\\\":\\\"hi\\\",\\\"type\\\":\\\"message\\\",\\\"createdat\\\":\\\"2018-10-8 14:30\\\"}\"}"}"#)
        .await;
    let delivery = client.next().await;
    assert_eq!(delivery["code"], 200);
    assert_eq!(
        delivery["data"],
        r#"{"user":"u1","displayName":"Ann","avatarurl":"https://…","stream":"s1","content":"hi","type":"message","createdat":"2018-10-8 14:30"}"#
    );
}

#[tokio::test]
async fn a_201_says_what_the_server_is() {
    let server = server().await;
    let mut client = Client::connect(&server, "ann").await;
    let joined = client.join("8017").await;
    let mut data = data(&joined);
    assert!(!data["epoch"].as_str().unwrap().is_empty());
    data["epoch"] = "…".into();
    assert_eq!(
        data,
        json!({
            "topic": "8017", "user": "ann", "epoch": "…", "seq": 0, "version": 1, "profiles": ["core"],
            "limits": {
                "heartbeatTimeoutMs": 15000, "authTimeoutMs": 10000, "maxMessageBytes": 65536, "maxTopics": 64,
                "maxQueueBytes": 1_048_576,
            },
        })
    );
}

#[tokio::test]
async fn everybody_in_a_topic_hears_a_chat_once_and_alike() {
    let server = server().await;
    let mut ann = Client::in_topic(&server, "ann", "t").await;
    let mut bob = Client::in_topic(&server, "bob", "t").await;
    let mut bob_too = Client::in_topic(&server, "bob", "t").await;

    let chat_info =
        r#"{ "user":"ann", "content":"caf\u00e9 🙂\u0000", "type":"message", "x-own":[1.0,1.0], "x-own":2 }"#;
    let payload = json!({ "topic": "t", "chatInfo": chat_info }).to_string();
    ann.text(json!({ "token": "ann", "type": 2, "payLoad": payload, "id": "c-1" }).to_string()).await;

    let heard = ann.fence().await;
    assert_eq!(heard.len(), 1, "{heard:?}");
    assert_eq!(heard[0]["data"], chat_info, "the very string that was sent");
    assert_eq!(
        (&heard[0]["topic"], &heard[0]["seq"], &heard[0]["id"]),
        (&json!("t"), &json!(1), &json!("c-1"))
    );
    assert!(heard[0]["at"].as_u64().unwrap() > 1_500_000_000_000);
    assert_eq!(bob.next().await, heard[0]);
    assert_eq!(bob_too.next().await, heard[0]);
    assert!(bob.fence().await.is_empty());
}

#[tokio::test]
async fn an_id_is_on_each_first_answer_and_on_nothing_else() {
    let server = server().await;
    let mut client = Client::connect(&server, "u").await;
    let topic = json!({ "topic": "t" }).to_string();
    for (number, payload, code) in [(1, "", 100), (3, &*topic, 201), (6, &*topic, 204), (9, "", 501)] {
        let id = "🙂".repeat(64);
        let frame = json!({ "token": "u", "type": number, "payLoad": payload, "id": id });
        let answers = client.answers(frame.to_string()).await;
        assert_eq!((&answers[0]["code"], &answers[0]["id"]), (&json!(code), &json!(id)));
        let frame = json!({ "token": "u", "type": number, "payLoad": payload });
        client.text(frame.to_string()).await;
        let answer = client.next().await;
        assert_eq!((&answer["code"], answer.get("id")), (&json!(code), None));
    }
}

#[tokio::test]
async fn a_join_is_a_clean_cut_and_joining_twice_is_joining_once() {
    let server = server().await;
    let mut ann = Client::in_topic(&server, "ann", "t").await;
    for word in ["one", "two"] {
        ann.say("t", word).await;
    }
    ann.fence().await;

    let mut bob = Client::connect(&server, "bob").await;
    let joined = data(&bob.join("t").await);
    assert_eq!(joined["seq"], 2);
    ann.say("t", "three").await;
    ann.fence().await;
    let heard = bob.fence().await;
    assert_eq!(heard.iter().map(|chat| chat["seq"].as_u64().unwrap()).collect::<Vec<_>>(), [3]);

    let again = data(&bob.join("t").await);
    assert_eq!((&again["seq"], &again["epoch"]), (&json!(3), &joined["epoch"]));
    ann.say("t", "four").await;
    ann.fence().await;
    assert_eq!(bob.fence().await.len(), 1, "still one membership");
    bob.ask(6, json!({ "topic": "t" })).await;
    assert_eq!(bob.fence().await[0]["code"], 204);
    ann.say("t", "five").await;
    ann.fence().await;
    assert!(bob.fence().await.is_empty(), "one leave ends it");
}

#[tokio::test]
async fn who_has_left_hears_nothing_and_may_come_back() {
    let server = server().await;
    let mut ann = Client::in_topic(&server, "ann", "t").await;
    let mut bob = Client::in_topic(&server, "bob", "t").await;
    bob.ask(6, json!({ "topic": "t" })).await;
    assert_eq!(data(&bob.next().await), json!({ "topic": "t" }));
    ann.say("t", "unheard").await;
    ann.fence().await;
    assert!(bob.fence().await.is_empty());
    // A leave of what was never joined is answered alike.
    bob.ask(6, json!({ "topic": "t" })).await;
    assert_eq!(bob.next().await["code"], 204);

    assert_eq!(data(&bob.join("t").await)["seq"], 1);
    ann.say("t", "heard").await;
    assert_eq!(words(&bob.next().await), "heard");
}

#[tokio::test]
async fn a_topic_that_was_empty_has_another_epoch_and_begins_again_at_1() {
    let server = server().await;
    let mut epochs = std::collections::HashSet::new();
    for _ in 0..3 {
        let mut client = Client::connect(&server, "u").await;
        let joined = data(&client.join("t").await);
        assert_eq!(joined["seq"], 0);
        assert!(
            epochs.insert(joined["epoch"].as_str().unwrap().to_owned()),
            "an epoch came twice: {epochs:?}"
        );
        client.say("t", "x").await;
        assert_eq!(client.next().await["seq"], 1);
        client.ask(6, json!({ "topic": "t" })).await;
        client.fence().await;
    }
}

#[tokio::test]
async fn topics_are_compared_code_point_by_code_point() {
    let server = server().await;
    let mut client = Client::connect(&server, "u").await;
    let long = "🙂".repeat(128);
    let topics = ["room", "Room", "room ", "caf\u{e9}", "cafe\u{301}", &long, "\u{feff}", "a\u{2028}b"];
    for topic in topics {
        let joined = client.join(topic).await;
        assert_eq!(data(&joined)["topic"], topic);
    }
    for topic in topics {
        client.say(topic, topic).await;
        let heard = client.fence().await;
        assert_eq!(heard.len(), 1);
        assert_eq!((&heard[0]["topic"], &heard[0]["seq"]), (&json!(topic), &json!(1)));
    }
}
