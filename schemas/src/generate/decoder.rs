//! What the protocol crate's decoder says of a text, layer by layer: the second opinion beside the schemas.

use roomwire_protocol::code::{FrameKind, FrameType, Profiles, Reason};
use roomwire_protocol::history::{HistoryItem, HistoryPage, HttpAnswer, QuestionAdded, QuestionRequest};
use roomwire_protocol::server::ErrorData;
use roomwire_protocol::{ChatKind, Content, Envelope, Fault, Refusal, Request, ServerEnvelope, ServerFrame};

use crate::layers::Layer;

/// The verdict of the decoder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Each layer that was read, from the outside in, and whether it is valid.
    pub layers: Vec<(Layer, bool)>,
    /// How a server that knows the token refuses a client's frame.
    pub refusal: Option<Refusal>,
}

/// Reads a client's frame, as a server with every profile does.
#[must_use]
pub fn client(text: &str) -> Verdict {
    let at_the_door = |refusal| Verdict { layers: vec![(Layer::Envelope, false)], refusal: Some(refusal) };
    let envelope = match Envelope::decode(text) {
        Ok(envelope) => envelope,
        Err(refusal) => return at_the_door(refusal),
    };
    if let Err(refusal) = envelope.token() {
        return at_the_door(refusal);
    }
    let frame_type = match envelope.frame_type(Profiles::ALL) {
        Ok(frame_type) => frame_type,
        Err(refusal) => return at_the_door(refusal),
    };
    let way = [Layer::Envelope, Layer::Payload, Layer::ChatInfo, Layer::Content];
    match envelope.request() {
        Ok(request) => {
            let depth = match &request {
                Request::Chat(chat) if chat.chat_info.kind() == ChatKind::Message => 3,
                Request::Chat(_) => 4,
                _ if frame_type == FrameType::Heartbeat => 1,
                _ => 2,
            };
            Verdict { layers: valid_to(&way, depth), refusal: None }
        }
        Err(refusal) => {
            let layer = refusal.fault().map_or(Layer::Payload, layer_of);
            Verdict { layers: invalid_at(&way, layer), refusal: Some(refusal) }
        }
    }
}

/// Reads a server's frame, as one that a server of this version may send.
#[must_use]
pub fn server(text: &str) -> Verdict {
    let (way, result) = match ServerEnvelope::decode(text) {
        Ok(envelope) => {
            let delivery =
                FrameKind::from_pair(envelope.type_number, envelope.code) == Some(FrameKind::Delivery);
            let inner = if delivery { Layer::ChatInfo } else { Layer::Data };
            let depth = envelope.frame_as_sent().map(|frame| match &frame {
                ServerFrame::HeartbeatAck { .. } => 1,
                ServerFrame::Delivery(delivery) => match delivery.chat_info().map(|info| info.content) {
                    Ok(Content::Message(_)) => 2,
                    _ => 3,
                },
                _ => 2,
            });
            ([Layer::Envelope, inner, Layer::Content], depth)
        }
        Err(fault) => ([Layer::Envelope, Layer::Data, Layer::Content], Err(fault)),
    };
    let layers = match result {
        Ok(depth) => valid_to(&way, depth),
        Err(fault) => invalid_at(&way, layer_of(&fault)),
    };
    Verdict { layers, refusal: None }
}

/// Reads the body of an HTTP message.
#[must_use]
pub fn body(schema: &str, text: &str) -> Verdict {
    let valid = match schema {
        "question-request" => QuestionRequest::parse(text).is_ok(),
        "history-response" => {
            HttpAnswer::<HistoryPage>::parse(text).is_ok_and(|answer| is_page(&answer)) || is_error(text)
        }
        "question-response" => {
            let added = HttpAnswer::<QuestionAdded>::parse(text);
            added.is_ok_and(|answer| answer.code == 200 && answer.data.seq.get() > 0) || is_error(text)
        }
        _ => false,
    };
    Verdict { layers: vec![(Layer::Body, valid)], refusal: None }
}

fn is_page(answer: &HttpAnswer<HistoryPage>) -> bool {
    let HttpAnswer { code, data: page } = answer;
    // What a content holds is a layer of its own.
    let said =
        |item: &HistoryItem| item.chat_info().err().is_none_or(|fault| layer_of(&fault) == Layer::Content);
    let items = page.items.iter().all(|item| item.seq.get() > 0 && said(item));
    *code == 200 && page.page > 0 && (1..=1000).contains(&page.results_per_page) && items
}

/// An error of HTTP: the reason of its status (HIST-4), or a status that has none.
fn is_error(text: &str) -> bool {
    const REASONS: [Reason; 5] = [
        Reason::Unauthenticated,
        Reason::NotJoined,
        Reason::InvalidPayload,
        Reason::RateLimited,
        Reason::Unavailable,
    ];
    let Ok(bare) = HttpAnswer::<serde_json::Map<String, serde_json::Value>>::parse(text) else {
        return false;
    };
    match REASONS.iter().find(|reason| reason.code() == bare.code) {
        Some(reason) => {
            HttpAnswer::<ErrorData>::parse(text).is_ok_and(|answer| answer.data.reason == reason.name())
        }
        None => (400..=599).contains(&bare.code),
    }
}

/// The layer that a fault is in, told by its path.
fn layer_of(fault: &Fault) -> Layer {
    let member = fault.member();
    // A content that is no object is named like a content that is no string.
    let content = member == "chatInfo.content" && fault.expected() == "a JSON object";
    if content || member.starts_with("chatInfo.content.") {
        Layer::Content
    } else if member.starts_with("chatInfo") {
        Layer::ChatInfo
    } else if member.starts_with("payLoad") {
        Layer::Payload
    } else if member.starts_with("data.") || fault.expected() == "the JSON of this type and code" {
        Layer::Data
    } else {
        Layer::Envelope
    }
}

fn valid_to(way: &[Layer], depth: usize) -> Vec<(Layer, bool)> {
    way.iter().take(depth).map(|layer| (*layer, true)).collect()
}

fn invalid_at(way: &[Layer], layer: Layer) -> Vec<(Layer, bool)> {
    let depth = way.iter().position(|one| *one == layer).unwrap_or_default();
    let mut layers = valid_to(way, depth + 1);
    if let Some(last) = layers.last_mut() {
        last.1 = false;
    }
    layers
}
