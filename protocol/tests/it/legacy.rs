//! The frames of the clients that were there first, byte for byte.

use roomwire_protocol::{
    ChatInfo, ChatKind, ClientFrame, Content, Envelope, Request, Seq, ServerFrame, Timestamp, Token, Topic,
    TopicRef, User,
    client::{Chat, Join},
    server::Delivery,
};

const HEARTBEAT: &str = r#"{"token":"u1","type":1,"payLoad":""}"#;
const JOIN: &str = r#"{"token":"u1","type":3,"payLoad":"{\"topic\":\"8017\"}"}"#;
const CHAT: &str = r#"{"token":"u1","type":2,"payLoad":"{\"topic\":\"8017\",\"chatInfo\":\"{\\\"user\\\":\\\"u1\\\",\\\"displayName\\\":\\\"Ann\\\",\\\"avatarurl\\\":\\\"https://example.com/a.png\\\",\\\"stream\\\":\\\"s1\\\",\\\"content\\\":\\\"hi\\\",\\\"type\\\":\\\"message\\\",\\\"createdat\\\":\\\"2018-10-8 14:30\\\"}\"}"}"#;
const SAID: &str = r#"{"user":"u1","displayName":"Ann","avatarurl":"https://example.com/a.png","stream":"s1","content":"hi","type":"message","createdat":"2018-10-8 14:30"}"#;

#[test]
fn a_legacy_heartbeat_is_read() {
    let envelope = Envelope::decode(HEARTBEAT).unwrap();
    assert_eq!(envelope.token().unwrap().expose(), "u1");
    assert_eq!(envelope.id(), None);
    assert_eq!(envelope.request(), Ok(Request::Heartbeat));
}

#[test]
fn a_legacy_join_is_read() {
    let envelope = Envelope::decode(JOIN).unwrap();
    let Ok(Request::Join(join)) = envelope.request() else { panic!("{envelope:?}") };
    assert_eq!(
        join,
        Join { topic: Topic::parse("8017").unwrap(), display_name: None, avatar_url: None, since: None }
    );
}

#[test]
fn a_legacy_chat_is_read_as_the_very_string_that_was_sent() {
    let envelope = Envelope::decode(CHAT).unwrap();
    let Ok(Request::Chat(Chat { topic, chat_info })) = envelope.request() else { panic!("{envelope:?}") };
    assert_eq!(topic, "8017");
    assert_eq!(chat_info.text(), SAID);
    assert_eq!(chat_info.user(), "u1");
    assert_eq!(chat_info.kind(), ChatKind::Message);
    assert_eq!(chat_info.stream(), Some("s1"));
    assert_eq!(format!("{chat_info:?}"), SAID);
    assert_eq!(chat_info.clone().into_owned(), chat_info);
}

#[test]
fn a_legacy_client_draws_what_its_chat_comes_back_as() {
    let envelope = Envelope::decode(CHAT).unwrap();
    let Ok(Request::Chat(chat)) = envelope.request() else { panic!("{envelope:?}") };
    let delivery = Delivery {
        topic: chat.topic.reborrow(),
        seq: Seq::new(1).unwrap(),
        at: Timestamp::new(1_539_009_000_000).unwrap(),
        id: None,
        data: chat.chat_info.token(),
    };
    let sent = delivery.encode();
    assert_eq!(sent, ServerFrame::Delivery(delivery).encode());
    // The client looks at code, then draws JSON.parse(data).
    let seen: serde_json::Value = serde_json::from_str(&sent).unwrap();
    assert_eq!(seen["code"], 200);
    assert_eq!(seen["data"], SAID);
    // The token is copied as it stood in the payLoad.
    let data = format!(r#""data":{}"#, serde_json::to_string(SAID).unwrap());
    assert!(sent.contains(&data), "{sent}");
}

#[test]
fn this_crate_writes_what_the_legacy_client_writes() {
    let mut info = ChatInfo::new(User::parse("u1").unwrap(), Content::Message("hi".into()));
    info.display_name = Some("Ann".parse().unwrap());
    info.avatar_url = Some("https://example.com/a.png".parse().unwrap());
    info.stream = Some("s1".into());
    info.created_at = Some("2018-10-8 14:30".into());
    let topic = Topic::parse("8017").unwrap();
    let chat = Chat { topic: TopicRef::from(&topic), chat_info: (&info).into() };
    let join = Join { topic: topic.clone(), display_name: None, avatar_url: None, since: None };
    for (request, text) in
        [(Request::Heartbeat, HEARTBEAT), (Request::Join(join), JOIN), (Request::Chat(chat), CHAT)]
    {
        assert_eq!(ClientFrame { token: Token::parse("u1").unwrap(), id: None, request }.encode(), text);
    }
}
