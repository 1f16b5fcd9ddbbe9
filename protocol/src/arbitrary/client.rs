//! What clients send.

use proptest::option;
use proptest::prelude::*;

use super::text::{avatar_url, display_name, epoch, raw_json, request_id, seq, text, token, topic, user};
use crate::chat_info::{Answer, ChatInfo, Content, Question, VerbatimChatInfo};
use crate::client::{Chat, ClientFrame, Join, Leave, ListUsers, Notice, Request, Since};
use crate::id::{Topic, TopicRef};

/// Any question.
pub fn question() -> impl Strategy<Value = Question> {
    text(0, 64).prop_map(|content| Question { content })
}

/// Any answer.
pub fn answer() -> impl Strategy<Value = Answer> {
    (option::of(text(0, 32)), option::of(text(0, 32)), text(0, 64), text(0, 64))
        .prop_map(|(org_logo, org_name, question, answer)| Answer { org_logo, org_name, question, answer })
}

/// Anything that can be said.
pub fn content() -> impl Strategy<Value = Content> {
    prop_oneof![
        2 => text(0, 256).prop_map(Content::Message),
        1 => question().prop_map(Content::Question),
        1 => answer().prop_map(Content::Answer),
    ]
}

/// Any chatInfo.
pub fn chat_info() -> impl Strategy<Value = ChatInfo> {
    let optional = (
        option::of(display_name()),
        option::of(avatar_url()),
        option::of(text(0, 64)),
        option::of(text(0, 32)),
    );
    (user(), content(), optional).prop_map(
        |(user, content, (display_name, avatar_url, stream, created_at))| ChatInfo {
            display_name,
            avatar_url,
            stream,
            created_at,
            ..ChatInfo::new(user, content)
        },
    )
}

/// Any request of any type.
pub fn request() -> impl Strategy<Value = Request<'static>> {
    prop_oneof![
        Just(Request::Heartbeat),
        (topic(), chat_info()).prop_map(|(topic, info)| {
            Request::Chat(Chat { topic: owned(&topic), chat_info: VerbatimChatInfo::from(&info) })
        }),
        (topic(), option::of(display_name()), option::of(avatar_url()), option::of(since())).prop_map(
            |(topic, display_name, avatar_url, since)| Request::Join(Join {
                topic,
                display_name,
                avatar_url,
                since
            })
        ),
        (topic(), user(), raw_json()).prop_map(|(topic, to, data)| Request::Notice(Notice {
            topic,
            to,
            data
        })),
        topic().prop_map(|topic| Request::UserList(ListUsers { topic })),
        topic().prop_map(|topic| Request::Leave(Leave { topic })),
    ]
}

fn since() -> impl Strategy<Value = Since> {
    (epoch(), seq()).prop_map(|(epoch, seq)| Since { epoch, seq })
}

/// Any request in its envelope.
pub fn client_frame() -> impl Strategy<Value = ClientFrame<'static>> {
    (token(), option::of(request_id()), request()).prop_map(|(token, id, request)| ClientFrame {
        token,
        id,
        request,
    })
}

pub(super) fn owned(topic: &Topic) -> TopicRef<'static> {
    TopicRef::parse(topic.as_str().to_owned()).expect("a topic is a topic")
}
