//! Stage one: what is malformed, and what its answer still knows.

use proptest::prelude::*;
use roomwire_protocol::{
    Envelope, Refusal,
    code::{FrameType, Profile, Profiles, Reason},
};

use crate::{accepted, frame, refusal};

#[track_caller]
fn malformed(frame: &str, message: &str) -> Refusal {
    let refusal = Envelope::decode(frame).unwrap_err();
    assert_eq!(refusal.reason(), Reason::MalformedEnvelope);
    assert_eq!(refusal.fault().unwrap().to_string(), message, "{frame}");
    refusal
}

#[test]
fn what_is_no_object_has_type_0_and_no_id() {
    for (frame, found) in [
        ("", "an empty string"),
        (" ", "what is not JSON (line 1, column 1)"),
        ("nonsense", "what is not JSON (line 1, column 2)"),
        ("{", "what is not JSON (line 1, column 1)"),
        ("[1,", "what is not JSON (line 1, column 3)"),
        (r#"{"token":"t","type":1,"payLoad":""}{}"#, "what is not JSON (line 1, column 36)"),
        (r#"{"token":"t","type":1,"payLoad":"","id":"a"} x"#, "what is not JSON (line 1, column 46)"),
        (r#"["t",1,""]"#, "an array"),
        ("3", "a number"),
        (" null ", "null"),
        ("true", "a boolean"),
        (r#""{}""#, "a string"),
    ] {
        let refusal = malformed(frame, &format!("the frame: expected a JSON object, found {found}"));
        assert_eq!((refusal.type_number(), refusal.id(), refusal.topic()), (0, None, None));
    }
}

#[test]
fn a_fault_names_the_member_the_expectation_and_what_was_found() {
    let empty = [
        ("{}", "token: expected a string, found nothing"),
        (r#"{"token":"t"}"#, "type: expected an integer, found nothing"),
        (r#"{"token":"t","type":1}"#, "payLoad: expected a string, found nothing"),
        (r#"{"token":null,"type":1,"payLoad":""}"#, "token: expected a string, found null"),
        (r#"{"token":7,"type":1,"payLoad":""}"#, "token: expected a string, found a number"),
        (r#"{"token":"t","type":"1","payLoad":""}"#, "type: expected an integer, found a string"),
        (r#"{"token":"t","type":3.5,"payLoad":""}"#, "type: expected an integer, found 3.5"),
        (r#"{"token":"t","type":null,"payLoad":""}"#, "type: expected an integer, found null"),
        (r#"{"token":"t","type":1,"payLoad":{}}"#, "payLoad: expected a string, found an object"),
        (r#"{"token":"t","type":2,"payLoad":null}"#, "payLoad: expected a string, found null"),
        (
            r#"{"token":"t","type":1,"payLoad":"","id":null}"#,
            "id: expected a string of 1 to 64 characters, found null",
        ),
        (
            r#"{"token":"t","type":1,"payLoad":"","id":""}"#,
            "id: expected a string of 1 to 64 characters, found an empty string",
        ),
        (
            r#"{"token":"t","type":1,"payLoad":"","type":1}"#,
            "type: expected an integer, found it more than once",
        ),
    ];
    for (frame, message) in empty {
        malformed(frame, message);
    }
    let digits = format!(r#"{{"token":"t","type":{},"payLoad":""}}"#, "9".repeat(25));
    malformed(&digits, "type: expected an integer, found a number");
    let long = format!(r#"{{"token":"t","type":1,"payLoad":"","id":"{}"}}"#, "é".repeat(65));
    malformed(&long, "id: expected a string of 1 to 64 characters, found a string of 65 characters");
}

#[test]
fn a_malformed_envelope_is_answered_with_the_type_the_id_and_the_topic_that_it_has() {
    let answer = |frame: &str| {
        let refusal = Envelope::decode(frame).unwrap_err();
        (
            refusal.type_number(),
            refusal.id().map(ToString::to_string),
            refusal.topic().map(ToString::to_string),
        )
    };
    let a = || Some("a".to_owned());
    assert_eq!(answer(r#"{"type":2,"payLoad":"","id":"a"}"#), (2, a(), None));
    assert_eq!(answer(r#"{"token":"t","type":"2","payLoad":"","id":"a"}"#), (0, a(), None));
    assert_eq!(answer(r#"{"token":"t","type":2.5,"payLoad":"","id":"a"}"#), (0, a(), None));
    assert_eq!(answer(r#"{"token":"t","type":77,"id":"a"}"#), (77, a(), None));
    assert_eq!(answer(r#"{"token":"t","type":-3,"id":7}"#), (-3, None, None));
    assert_eq!(answer(r#"{"token":1,"type":3,"payLoad":"{\"topic\":\"a\"}"}"#), (3, None, a()));
    assert_eq!(answer(r#"{"token":1,"type":1,"payLoad":"{\"topic\":\"a\"}"}"#), (1, None, None));
}

#[test]
fn the_order_of_errors_is_that_of_the_spec() {
    let reasons = [
        (r#"{"token":"","type":"x","payLoad":"no"}"#, Reason::MalformedEnvelope),
        (r#"{"token":"","type":99,"payLoad":"no"}"#, Reason::Unauthenticated),
        (r#"{"token":"t","type":99,"payLoad":"no"}"#, Reason::UnknownType),
        (r#"{"token":"t","type":2,"payLoad":"no"}"#, Reason::InvalidPayload),
    ];
    for (frame, reason) in reasons {
        assert_eq!(refusal(frame).reason(), reason, "{frame}");
    }
}

#[test]
fn a_token_that_nobody_can_have_is_unauthenticated_not_malformed() {
    let message = |token: String| {
        let frame = format!(r#"{{"token":"{token}","type":1,"payLoad":""}}"#);
        let envelope = Envelope::decode(&frame).unwrap();
        envelope.token().err().map(|refusal| refusal.to_string())
    };
    assert_eq!(message("t".repeat(4096)), None);
    assert_eq!(message("é".repeat(4096)), None);
    assert_eq!(message(String::new()).unwrap(), "401 unauthenticated: token: it is empty");
    assert_eq!(message("t".repeat(4097)).unwrap(), "401 unauthenticated: token: no token is as long");
}

#[test]
fn types_4_and_5_are_unknown_without_their_profiles() {
    for known in FrameType::ALL {
        let text = frame(known.number(), "");
        let envelope = Envelope::decode(&text).unwrap();
        for profile in Profile::ALL {
            let profiles = Profiles::CORE.with(*profile);
            let reason = envelope.frame_type(profiles).err().map(|refusal| refusal.reason());
            let served = profiles.contains(known.profile());
            assert_eq!(reason, (!served).then_some(Reason::UnknownType), "{known:?} with {profile}");
        }
    }
}

#[test]
fn a_fault_can_be_taken_apart() {
    let refusal = Envelope::decode(r#"{"token":"t","type":true,"payLoad":""}"#).unwrap_err();
    let fault = refusal.fault().unwrap();
    assert_eq!(
        (fault.member().as_str(), fault.expected(), fault.found()),
        ("type", "an integer", "a boolean")
    );
}

#[test]
fn an_envelope_shows_its_type_its_id_and_how_long_its_payload_is() {
    let text = r#"{"token":"t","type":6,"payLoad":"{}","id":"a"}"#;
    let envelope = Envelope::decode(text).unwrap();
    assert_eq!(envelope.payload(), "{}");
    assert_eq!(format!("{envelope:?}"), r#"Envelope { type: 6, id: Some("a"), payload_bytes: 2, .. }"#);
}

#[test]
fn a_refusal_has_what_the_session_says_of_it() {
    let envelope =
        Envelope::decode(r#"{"token":"t","type":6,"payLoad":"{\"topic\":\"8017\"}","id":"a"}"#).unwrap();
    let refusal = envelope
        .refuse(Reason::Unavailable)
        .because("the server is going away")
        .retry_after(std::time::Duration::from_millis(1500));
    assert_eq!(refusal.to_string(), "503 unavailable: the server is going away");
    assert_eq!(refusal.fault(), None);
    assert_eq!(
        refusal.frame().encode(),
        r#"{"type":6,"code":503,"data":"{\"reason\":\"unavailable\",\"message\":\"the server is going away\",\"retryAfterMs\":1500}","id":"a","topic":"8017"}"#
    );
    assert_eq!(Refusal::new(0, Reason::RateLimited).to_string(), "429 rate_limited");
}

#[test]
fn unknown_members_any_order_and_white_space_are_all_the_same() {
    accepted(
        " { \"id\" : \"a\", \"x\": [7, {\"f\":1e999}, \"\\ud800\"],\r\n\t\"payLoad\":\"\", \"type\" :1,\"token\":\"t\" } ",
    );
}

#[test]
fn escapes_are_read_as_the_characters_that_they_stand_for() {
    let envelope =
        Envelope::decode(r#"{"\u0074oken":"\u0074","type":6,"payLoad":"{\u0022topic\u0022:\"\\u00e9\\ud83d\\ude00\"}","id":"\/"}"#)
            .unwrap();
    assert_eq!(envelope.token().unwrap().expose(), "t");
    assert_eq!(envelope.id().unwrap(), "/");
    assert_eq!(envelope.request().unwrap().topic().unwrap(), "é😀");
}

proptest! {
    #[test]
    fn every_integer_is_a_type_and_comes_back_in_the_refusal(number: i64) {
        let text = frame(number, "");
        let envelope = Envelope::decode(&text).unwrap();
        prop_assert_eq!(envelope.type_number(), number);
        prop_assert_eq!(envelope.refuse(Reason::Unavailable).type_number(), number);
    }
}
