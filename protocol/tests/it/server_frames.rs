//! Server frames as text, pair by pair, and what a client makes of those it does not know.

use roomwire_protocol::{
    Epoch, Limits, RawJson, RequestId, Seq, ServerEnvelope, ServerFrame, Topic, User,
    code::{Profile, Profiles, Reason},
    server::{
        Change, ErrorFrame, Joined, Left, Member, NoticeAccepted, NoticeDelivery, UserChange, UserList,
    },
};

fn topic() -> Topic {
    Topic::parse("8017").unwrap()
}

fn user(name: &str) -> User {
    User::parse(name).unwrap()
}

fn id() -> RequestId {
    RequestId::parse("a").unwrap()
}

#[track_caller]
fn check(frame: &ServerFrame<'_>, text: &str) {
    assert_eq!(frame.encode(), text);
    assert_eq!(ServerEnvelope::decode(text).unwrap().frame().unwrap().as_ref(), Some(frame));
}

#[test]
fn a_201_says_where_the_member_stands_and_what_the_server_is() {
    let joined = |profiles| {
        Joined::new(
            topic(),
            user("ann"),
            Epoch::parse("e1").unwrap(),
            Seq::new(41).unwrap(),
            profiles,
            Limits::default(),
        )
    };
    check(
        &ServerFrame::Joined { id: Some(id()), data: joined(Profiles::CORE) },
        r#"{"type":3,"code":201,"data":"{\"topic\":\"8017\",\"user\":\"ann\",\"epoch\":\"e1\",\"seq\":41,\"version\":1,\"profiles\":[\"core\"],\"limits\":{\"heartbeatTimeoutMs\":15000,\"authTimeoutMs\":10000,\"maxMessageBytes\":65536,\"maxTopics\":64,\"maxQueueBytes\":1048576}}","id":"a"}"#,
    );
    let mut data = joined(Profiles::CORE.with(Profile::Presence).with(Profile::Resume));
    data.recovered = Some(false);
    check(
        &ServerFrame::Joined { id: None, data },
        r#"{"type":3,"code":201,"data":"{\"topic\":\"8017\",\"user\":\"ann\",\"epoch\":\"e1\",\"seq\":41,\"recovered\":false,\"version\":1,\"profiles\":[\"core\",\"presence\",\"resume\"],\"limits\":{\"heartbeatTimeoutMs\":15000,\"authTimeoutMs\":10000,\"maxMessageBytes\":65536,\"maxTopics\":64,\"maxQueueBytes\":1048576,\"presenceGraceMs\":0,\"rosterMax\":200}}"}"#,
    );
}

#[test]
fn a_notice_is_accepted_delivered_and_announced() {
    check(
        &ServerFrame::NoticeAccepted {
            id: Some(id()),
            data: NoticeAccepted { topic: topic(), to: user("bob") },
        },
        r#"{"type":4,"code":202,"data":"{\"topic\":\"8017\",\"to\":\"bob\"}","id":"a"}"#,
    );
    let data = RawJson::parse("null").unwrap();
    let notice = NoticeDelivery::new(topic(), user("ann"), data);
    assert!(!notice.is_announcement() && NoticeDelivery::reconnect_after(0).is_announcement());
    check(
        &ServerFrame::Notice(notice),
        r#"{"type":4,"code":203,"data":"{\"topic\":\"8017\",\"from\":\"ann\",\"data\":null}"}"#,
    );
    check(
        &ServerFrame::Notice(NoticeDelivery::reconnect_after(2000)),
        r#"{"type":4,"code":203,"data":"{\"data\":{\"reconnectAfterMs\":2000}}"}"#,
    );
}

#[test]
fn a_list_says_where_it_was_cut_and_a_change_which_way_it_goes() {
    let ann = Member::new(user("ann"), Some("Ann".parse().unwrap()), Some("ann.png".parse().unwrap()));
    check(
        &ServerFrame::UserList { id: None, data: UserList::new(topic(), 1, vec![ann.clone()]) },
        r#"{"type":5,"code":205,"data":"{\"topic\":\"8017\",\"count\":1,\"users\":[{\"user\":\"ann\",\"displayName\":\"Ann\",\"avatarurl\":\"ann.png\"}]}"}"#,
    );
    check(
        &ServerFrame::UserList {
            id: Some(id()),
            data: UserList::new(topic(), 3, vec![Member::new(user("bob"), None, None)]),
        },
        r#"{"type":5,"code":205,"data":"{\"topic\":\"8017\",\"count\":3,\"users\":[{\"user\":\"bob\"}],\"truncated\":true}","id":"a"}"#,
    );
    let bob = vec![Member::new(user("bob"), None, None)];
    check(
        &ServerFrame::UserChange(UserChange {
            topic: topic(),
            count: 2,
            change: Change::Joined(bob.clone()),
        }),
        r#"{"type":5,"code":206,"data":"{\"topic\":\"8017\",\"count\":2,\"joined\":[{\"user\":\"bob\"}]}"}"#,
    );
    check(
        &ServerFrame::UserChange(UserChange { topic: topic(), count: 1, change: Change::Left(bob) }),
        r#"{"type":5,"code":206,"data":"{\"topic\":\"8017\",\"count\":1,\"left\":[{\"user\":\"bob\"}]}"}"#,
    );
}

