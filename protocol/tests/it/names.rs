//! Ranges are in code points, and control characters are those of Cc.

use roomwire_protocol::RawString;
use roomwire_protocol::id::{
    AvatarUrl, DisplayName, Epoch, RequestId, Seq, TextError, Token, Topic, TopicRef, User,
};

/// Checks the edges of a range, with characters of one byte and of four.
fn check<T>(parse: impl Fn(&str) -> Result<T, TextError>, min: usize, max: usize, control: bool) {
    for character in ["a", "😀"] {
        assert!(parse(&character.repeat(max)).is_ok());
        let long = parse(&character.repeat(max + 1)).err();
        assert_eq!(long, Some(TextError::TooLong { characters: max + 1, max }));
    }
    assert_eq!(parse("").err(), (min == 1).then_some(TextError::Empty));
    for character in ['\0', '\u{1f}', '\u{7f}', '\u{80}', '\u{9f}'] {
        let error = TextError::Control { character, position: 2 };
        assert_eq!(parse(&format!("a{character}")).err(), (!control).then_some(error));
    }
    for plain in [" ", "\u{a0}", "\u{200b}", "\u{2028}", "\u{feff}", "\u{ffff}", "\u{10ffff}", "\u{e000}"] {
        assert!(parse(plain).is_ok(), "{plain:?} is no control character");
    }
}

#[test]
fn a_topic_and_a_user_have_1_to_128_characters_and_no_control_characters() {
    check(Topic::parse, 1, 128, false);
    check(|text| TopicRef::parse(text.to_owned()), 1, 128, false);
    check(User::parse, 1, 128, false);
}

#[test]
fn a_token_has_1_to_4096_characters() {
    check(Token::parse, 1, 4096, true);
}

#[test]
fn an_id_has_1_to_64_characters() {
    check(RequestId::parse, 1, 64, true);
}

#[test]
fn a_display_name_has_at_most_64_characters_and_an_avatar_512() {
    check(DisplayName::parse, 0, 64, true);
    check(AvatarUrl::parse, 0, 512, true);
}

#[test]
fn an_epoch_is_any_string() {
    assert!(Epoch::parse("").is_ok() && Epoch::parse(&"e".repeat(10_000)).is_ok());
}

#[test]
fn names_are_compared_code_point_by_code_point() {
    let names = ["room", "Room", "room ", " room", "é", "e\u{301}"];
    for (a, b) in names.iter().flat_map(|a| names.iter().map(move |b| (a, b))) {
        assert_eq!(Topic::parse(a) == Topic::parse(b), a == b);
    }
}

#[test]
fn a_map_that_is_keyed_by_a_topic_can_be_asked_with_a_borrowed_one() {
    let rooms = std::collections::HashMap::from([(Topic::parse("8017").unwrap(), 1)]);
    let asked = TopicRef::parse("8017").unwrap();
    assert_eq!(rooms.get(asked.as_str()), Some(&1));
}

#[test]
fn a_token_is_never_printed() {
    let token = Token::parse("hunter2").unwrap();
    assert!(!format!("{token:?} {:?}", token.borrowed()).contains("hunter2"));
    let frame = r#"{"token":"hunter2","type":1,"payLoad":""}"#;
    assert!(!format!("{:?}", roomwire_protocol::Envelope::decode(frame)).contains("hunter2"));
    let request = roomwire_protocol::Request::Heartbeat;
    assert!(
        !format!("{:?}", roomwire_protocol::ClientFrame { token, id: None, request }).contains("hunter2")
    );
}

#[test]
fn no_refusal_repeats_a_token() {
    for frame in [
        r#"{"token":"hunter2","type":"1","payLoad":""}"#,
        r#"{"token":"hunter2","token":"hunter2","type":1,"payLoad":""}"#,
        r#"{"token":"hunter2","type":1,"payLoad":"","#,
        r#"{"token":["hunter2"],"type":1,"payLoad":""}"#,
        r#"{"token":"hunter2","type":99,"payLoad":""}"#,
        r#"{"token":"hunter2","type":2,"payLoad":""}"#,
        r#"{"hunter2"}"#,
        r#""hunter2""#,
    ] {
        let refusal = crate::refusal(frame);
        assert!(
            !format!("{refusal} {refusal:?} {}", refusal.frame().encode()).contains("hunter2"),
            "{frame}"
        );
    }
}

#[test]
fn a_seq_goes_up_to_2_to_the_53_less_1() {
    assert_eq!(Seq::new(9_007_199_254_740_991), Ok(Seq::MAX));
    assert!(Seq::new(9_007_199_254_740_992).is_err());
    assert_eq!(Seq::ZERO.next().and_then(Seq::next).map(Seq::get), Some(2));
    assert_eq!(Seq::MAX.next(), None);
    assert!(serde_json::from_str::<Seq>("9007199254740992").is_err());
    assert!(serde_json::from_str::<Seq>("-1").is_err());
}

#[test]
fn a_raw_string_is_one_string_and_nothing_around_it() {
    let token = RawString::parse(r#""\u00e9""#).unwrap();
    assert_eq!((token.text().as_ref(), format!("{token:?}").as_str()), ("é", r#""\u00e9""#));
    for none in ["", "a", "{}", "7", r#""a" "#, r#" "a""#, r#""a""b""#, r#""a"#, r#""\ud800""#, "\"a\nb\""] {
        assert_eq!(RawString::parse(none), None, "{none}");
    }
}
