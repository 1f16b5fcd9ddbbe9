//! The registry is whole and without doubles.

use std::collections::BTreeSet;

use roomwire_protocol::code::{Band, CloseCode, FrameKind, FrameType, Profile, Profiles, Reason};

#[test]
fn every_type_is_found_by_its_number() {
    let numbers: Vec<_> = FrameType::ALL.iter().map(|known| known.number()).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6]);
    for known in FrameType::ALL {
        assert_eq!(FrameType::from_number(known.number()), Some(*known));
    }
    for unknown in [0, 7, -1, i64::MAX, i64::MIN] {
        assert_eq!(FrameType::from_number(unknown), None);
    }
}

#[test]
fn every_kind_is_found_by_its_pair_and_200_is_chat_alone() {
    for number in -1..10 {
        for code in 0..600 {
            let found = FrameKind::from_pair(number, code);
            let expected = FrameKind::ALL
                .iter()
                .find(|kind| kind.frame_type().number() == number && i64::from(kind.code()) == code);
            assert_eq!(found.as_ref(), expected, "({number}, {code})");
        }
    }
    let codes: BTreeSet<_> = FrameKind::ALL.iter().map(|kind| kind.code()).collect();
    assert_eq!(codes.len(), FrameKind::ALL.len());
    assert!(FrameKind::ALL.iter().all(|kind| (kind.code() == 200) == (*kind == FrameKind::Delivery)));
}

#[test]
fn reasons_are_in_the_order_of_the_spec() {
    let table: Vec<_> = Reason::ALL.iter().map(|reason| (reason.code(), reason.name())).collect();
    assert_eq!(
        table,
        [
            (400, "malformed_envelope"),
            (401, "unauthenticated"),
            (403, "wrong_user"),
            (501, "unknown_type"),
            (422, "invalid_payload"),
            (403, "too_many_topics"),
            (403, "not_joined"),
            (403, "wrong_author"),
            (404, "no_such_member"),
            (429, "rate_limited"),
            (503, "unavailable"),
        ]
    );
    for (index, reason) in Reason::ALL.iter().enumerate() {
        assert_eq!(reason.precedence(), index);
        assert_eq!(Reason::from_name(reason.name()), Some(*reason));
        assert_eq!(reason.replaces_any(), matches!(reason.code(), 429 | 503));
    }
}

#[test]
fn close_codes_tell_what_to_do_by_their_band() {
    for code in CloseCode::ALL {
        assert_eq!(CloseCode::from_number(code.number()), Some(*code));
        assert_eq!(code.band().is_some(), code.number() >= 4000);
    }
    let own: Vec<_> =
        CloseCode::ALL.iter().filter(|code| code.number() >= 4000).map(|code| code.name()).collect();
    assert_eq!(
        own,
        [
            "not_authenticated",
            "too_many_malformed",
            "slow_consumer",
            "at_capacity",
            "heartbeat_timeout",
            "draining"
        ]
    );
    let names: BTreeSet<_> = CloseCode::ALL.iter().map(|code| code.name()).collect();
    assert_eq!(names.len(), CloseCode::ALL.len());
    for band in Band::ALL {
        for number in band.range() {
            assert_eq!(Band::of(number), Some(*band));
        }
        assert_eq!(band.range().count(), 100);
    }
    for outside in [0, 1000, 3999, 4300, u16::MAX] {
        assert_eq!(Band::of(outside), None);
    }
    assert_eq!(CloseCode::NotAuthenticated.band(), Some(Band::DoNotRetry));
    assert_eq!(CloseCode::AtCapacity.band(), Some(Band::RetryWithBackoff));
    assert_eq!(CloseCode::Draining.band(), Some(Band::RetryNow));
}

#[test]
fn the_core_cannot_be_disclaimed() {
    assert!(Profiles::CORE.without(Profile::Core).contains(Profile::Core));
    let others = Profiles::ALL.without(Profile::Notice);
    assert!(others.contains(Profile::Core) && !others.contains(Profile::Notice));
    assert_eq!(others, [Profile::History, Profile::Presence, Profile::Resume].into_iter().collect());
    assert_eq!(format!("{:?}", Profiles::CORE.with(Profile::Resume)), r#"{"core", "resume"}"#);
    assert_eq!(Profiles::ALL.iter().collect::<Vec<_>>(), Profile::ALL);
    let text = r#"["resume","x-unheard-of"]"#;
    assert_eq!(serde_json::from_str::<Profiles>(text).unwrap(), Profiles::CORE.with(Profile::Resume));
    let error = serde_json::from_str::<Profiles>("3").unwrap_err();
    assert!(error.to_string().contains("expected an array of profile names"), "{error}");
    assert_eq!(
        serde_json::to_string(&Profiles::ALL).unwrap(),
        r#"["core","presence","notice","resume","history"]"#
    );
}