#[test]
fn a_leave_and_a_heartbeat_are_answered() {
    check(
        &ServerFrame::Left { id: Some(id()), data: Left { topic: topic() } },
        r#"{"type":6,"code":204,"data":"{\"topic\":\"8017\"}","id":"a"}"#,
    );
    check(&ServerFrame::HeartbeatAck { id: Some(id()) }, r#"{"type":1,"code":100,"data":"","id":"a"}"#);
}

#[test]
fn a_429_always_says_when_to_try_again() {
    check(
        &ServerFrame::Error(ErrorFrame::new(2, Reason::RateLimited)),
        r#"{"type":2,"code":429,"data":"{\"reason\":\"rate_limited\",\"retryAfterMs\":0}"}"#,
    );
    check(
        &ServerFrame::Error(ErrorFrame::new(2, Reason::Unavailable)),
        r#"{"type":2,"code":503,"data":"{\"reason\":\"unavailable\"}"}"#,
    );
}

#[test]
fn an_error_has_a_reason_that_this_version_knows() {
    for reason in Reason::ALL {
        assert_eq!(ErrorFrame::new(1, *reason).reason(), Some(*reason));
    }
}

#[test]
fn the_grace_is_none_where_presence_is_not_served() {
    let mut limits = Limits::default();
    limits.presence_grace_ms = Some(1500);
    assert_eq!(limits.presence_grace().as_millis(), 1500);
    assert_eq!(limits.declared_with(Profiles::CORE).presence_grace().as_millis(), 0);
    assert_eq!(limits.auth_timeout().as_secs(), 10);
}

#[test]
fn raw_json_is_equal_where_it_is_written_alike() {
    let raw = |text| RawJson::parse(text).unwrap();
    assert_eq!(raw("[1]"), raw(" [1] "));
    assert_ne!(raw("[1]"), raw("[2]"));
    assert_ne!(raw("[1]"), raw("[ 1 ]"));
    assert_eq!(raw("[1, 2]").read::<Vec<u8>>().unwrap(), [1, 2]);
    assert_eq!(RawJson::of(&[1, 2]), Some(raw("[1,2]")));
    assert_eq!(format!("{:?}", raw("[1]")), "[1]");
}

#[test]
fn what_a_client_does_not_know_is_passed_over_and_no_fault() {
    let read = |text: &str| ServerEnvelope::decode(text).unwrap().frame().map(|frame| frame.is_some());
    for pair in [
        "\"type\":9,\"code\":209",
        "\"type\":1,\"code\":200",
        "\"type\":2,\"code\":100",
        "\"type\":2,\"code\":600",
    ] {
        assert_eq!(read(&format!(r#"{{{pair},"data":"whatever"}}"#)), Ok(false), "{pair}");
    }
    let members = r#"{"x":1,"type":6,"code":204,"data":"{\"topic\":\"t\",\"x-minutes\":[12]}","x-node":"b"}"#;
    assert_eq!(read(members), Ok(true));
}

#[test]
fn an_error_that_a_client_does_not_know_is_still_a_refusal() {
    let text = r#"{"type":88,"code":477,"data":"{\"reason\":\"too_early\"}","topic":"t"}"#;
    let envelope = ServerEnvelope::decode(text).unwrap();
    let Ok(Some(ServerFrame::Error(error))) = envelope.frame() else { panic!("{envelope:?}") };
    assert_eq!((error.type_number, error.code, error.reason()), (88, 477, None));
    assert_eq!(error.data.reason, "too_early");
    assert_eq!(error.topic.unwrap(), "t");
}

#[test]
fn an_optional_member_is_absent_never_null() {
    for text in [
        r#"{"type":1,"code":100,"data":"","id":null}"#,
        r#"{"type":2,"code":503,"data":"{\"reason\":\"unavailable\"}","topic":null}"#,
    ] {
        assert!(ServerEnvelope::decode(text).is_err(), "{text}");
    }
    for text in [
        r#"{"type":4,"code":203,"data":"{\"topic\":null,\"data\":1}"}"#,
        r#"{"type":4,"code":203,"data":"{\"from\":null,\"data\":1}"}"#,
        r#"{"type":5,"code":206,"data":"{\"topic\":\"t\",\"count\":1,\"joined\":[],\"left\":null}"}"#,
        r#"{"type":2,"code":503,"data":"{\"reason\":\"unavailable\",\"retryAfterMs\":null}"}"#,
    ] {
        assert!(ServerEnvelope::decode(text).unwrap().frame().is_err(), "{text}");
    }
}

#[test]
fn a_change_goes_one_way() {
    for change in ["", r#",\"joined\":[],\"left\":[]"#] {
        let text = format!(r#"{{"type":5,"code":206,"data":"{{\"topic\":\"t\",\"count\":1{change}}}"}}"#);
        assert!(ServerEnvelope::decode(&text).unwrap().frame().is_err(), "{text}");
    }
}

/// What a judge says of a frame: the member that is wrong, or nothing.
fn judged(text: &str) -> Option<String> {
    ServerEnvelope::decode(text).unwrap().frame_as_sent().err().map(|fault| fault.member())
}

#[test]
fn who_judges_a_server_takes_nothing_that_a_client_passes_over() {
    for (frame, member) in [
        (r#"{"type":1,"code":100,"data":"{}"}"#, "data"),
        (r#"{"type":9,"code":299,"data":"{}"}"#, "code"),
        (r#"{"type":2,"code":418,"data":"{\"reason\":\"teapot\"}"}"#, "code"),
        (r#"{"type":2,"code":422,"data":"{\"reason\":\"teapot\"}"}"#, "data.reason"),
        (r#"{"type":2,"code":429,"data":"{\"reason\":\"rate_limited\"}"}"#, "data.retryAfterMs"),
        (r#"{"type":4,"code":203,"data":"{\"data\":1}","id":"a"}"#, "id"),
        (r#"{"type":4,"code":203,"data":"{\"from\":\"ann\",\"data\":1}"}"#, "data.topic"),
        (
            r#"{"type":5,"code":205,"data":"{\"topic\":\"t\",\"count\":0,\"users\":[],\"truncated\":false}"}"#,
            "data.truncated",
        ),
        (
            r#"{"type":5,"code":206,"data":"{\"topic\":\"t\",\"count\":0,\"left\":[]}"}"#,
            "data.joined or left",
        ),
        (r#"{"type":2,"code":200,"data":"{}","topic":"t","seq":0,"at":0}"#, "seq"),
        (r#"{"type":2,"code":200,"data":"{}","topic":"t","seq":1,"at":0}"#, "chatInfo.user"),
    ] {
        assert_eq!(judged(frame).as_deref(), Some(member), "{frame}");
    }
    assert_eq!(judged(r#"{"type":4,"code":203,"data":"{\"data\":1}"}"#), None);
}

/// A 201 with these profiles and what is behind them.
fn claiming(profiles: &str, rest: &str) -> Option<String> {
    let limits =
        r#""heartbeatTimeoutMs":1,"authTimeoutMs":1,"maxMessageBytes":1,"maxTopics":1,"maxQueueBytes":1"#;
    let rest = rest.replace("LIMITS", limits);
    let data = format!(r#"{{"topic":"t","user":"u","epoch":"e","seq":0,"profiles":{profiles},{rest}}}"#);
    judged(&format!(r#"{{"type":3,"code":201,"data":{}}}"#, serde_json::Value::from(data)))
}

#[test]
fn who_judges_a_201_holds_it_to_its_profiles() {
    let plain = r#""version":1,"limits":{LIMITS}"#;
    assert_eq!(claiming(r#"["core","later"]"#, plain), None);
    assert_eq!(claiming(r#"["notice"]"#, plain).as_deref(), Some("data.profiles"));
    assert_eq!(claiming(r#"["core","presence"]"#, plain).as_deref(), Some("data.limits"));
    let presence = r#""version":1,"limits":{LIMITS,"presenceGraceMs":0,"rosterMax":1}"#;
    assert_eq!(claiming(r#"["core","presence"]"#, presence), None);
    let nobody = presence.replace(r#""rosterMax":1"#, r#""rosterMax":0"#);
    assert_eq!(claiming(r#"["core"]"#, &nobody).as_deref(), Some("data.limits.rosterMax"));
    let zero = plain.replace("LIMITS", &format!("LIMITS,{}", r#""x":0"#));
    assert_eq!(claiming(r#"["core"]"#, &zero), None);
    assert_eq!(claiming(r#"["core"]"#, &plain.replace('1', "2")).as_deref(), Some("data.version"));
    let recovered = format!(r#""recovered":false,{plain}"#);
    assert_eq!(claiming(r#"["core","resume"]"#, &recovered), None);
    assert_eq!(claiming(r#"["core"]"#, &recovered).as_deref(), Some("data.recovered"));
}

#[test]
fn an_array_of_values_is_no_structure() {
    for data in [
        r#"["8017"]"#,
        r#"{"topic":"t","user":"u","epoch":"e","seq":0,"version":1,"profiles":["core"],"limits":[1,1,1,1,1,1,1]}"#,
        r#"{"topic":"t","count":1,"users":[["ann"]]}"#,
        r#"{"topic":"t","count":1,"joined":[["ann"]]}"#,
        r#"{"topic":"t"} x"#,
    ] {
        for (number, code) in [(6, 204), (3, 201), (5, 205), (5, 206)] {
            let frame =
                format!(r#"{{"type":{number},"code":{code},"data":{}}}"#, serde_json::Value::from(data));
            let envelope = ServerEnvelope::decode(&frame).unwrap();
            // A 204 has a topic, and what stands beside it is nobody's business.
            let left = number == 6 && data.ends_with('}');
            assert_eq!(envelope.frame().is_ok(), left, "{frame}");
        }
    }
}
