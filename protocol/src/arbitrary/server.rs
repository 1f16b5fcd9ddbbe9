//! What servers send.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::client::{chat_info, owned};
use super::text::{
    avatar_url, chat_seq, display_name, epoch, number, raw_json, request_id, seq, text, timestamp, topic,
    user,
};
use crate::code::{Profile, Profiles, Reason};
use crate::history::HistoryItem;
use crate::id::{RequestId, RequestIdRef};
use crate::json_string::RawString;
use crate::limits::Limits;
use crate::server::{
    Change, Delivery, ErrorFrame, Joined, Left, Member, NoticeAccepted, NoticeDelivery, ServerFrame,
    UserChange, UserList,
};

/// Any set of profiles.
pub fn profiles() -> impl Strategy<Value = Profiles> {
    subsequence(Profile::ALL, 0..=Profile::ALL.len()).prop_map(|profiles| profiles.into_iter().collect())
}

/// Any limits, with or without those of presence.
pub fn limits() -> impl Strategy<Value = Limits> {
    let positive = || number().prop_map(|number| number.max(1));
    let always = (positive(), positive(), positive(), positive(), positive());
    let presence = option::of((number(), positive()));
    (always, presence).prop_map(|((heartbeat, auth, message, topics, queue), presence)| Limits {
        heartbeat_timeout_ms: heartbeat,
        auth_timeout_ms: auth,
        max_message_bytes: message,
        max_topics: topics,
        max_queue_bytes: queue,
        presence_grace_ms: presence.map(|(grace, _)| grace),
        roster_max: presence.map(|(_, roster)| roster),
    })
}

/// Any error of this version.
pub fn error_frame() -> impl Strategy<Value = ErrorFrame> {
    let request = (0..=6_i64, option::of(request_id()), option::of(topic()));
    let data = (select(Reason::ALL), option::of(text(0, 64)), option::of(number()));
    (request, data).prop_map(|((type_number, id, topic), (reason, message, retry_after_ms))| {
        let mut error = ErrorFrame::new(type_number, reason);
        error.id = id;
        error.topic = topic;
        error.data.message = message;
        error.data.retry_after_ms = retry_after_ms.or(error.data.retry_after_ms);
        error
    })
}

/// Any server frame of any kind.
pub fn server_frame() -> impl Strategy<Value = ServerFrame<'static>> {
    let id = || option::of(request_id());
    prop_oneof![
        id().prop_map(|id| ServerFrame::HeartbeatAck { id }),
        delivery().prop_map(ServerFrame::Delivery),
        (id(), joined()).prop_map(|(id, data)| ServerFrame::Joined { id, data }),
        (id(), topic(), user()).prop_map(|(id, topic, to)| ServerFrame::NoticeAccepted {
            id,
            data: NoticeAccepted { topic, to }
        }),
        notice().prop_map(ServerFrame::Notice),
        (id(), user_list()).prop_map(|(id, data)| ServerFrame::UserList { id, data }),
        user_change().prop_map(ServerFrame::UserChange),
        (id(), topic()).prop_map(|(id, topic)| ServerFrame::Left { id, data: Left { topic } }),
        error_frame().prop_map(ServerFrame::Error),
    ]
}

/// Any item of a page.
pub fn history_item() -> impl Strategy<Value = HistoryItem> {
    (chat_info(), topic(), chat_seq(), timestamp()).prop_map(|(info, topic, seq, at)| {
        HistoryItem::new(&info.to_json(), topic, seq, at).expect("a chatInfo is an object")
    })
}

fn delivery() -> impl Strategy<Value = Delivery<'static>> {
    (topic(), chat_seq(), timestamp(), option::of(request_id()), chat_info()).prop_map(
        |(topic, seq, at, id, info)| Delivery {
            topic: owned(&topic),
            seq,
            at,
            id: id.as_ref().map(owned_id),
            data: RawString::of(&info.to_json()),
        },
    )
}

fn owned_id(id: &RequestId) -> RequestIdRef<'static> {
    RequestIdRef::parse(id.as_str().to_owned()).expect("an id is an id")
}

fn joined() -> impl Strategy<Value = Joined> {
    (topic(), user(), epoch(), seq(), option::of(any::<bool>()), profiles(), limits()).prop_map(
        |(topic, user, epoch, seq, recovered, profiles, limits)| {
            let mut limits: Limits = limits;
            if profiles.contains(Profile::Presence) {
                limits.presence_grace_ms = limits.presence_grace_ms.or(Some(0));
                limits.roster_max = limits.roster_max.or(Some(200));
            }
            let mut joined = Joined::new(topic, user, epoch, seq, profiles, limits);
            joined.recovered = recovered.filter(|_| profiles.contains(Profile::Resume));
            joined
        },
    )
}

fn notice() -> impl Strategy<Value = NoticeDelivery> {
    prop_oneof![
        (topic(), user(), raw_json()).prop_map(|(topic, from, data)| NoticeDelivery::new(topic, from, data)),
        (option::of(topic()), raw_json()).prop_map(|(topic, data)| NoticeDelivery::announcement(topic, data)),
        number().prop_map(NoticeDelivery::reconnect_after),
    ]
}

fn member() -> impl Strategy<Value = Member> {
    (user(), option::of(display_name()), option::of(avatar_url()))
        .prop_map(|(user, display_name, avatar_url)| Member::new(user, display_name, avatar_url))
}

fn user_list() -> impl Strategy<Value = UserList> {
    (topic(), vec(member(), 0..4), 0..3_u64)
        .prop_map(|(topic, users, hidden)| UserList::new(topic, users.len() as u64 + hidden, users))
}

fn user_change() -> impl Strategy<Value = UserChange> {
    let change =
        prop_oneof![vec(member(), 1..4).prop_map(Change::Joined), vec(member(), 1..4).prop_map(Change::Left)];
    (topic(), number(), change).prop_map(|(topic, count, change)| UserChange { topic, count, change })
}
