//! What is written is read as the same.

use proptest::prelude::*;
use roomwire_protocol::{
    ChatInfo, Envelope, Limits, RawString, Request, ServerEnvelope, ServerFrame, arbitrary,
    code::Profiles,
    history::{HistoryItem, HistoryQuery},
    server::Delivery,
};

proptest! {
    #[test]
    fn every_client_frame_is_read_as_it_was_written(frame in arbitrary::client_frame()) {
        let text = frame.encode();
        let envelope = Envelope::decode(&text).unwrap();
        let token = envelope.token().unwrap();
        prop_assert_eq!(token.expose(), frame.token.expose());
        prop_assert_eq!(envelope.type_number(), frame.request.frame_type().number());
        prop_assert_eq!(envelope.id().map(|id| id.to_shared()), frame.id);
        prop_assert_eq!(envelope.request().unwrap(), frame.request);
    }

    #[test]
    fn every_server_frame_is_read_as_it_was_written(frame in arbitrary::server_frame()) {
        let text = frame.encode();
        let envelope = ServerEnvelope::decode(&text).unwrap();
        prop_assert_eq!(envelope.frame().unwrap(), Some(frame));
    }

    #[test]
    fn every_chat_info_is_read_as_it_was_written(info in arbitrary::chat_info()) {
        prop_assert_eq!(ChatInfo::parse(&info.to_json()).unwrap(), info);
    }

    #[test]
    fn a_chat_is_delivered_as_the_very_string_that_was_sent(
        info in arbitrary::chat_info(),
        topic in arbitrary::topic(),
        extra in arbitrary::json_text(),
        escaped in any::<bool>(),
    ) {
        // White space, an unknown member and escapes of the client's own are all text.
        let said = info.to_json().replacen('{', &format!("{{ \"x-mood\" :{extra} , "), 1);
        let mut token = serde_json::to_string(&said).unwrap();
        if escaped {
            token = token.chars().flat_map(escape).collect();
        }
        let payload = format!(r#"{{"chatInfo":{token},"topic":{}}}"#, serde_json::to_string(&topic).unwrap());
        let sent = crate::frame(2, &payload);
        let envelope = Envelope::decode(&sent).unwrap();
        let Ok(Request::Chat(chat)) = envelope.request() else { panic!("{:?}", envelope.request()) };
        prop_assert_eq!(chat.chat_info.text(), &said);
        let (seq, at) = (1.try_into().unwrap(), 2.try_into().unwrap());
        let text =
            Delivery { topic: chat.topic.reborrow(), seq, at, id: None, data: chat.chat_info.token() }.encode();
        prop_assert!(text.contains(&token));
        let seen: serde_json::Value = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(seen["data"].as_str().unwrap(), &said);
        prop_assert_eq!(seen["topic"].as_str().unwrap(), topic.as_str());
    }

    #[test]
    fn a_raw_string_keeps_its_text(text in arbitrary::text(0, 64)) {
        let token = RawString::of(&text);
        prop_assert_eq!(token.text(), text.as_str());
        prop_assert_eq!(RawString::parse(token.token()), Some(token.reborrow()));
    }

    #[test]
    fn limits_and_profiles_are_read_as_they_were_written(
        limits in arbitrary::limits(),
        profiles in arbitrary::profiles(),
    ) {
        let text = serde_json::to_string(&(limits, profiles)).unwrap();
        prop_assert_eq!(serde_json::from_str::<(Limits, Profiles)>(&text).unwrap(), (limits, profiles));
    }

    #[test]
    fn history_is_read_as_it_was_written(
        item in arbitrary::history_item(),
        stream in arbitrary::text(0, 8),
        page in 1_u64..,
    ) {
        let text = serde_json::to_string(&item).unwrap();
        prop_assert_eq!(serde_json::from_str::<HistoryItem>(&text).unwrap(), item);
        let mut query = HistoryQuery::new(stream);
        query.page = page >> 11;
        prop_assume!(query.page > 0);
        prop_assert_eq!(HistoryQuery::from_pairs(query.pairs()), Ok(query));
    }
}

/// A character as two of the ways to escape it: what is beyond ASCII, and a slash.
fn escape(character: char) -> Vec<char> {
    match character {
        '/' => vec!['\\', '/'],
        '\u{80}'.. => character
            .encode_utf16(&mut [0; 2])
            .iter()
            .flat_map(|unit| format!("\\u{unit:04X}").chars().collect::<Vec<_>>())
            .collect(),
        _ => vec![character],
    }
}

#[test]
fn a_server_frame_without_what_its_pair_needs_is_a_fault() {
    let fault = |text| ServerEnvelope::decode(text).unwrap().frame().unwrap_err().to_string();
    assert!(
        fault(r#"{"type":2,"code":200,"data":"{}"}"#).starts_with("topic: expected a string of 1 to 128")
    );
    assert!(fault(r#"{"type":6,"code":204,"data":"{}"}"#).starts_with("data: expected"));
    assert!(fault(r#"{"type":6,"code":204,"data":""}"#).starts_with("data: expected"));
    assert!(matches!(
        ServerEnvelope::decode(r#"{"type":1,"code":100,"data":""}"#).unwrap().frame(),
        Ok(Some(ServerFrame::HeartbeatAck { id: None }))
    ));
}
